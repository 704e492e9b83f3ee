"""A file's text becomes entries, or sentences with line and key."""

# ruff: noqa: E501  tables of sentences
from __future__ import annotations

from pathlib import Path

import pytest

from integration_portal.tenantfile import checking, reading
from integration_portal.tenantfile.findings import Findings, Refused
from integration_portal.tenantfile.form import Reference, TenantFile
from tests.unit.tenantfile.samples import CONTOSO, changed

DOCUMENTED = Path(__file__).parents[3] / "docs/reference/tenant-file.md"


def read(text: str | bytes) -> tuple[TenantFile, list[str]]:
    findings = Findings("contoso.yaml")
    file = reading.read(text if isinstance(text, bytes) else text.encode(), findings)
    return file, findings.sentences()


def said(text: str) -> list[str]:
    """Every problem of a file's form."""
    return read(text)[1]


def refusal(text: str | bytes) -> str:
    """What is said of a file that cannot be read at all."""
    with pytest.raises(Refused) as refused:
        read(text)
    [sentence] = refused.value.sentences
    assert str(refused.value) == sentence
    return sentence


class TestAGoodFile:
    def test_it_has_no_problems(self) -> None:
        file, sentences = read(CONTOSO)
        assert sentences == []
        assert file.environments[0].client_secret == Reference("env", "CONTOSO_SECRET")
        assert file.environments[0].legal_entities == {"usmf": "Contoso US", "demf": ""}
        assert file.accounts[0].mutations_per_window is None
        assert file.mappings[0].conditions == (
            {"field": "CurrencyCode", "is": ["USD", "EUR"]},
            {"field": "confirmation.TotalConfirmedAmount", "at_least": "1000"},
        )

    def test_texts_stay_as_they_are_written(self) -> None:
        file, _ = read(CONTOSO)
        assert dict(file.mappings[0].columns[0].labels) == {
            "Backorder": "Open order",
            "No": "Not yet",
            "00123": "1_000",
        }
        assert file.mappings[0].board_id == "00901"

    def test_what_is_left_out_has_its_default(self) -> None:
        file, _ = read("version: 1\ntenant: {name: A, slug: a}\nmappings:\n")
        assert (file.tenant.active, file.environments, file.mappings) == (True, (), ())

    @pytest.mark.parametrize("word", ["true", "True", "yes", "on"])
    def test_yes_may_be_said_in_several_ways(self, word: str) -> None:
        assert read(changed("active: true", f"active: {word}"))[0].mappings[0].active is True

    def test_one_value_of_a_condition_needs_no_list(self) -> None:
        file, _ = read(changed("is: [USD, EUR]", "is_not: No"))
        assert file.mappings[0].conditions[0] == {"field": "CurrencyCode", "is_not": ["No"]}

    def test_legal_entities_may_be_a_list(self) -> None:
        text = CONTOSO.replace("\n      USMF: Contoso US\n      demf: ''\n", " [USMF, demf]\n")
        assert read(text)[0].environments[0].legal_entities == {"usmf": "", "demf": ""}

    def test_the_documented_example_is_one(self) -> None:
        text = DOCUMENTED.read_text(encoding="utf-8")
        example = text.split("```yaml\n")[1].split("```")[0]
        findings = Findings("example.yaml")
        file = checking.check(reading.read(example.encode(), findings), findings, allow_loopback_http=False)
        checking.check_references(file, None, len(file.mappings), findings)
        assert findings.sentences() == []


class TestWhatIsNoTenantFile:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "contoso.yaml line 1: The file is empty."),
            ("# nothing\n", "contoso.yaml line 1: The file is empty."),
            ("version: 1\ntenant:\n\tname: A\n", "contoso.yaml line 3: There is a tab; indent with blanks."),
            ("version: 1\ntenant: [\n", "contoso.yaml line 3: This is not YAML: expected the node content"),
            ("version: 1\ntenant: a: b\n", "line 2: This is not YAML: mapping values are not allowed here."),
            ("version: 1\n---\nversion: 1\n", "contoso.yaml line 2: A second document begins here"),
            ("version: &v 1\n", "contoso.yaml line 1: Anchors (&) and aliases (*) are not used here"),
            ("version: 1\ntenant: *v\n", "line 2: Anchors (&) and aliases (*) are not used here"),
            ("version: !!python/name:os.system 1\n", "line 1: Tags (!) are not used here"),
            ("version: " + "[" * 30, "line 1: This is nested too deeply for a tenant file."),
            ("- version: 1\n", "contoso.yaml line 1: keys with values are needed here, one a line."),
            ("tenant: {}\n", "contoso.yaml line 1: the key version is missing; write version: 1 at the top."),
            ("# one\nversion: 2\n", "line 2, version: this portal reads version 1, not 2."),
            ("version: one\n", "line 1, version: a whole number, 0 or more is needed here, not 'one'."),
            ("a: 1\nb: \x07\n", "line 2: There is a character that YAML does not allow"),
            (b"a: 1\nb: \xff\n", "line 2: The file is not UTF-8; save it in that encoding."),
            (b"#" * 1_000_001, "The file is larger than 1,000,000 bytes"),
            ("a: 1\nb: x\n\ty: 1\n", "line 3: There is a tab; indent with blanks."),
            (
                "a: 1\nb: x\ty\n",
                "line 2: There is a tab; write blanks, or put the value between quotation marks.",
            ),
        ],
    )
    def test_it_is_refused_with_its_line(self, text: str | bytes, sentence: str) -> None:
        assert sentence in refusal(text)

    def test_a_tab_further_down_is_not_to_blame(self) -> None:
        assert "line 1: This is not YAML" in refusal("a: b: c\nd:\n\te: 1\n")

    def test_a_byte_order_mark_does_no_harm(self) -> None:
        assert read(b"\xef\xbb\xbf" + CONTOSO.encode())[1] == []


