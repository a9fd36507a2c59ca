"""The catalogue is validated at load: every mistake in a rule file is named with file, table and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.catalogue import Catalogue
from airshift.errors import DataError, UsageError
from airshift.findings import Applicability, Kind, Severity
from airshift.targets import parse_target

RULE = {
    "code": '"AS101"',
    "name": '"gone"',
    "family": '"imports"',
    "kind": '"parse"',
    "severity": '"error"',
    "title": '"Gone"',
    "why": '"It went."',
    "reference": '"https://airflow.apache.org"',
    "before": '"import airflow"',
    "applicability": '"manual"',
}


def catalogue(folder: Path, *rules: dict[str, str], more: str = "") -> Catalogue:
    tables = ["[[rule]]\n" + "\n".join(f"{key} = {value}" for key, value in rule.items()) for rule in rules]
    (folder / "names.toml").write_text("\n".join([*tables, more]))
    return Catalogue(folder)


def without(key: str) -> dict[str, str]:
    return {name: value for name, value in RULE.items() if name != key}


def test_a_rule_with_the_required_keys(tmp_path: Path) -> None:
    rule = catalogue(tmp_path, RULE).rule("AS101")
    assert (rule.kind, rule.applicability, rule.fixable) == (Kind.PARSE, Applicability.MANUAL, False)
    assert (rule.after, rule.effort, rule.example_path, rule.facts) == ("", 0, "dag.py", ())


@pytest.mark.parametrize("key", RULE)
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    with pytest.raises(DataError, match=rf"rules/names\.toml: rule 1: missing {key}"):
        _ = catalogue(tmp_path, without(key)).rules


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("code", '"AS1"', "AS and three digits"),
        ("code", '"XY101"', "AS and three digits"),
        ("code", "101", "code must be a non-empty string"),
        ("kind", '"crash"', "kind: 'crash' is not one of parse, runtime, behaviour, deprecation"),
        ("severity", '"fatal"', "severity.3.0: 'fatal' is not one of error, warning, info"),
        ("severity", '{ "3" = "error" }', "'3' is not a minor release"),
        ("severity", "{}", "severity must be a string or a table"),
        ("applicability", '"maybe"', "applicability: 'maybe' is not one of safe, unsafe, manual"),
        ("title", '" "', "title must be a non-empty string"),
        ("effort", "-1", "effort must be a number of minutes"),
        ("effort", "true", "effort must be a number of minutes"),
        ("colour", '"red"', "unknown key colour"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, key: str, value: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        _ = catalogue(tmp_path, {**RULE, key: value}).rules
    assert str(caught.value).startswith("rules/names.toml: rule 1")
    assert said in str(caught.value)


def test_a_code_is_used_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="rule 2: code AS101 is already used"):
        _ = catalogue(tmp_path, RULE, RULE).rules


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"rules/names\.toml: "):
        _ = catalogue(tmp_path, RULE, more="[[rule").rules


def test_severity_depends_on_the_minor_release(tmp_path: Path) -> None:
    severity = '{ "3.0" = "warning", "3.2" = "error", "3.3" = "none" }'
    rule = catalogue(tmp_path, {**RULE, "severity": severity}).rule("AS101")
    found = {
        version: rule.severity(parse_target(version)) for version in ("3.0.6", "3.1.8", "3.2.1", "3.3.1")
    }
    assert found == {
        "3.0.6": Severity.WARNING,
        "3.1.8": Severity.WARNING,
        "3.2.1": Severity.ERROR,
        "3.3.1": None,
    }


def test_a_severity_that_starts_later_says_nothing_before(tmp_path: Path) -> None:
    rule = catalogue(tmp_path, {**RULE, "severity": '{ "3.2" = "error" }'}).rule("AS101")
    assert rule.severity(parse_target("3.0.6")) is None
    assert rule.severity(parse_target("mwaa-3.2.1")) is Severity.ERROR


def test_rows_of_other_tables(tmp_path: Path) -> None:
    found = catalogue(tmp_path, RULE, more='[[key]]\nname = "a"\n')
    assert found.rows("names", "key") == [{"name": "a"}]
    assert found.rows("names", "other") == found.rows("elsewhere", "key") == []


@pytest.mark.parametrize(("code", "meant"), [("AS199", "AS1"), ("AS1o4", "AS104"), ("104", "AS104")])
def test_an_unknown_code_gets_a_hint(code: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"did you mean {meant}"):
        Catalogue.load().rule(code)


def test_the_beginning_of_codes_is_answered_with_those_codes() -> None:
    with pytest.raises(UsageError, match="those that begin so: AS701, AS702"):
        Catalogue.load().rule("as7")


def test_the_shipped_rules_are_in_order_and_written_out() -> None:
    rules = Catalogue.load().rules
    assert list(rules) == sorted(rules)
    for rule in rules.values():
        assert len(rule.why.split()) >= 10
        assert not rule.title.endswith(".")
        assert rule.name == rule.name.lower()
