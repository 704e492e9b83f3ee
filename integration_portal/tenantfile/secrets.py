"""Secrets by reference: fetched from where a file says they are kept, named when nobody said so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from integration_portal.tenantfile.findings import Findings
from integration_portal.tenantfile.form import Reference, Shape, TenantFile, keys_of

LONGEST = 4000

# (section, name of the entry, key), for example ("accounts", "Main", "api_token").
Place = tuple[str, str, str]


def references(file: TenantFile) -> Iterator[tuple[Place, str, Reference]]:
    """Yield every reference of a file: what it is for, its path, where it points."""
    for section in ("environments", "accounts"):
        for index, entry in enumerate(getattr(file, section)):
            for name, key in keys_of(entry).items():
                found = getattr(entry, name)
                if key.shape is Shape.SECRET and found is not None:
                    yield (section, entry.name, name), f"{section}[{index}].{name}", found


def fetch(file: TenantFile, environ: Mapping[str, str], findings: Findings) -> dict[Place, str]:
    """Fetch every secret a file refers to.

    Args:
        environ: the environment variables.
        findings: gets a problem for each that is not there. The secrets themselves are never part of a sentence.
    """
    fetched = {}
    for place, path, reference in references(file):
        secret, wrong = (
            _from_variable(reference, environ) if reference.source == "env" else _from_file(reference)
        )
        if not wrong and len(secret) > LONGEST:
            wrong = f"{reference.name} is longer than {LONGEST} characters; it is hardly a secret."
        if wrong:
            findings.add(path, wrong)
        else:
            fetched[place] = secret
    return fetched


def derived(slug: str, name: str, key: str, taken: set[str]) -> Reference:
    """Name a variable for a secret nobody has said the place of: CONTOSO_SANDBOX_CLIENT_SECRET.

    Args:
        taken: variables that have another meaning already; the new one is added.
    """
    words = re.sub(r"[^A-Z0-9]+", "_", f"{slug}_{name}_{key}".upper())
    base = f"TENANT_{words}" if words[0].isdigit() else words
    variable, number = base, 1
    while variable in taken:
        number += 1
        variable = f"{base}_{number}"
    taken.add(variable)
    return Reference("env", variable)


def _from_variable(reference: Reference, environ: Mapping[str, str]) -> tuple[str, str]:
    if reference.name not in environ:
        return "", f"the environment variable {reference.name} is not set."
    secret = environ[reference.name].strip()
    return secret, "" if secret else f"the environment variable {reference.name} is empty."


def _from_file(reference: Reference) -> tuple[str, str]:
    try:
        with Path(reference.name).open("rb") as opened:
            secret = opened.read(4 * LONGEST + 1).decode("utf-8").strip()
    except OSError as wrong:
        return "", f"the file {reference.name} cannot be read: {wrong.strerror}."
    except UnicodeDecodeError:
        return "", f"the file {reference.name} is not text in UTF-8."
    return secret, "" if secret else f"the file {reference.name} is empty."
