"""API versions and what an ``API-Version`` header is answered with (developer.monday.com, "API versioning")."""

from __future__ import annotations

import re

from sandbox.monday.errors import MondayError

CURRENT = "2026-10"
VERSIONS: dict[str, tuple[str, str]] = {  # value: (display name, VersionKind)
    "2027-01": ("2027-01 Release Candidate", "release_candidate"),
    "2026-10": ("2026-10 Current", "current"),
    "2026-07": ("2026-07 Maintenance", "maintenance"),
    "2026-04": ("2026-04 Previous maintenance", "previous_maintenance"),
    "2026-01": ("2026-01 Previous maintenance", "old_previous_maintenance"),
    "2025-10": ("2025-10 Old maintenance", "old__maintenance"),
    "2025-07": ("2025-07 Old maintenance", "old__maintenance"),
    "2025-04": ("2025-04 Old maintenance", "old__maintenance"),
}
OLDEST = "2025-04"
FIRST_EVER = "2023-10"


class InvalidVersion(MondayError):
    """A header that is no version at all."""

    code = "InvalidVersionException"


def served_version(header: str | None) -> str:
    """Return the version that serves a call.

    Args:
        header: the ``API-Version`` header. None and "default" mean the current version; so does a version that
            never was (2026-08). One that is no longer served is answered by the oldest that is.

    Raises: InvalidVersion for anything but YYYY-MM, "dev" and "default".
    """
    if header is None or header in ("", "default"):
        return CURRENT
    if header == "dev":
        return header
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", header):
        raise InvalidVersion(f"'{header}' is not an API version: it is written as YYYY-MM", version=header)
    if header in VERSIONS:
        return header
    is_release_month = header[-2:] in ("01", "04", "07", "10")
    return OLDEST if is_release_month and FIRST_EVER <= header < OLDEST else CURRENT


def described(version: str) -> dict[str, str]:
    """Return a version as the ``Version`` type."""
    display_name, kind = VERSIONS.get(version, (version, "dev"))
    return {"value": version, "display_name": display_name, "kind": kind}
