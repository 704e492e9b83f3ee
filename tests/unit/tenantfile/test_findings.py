"""Problems with their places."""

from __future__ import annotations

import pytest

from integration_portal.tenantfile.findings import Findings, Refused, meant


def test_a_place_without_a_line_of_its_own_has_that_of_what_it_stands_in() -> None:
    findings = Findings("f.yaml")
    findings.mark("a[0]", 7)
    findings.add("a[0].b.c", "wrong.")
    assert findings.sentences() == ["f.yaml line 7, a[0].b.c: wrong."]


def test_a_second_problem_at_the_same_place_or_inside_says_nothing_new() -> None:
    findings = Findings("f.yaml")
    for path in ("a", "a", "a.b", "a[0]"):
        findings.add(path, "wrong.")
    assert len(findings.sentences()) == 1


def test_it_knows_whether_there_is_one_inside() -> None:
    findings = Findings("f.yaml")
    findings.refuse()
    findings.add("a[0].b", "wrong.")
    assert [findings.inside(path) for path in ("a[0]", "a[0].b", "a[1]", "a[0].b.c")] == [
        True,
        True,
        False,
        False,
    ]
    with pytest.raises(Refused):
        findings.refuse()


@pytest.mark.parametrize(
    ("wrong", "known", "said"),
    [
        ("vendr", ["vendor", "account"], "; did you mean vendor?"),
        ("VENDOR", ["vendor"], "; did you mean vendor?"),
        ("x", ["vendor", "account"], "; there are vendor, account."),
        ("x", ["vendor"], "; there is vendor."),
        ("x", [], "."),
        ("x", [f"name{number}" for number in range(20)], "."),
    ],
)
def test_a_name_is_proposed_when_one_is_near(wrong: str, known: list[str], said: str) -> None:
    assert meant(wrong, known) == said
