"""Secrets by reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration_portal.tenantfile import reading, secrets
from integration_portal.tenantfile.findings import Findings
from integration_portal.tenantfile.form import Reference
from tests.unit.tenantfile.samples import CONTOSO, changed

ENVIRON = {"CONTOSO_SECRET": " s1 \n", "CONTOSO_TOKEN": "s2"}


def fetch(text: str, environ: dict[str, str]) -> tuple[dict[secrets.Place, str], list[str]]:
    findings = Findings("c.yaml")
    file = reading.read(text.encode(), findings)
    return secrets.fetch(file, environ, findings), findings.sentences()


class TestFetching:
    def test_they_come_from_variables(self) -> None:
        assert fetch(CONTOSO, ENVIRON) == (
            {("environments", "Sandbox", "client_secret"): "s1", ("accounts", "Main", "api_token"): "s2"},
            [],
        )

    def test_they_come_from_files(self, tmp_path: Path) -> None:
        (tmp_path / "token").write_bytes(b"s3\r\n")
        fetched, found = fetch(changed("{env: CONTOSO_TOKEN}", f"{{file: {tmp_path}/token}}"), ENVIRON)
        assert (fetched["accounts", "Main", "api_token"], found) == ("s3", [])

    @pytest.mark.parametrize(
        ("environ", "sentence"),
        [
            ({}, "line 21, accounts[0].api_token: the environment variable CONTOSO_TOKEN is not set."),
            ({"CONTOSO_TOKEN": " "}, "the environment variable CONTOSO_TOKEN is empty."),
            ({"CONTOSO_TOKEN": "x" * 4001}, "CONTOSO_TOKEN is longer than 4000 characters"),
        ],
    )
    def test_a_variable_must_hold_one(self, environ: dict[str, str], sentence: str) -> None:
        fetched, found = fetch(CONTOSO, {"CONTOSO_SECRET": "s1"} | environ)
        assert sentence in found[0]
        assert len(fetched) == 1

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (None, "cannot be read: No such file or directory."),
            (b"\n", "is empty."),
            (b"\xff\xfe", "is not text in UTF-8."),
            (b"x" * 100_000, "is longer than 4000 characters"),
        ],
    )
    def test_a_file_must_hold_one(self, tmp_path: Path, content: bytes | None, sentence: str) -> None:
        path = tmp_path / "token"
        if content is not None:
            path.write_bytes(content)
        found = fetch(changed("{env: CONTOSO_TOKEN}", f"{{file: {path}}}"), ENVIRON)[1]
        assert sentence in found[0]


class TestNaming:
    def test_a_variable_is_named_after_what_it_is_for(self) -> None:
        assert secrets.derived("contoso", "Sand box", "client_secret", set()) == Reference(
            "env", "CONTOSO_SAND_BOX_CLIENT_SECRET"
        )

    def test_it_never_begins_with_a_digit(self) -> None:
        assert secrets.derived("3m", "A", "api_token", set()).name == "TENANT_3M_A_API_TOKEN"

    def test_two_never_have_the_same(self) -> None:
        taken: set[str] = set()
        names = [secrets.derived("c", name, "api_token", taken).name for name in ("日本", "中国", "한국")]
        assert names == ["C_API_TOKEN", "C_API_TOKEN_2", "C_API_TOKEN_3"]