class TestProblems:
    @pytest.mark.parametrize(
        ("old", "new", "sentence"),
        [
            ("directory_tenant:", "directory_tennant:", "line 8, environments[0].directory_tennant: there is no such key here; did you mean directory_tenant?"),
            ("    board_id: 00901\n", "", "mappings[0].board_id: the key board_id is missing: a text."),
            ("board_id: 00901", "board_id: 1\n    board_id: 2", "line 29, mappings[0].board_id: the key board_id stands here twice, again in line 30."),
            ("active: true", "active: maybe", "mappings[0].active: true or false is needed here, not 'maybe'."),
            ("active: true", "active: 'true'", "mappings[0].active: true or false is needed here, not 'true' (in quotation marks it is a text)."),
            ("mutations_per_window: null", "mutations_per_window: 010", "a whole number, 0 or more or null is needed here, not '010'."),
            ("mutations_per_window: null", "mutations_per_window: -1", "whole number, 0 or more or null is needed here, not '-1'."),
            ("mutations_per_window: null", "window_seconds: soon", "accounts[0].window_seconds: a number, 0 or more is needed here, not 'soon'."),
            ("mutations_per_window: null", "batch_size: null", "accounts[0].batch_size: a whole number, 0 or more is needed here, not nothing."),
            ("mutations_per_window: null", "batch_size: {a: 1}", "accounts[0].batch_size: a whole number, 0 or more is needed here, not keys with values."),
            ("board_id: 00901", "board_id: [1]", "mappings[0].board_id: a text is needed here, not a list."),
            ("legal_entities: [usmf, demf]", "legal_entities: usmf", "mappings[0].legal_entities: a list of texts is needed here"),
            ("demf: ''", "USMF: ''\n      usmf : x", "environments[0].legal_entities.usmf: the legal entity usmf stands here twice."),
            ("is: [USD, EUR]", "equals: USD", "mappings[0].conditions[0].equals: there is no test equals; there are is, is_not, at_least, at_most."),
            ("is: [USD, EUR]", "is: [USD], is_not: [EUR]", "mappings[0].conditions[0]: a condition has a field and one of is, is_not"),
            ("is: [USD, EUR]", "is: []", "mappings[0].conditions[0].is: a condition needs a value."),
            ("is: [USD, EUR]", "at_most: [1]", "mappings[0].conditions[0].at_most: a text is needed here, not a list."),
            ("      usmf: group_us", "      [usmf]: group_us", "mappings[0].groups: a key must be a text"),
            ("        argument: 2", "        direction: sideways", "columns[1].direction: there is no direction 'sideways'; there are to_monday, to_dynamics, both."),
            ("        argument: 2", "        owner: Monday", "columns[1].owner: there is no owner 'Monday'; did you mean monday?"),
        ],
    )  # fmt: skip
    def test_each_has_a_line_a_key_and_a_sentence(self, old: str, new: str, sentence: str) -> None:
        assert any(sentence in one for one in said(changed(old, new))), said(changed(old, new))

    def test_a_missing_tenant_is_one_problem(self) -> None:
        assert said("version: 1\n") == [
            "contoso.yaml line 1, tenant: the key tenant is missing: keys with values, one a line."
        ]

    def test_several_are_listed_in_the_order_of_the_file(self) -> None:
        text = changed("slug: contoso", "slug: [a]").replace("client_id: app", "client: app")
        lines = [int(one.split("line ")[1].split(",")[0]) for one in said(text)]
        assert len(lines) == 3
        assert lines == sorted(lines)

    def test_an_empty_entry_lacks_its_keys(self) -> None:
        assert len(said("version: 1\ntenant:\n")) == 2


class TestSecrets:
    @pytest.mark.parametrize(
        "given", ["hunter2-plain", "[hunter2-plain]", "{secret: hunter2-plain}", "{env: A, file: hunter2-plain}",
                  "{env: [hunter2-plain]}"],
    )  # fmt: skip
    def test_a_plain_one_is_refused_and_not_repeated(self, given: str) -> None:
        [sentence] = said(changed("{env: CONTOSO_TOKEN}", given))
        assert "accounts[0].api_token: a secret is never written into the file; write {env: NAME}" in sentence
        assert "hunter2" not in sentence

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ("{env: not a name}", "env names an environment variable"),
            ("{file: a/b}", "file is an absolute path"),
        ],
    )
    def test_the_place_must_be_one(self, given: str, sentence: str) -> None:
        assert sentence in said(changed("{env: CONTOSO_TOKEN}", given))[0]
