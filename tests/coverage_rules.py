"""`python -m tests.coverage_rules`: hold the last run's coverage against what we promise, and say where it falls short."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

OVERALL = 95.0
PURE = (
    "connectors/backoff.py",
    "connectors/dynamics/",
    "connectors/errors.py",
    "connectors/hosts.py",
    "connectors/limits.py",
    "connectors/monday/",
    "connectors/notification.py",
    "connectors/redaction.py",
    "connectors/windows.py",
    "integration_portal/sync/",
    "integration_portal/tenantfile/checking.py",
    "integration_portal/tenantfile/difference.py",
    "integration_portal/tenantfile/findings.py",
    "integration_portal/tenantfile/form.py",
    "integration_portal/tenantfile/reading.py",
    "integration_portal/tenantfile/scalars.py",
    "integration_portal/tenantfile/secrets.py",
    "integration_portal/tenantfile/source.py",
    "integration_portal/tenantfile/writing.py",
    "mappings/catalogue/",
    "mappings/fingerprints.py",
    "mappings/links.py",
    "mappings/planner.py",
    "mappings/rules.py",
    "mappings/surroundings.py",
    "mappings/texts.py",
    "mappings/timetable.py",
    "mappings/transforms.py",
    "mappings/translate.py",
)


def main() -> int:
    """Print what is missing; 0 when nothing is."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", report], check=True)
        measured = json.loads(report.read_text(encoding="utf-8"))
    short = [
        f"{name}: {entry['summary']['percent_covered']:.1f} % (lines {entry['missing_lines']}, "
        f"branches {entry['missing_branches']})"
        for name, entry in sorted(measured["files"].items())
        if name.startswith(PURE) and entry["summary"]["percent_covered"] < 100.0
    ]
    total = measured["totals"]["percent_covered"]
    print(
        f"Branch coverage: {total:.1f} % overall (at least {OVERALL:.0f}), pure rooms 100 % wanted, {len(short)} short of it."
    )
    for line in short:
        print(f"  {line}")
    return 1 if short or total < OVERALL else 0


if __name__ == "__main__":
    sys.exit(main())
