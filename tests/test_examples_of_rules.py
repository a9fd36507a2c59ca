"""Every rule's example does what its page says: `before` gives the code, `after` does not, `fix` leads there."""

from __future__ import annotations

import ast
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from airshift.catalogue import Catalogue, RuleInfo
from airshift.checking import CheckResult, check_paths, rule_context
from airshift.findings import Applicability
from airshift.fix.files import FileFix, fix_file
from airshift.platforms.checking import check_platform
from airshift.platforms.model import Platform
from airshift.rules import dag_values
from airshift.rules.base import is_triggered
from airshift.rules.registry import RULES
from airshift.select import Selection
from airshift.targets import MWAA_VERSIONS, default_source, parse_target
from airshift.unused import with_unused

TARGETS = ("3.3.1", "3.0.6", "3.1.8", "3.2.1", "3.3.2")
ALWAYS_BESIDE = {"AS105"}
"""Examples are Airflow 2 code: what they import may be deprecated on the target."""
BESIDE = {
    "AS301": {"AS603"},  # a date key under a cron schedule also means another day
    "AS303": {"AS603"},
    "AS305": {"AS603"},
    "AS306": {"AS603"},
    "AS311": {"AS102"},  # 3.0 and 3.1 have the exception elsewhere
    "AS601": {"AS604"},  # the written-out default is a timedelta
    "AS701": {"AS101"},  # the SubDagOperator that is called was imported
}
FROM = {"AS111": (3, 2), "AS411": (3, 3)}
"""First minor release for which the example itself is wrong, where the rule also knows of earlier changes."""
MWAA_ONLY = {"AS806", *(code for code, rule in Catalogue.load().rules.items() if rule.family == "platform")}
COMPANIONS = {"AS810": ("old_project_a/dag.py", "tests/unit/orders_test.py")}
"""Files that make a difference to the example, because it speaks about other files."""
BY_CODE = Catalogue.load().rules
PYTHON_CODES = {code for rule in RULES for code in rule.CODES}


def targets_of(rule: RuleInfo) -> list[str]:
    first = FROM.get(rule.code, (3, 0))
    names = (
        [f"mwaa-{name}" for name in TARGETS if name in MWAA_VERSIONS] if rule.code in MWAA_ONLY else TARGETS
    )
    targets = [(name, parse_target(name)) for name in names]
    return [name for name, target in targets if rule.severity(target) and target.release[:2] >= first]


def beside(rule: RuleInfo) -> set[str]:
    """Codes that may appear with the rule's own."""
    settings = {"AS805"} if rule.code.startswith("AS80") else set()
    return {*ALWAYS_BESIDE, *BESIDE.get(rule.code, ()), *settings}


@cache
def checked(path: str, text: str, target: str, code: str) -> CheckResult:
    """The result for one file, as `airshift check` gives it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        for name in COMPANIONS.get(code, ()):
            (Path(folder) / name).parent.mkdir(parents=True)
            (Path(folder) / name).write_text("from airflow.sdk import DAG\n")
        result = check_paths([Path(folder)], target=parse_target(target))
        if BY_CODE[code].family == "platform":
            found = check_platform(result.listing, Platform.COMPOSER, result.target)
            return replace(result, findings=tuple(found))
        return with_unused(result, Selection()) if code == "AS002" else result


def codes(rule: RuleInfo, text: str, target: str) -> set[str]:
    result = checked(rule.example_path, text, target, rule.code)
    assert not result.problems
    return {finding.code for finding in result.findings}


def fixed(rule: RuleInfo, target: str) -> FileFix:
    """The example after `airshift fix --unsafe-fixes --pin-behaviour --select CODE`."""
    context = rule_context(parse_target(target), default_source(), pin_behaviour=True)
    chosen = Selection(select=(rule.code,))
    return fix_file(rule.example_path, rule.before.encode(), context, unsafe=True, selection=chosen)


def meaning(source: str) -> str:
    """Python source without its layout."""
    return ast.unparse(ast.parse(source))


def test_rule_modules_and_catalogue_name_the_same_codes() -> None:
    around = {code for code in BY_CODE if code.startswith(("AS0", "AS8"))}
    assert PYTHON_CODES - BY_CODE.keys() == set()
    assert BY_CODE.keys() - PYTHON_CODES - around == set()


def test_no_code_is_claimed_by_two_families_of_names() -> None:
    names = [rule.name for rule in BY_CODE.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("code", BY_CODE)
def test_before_gives_the_code_on_every_target_it_has_a_severity_for(code: str) -> None:
    rule = BY_CODE[code]
    targets = targets_of(rule)
    assert targets
    assert [target for target in targets if code not in codes(rule, rule.before, target)] == []


@pytest.mark.parametrize("code", BY_CODE)
def test_before_gives_no_other_code(code: str) -> None:
    rule = BY_CODE[code]
    found = {found for target in targets_of(rule) for found in codes(rule, rule.before, target)}
    assert found <= {code} | beside(rule)


@pytest.mark.parametrize("code", sorted(PYTHON_CODES))
def test_before_passes_the_prefilter(code: str) -> None:
    rules = [rule for rule in RULES if code in rule.CODES]
    assert any(is_triggered(rule, BY_CODE[code].before.encode()) for rule in rules)


@pytest.mark.parametrize("code", [code for code, rule in BY_CODE.items() if rule.after])
def test_after_no_longer_gives_the_code(code: str) -> None:
    rule = BY_CODE[code]
    found = {found for target in targets_of(rule) for found in codes(rule, rule.after, target)}
    assert found <= beside(rule) - {code}


@pytest.mark.parametrize("code", [c for c, rule in BY_CODE.items() if rule.fixable and c in PYTHON_CODES])
def test_fixing_before_removes_the_code_and_gives_after(code: str) -> None:
    rule = BY_CODE[code]
    result = fixed(rule, targets_of(rule)[0])
    assert not result.refused
    assert code not in {finding.code for finding in result.left}
    if rule.after:
        assert meaning(result.after.decode()) == meaning(rule.after)


@pytest.mark.parametrize("code", [c for c, rule in BY_CODE.items() if not rule.fixable and c in PYTHON_CODES])
def test_what_is_called_manual_is_not_rewritten(code: str) -> None:
    rule = BY_CODE[code]
    assert not fixed(rule, targets_of(rule)[0]).changed


@pytest.mark.parametrize("code", BY_CODE)
def test_a_person_is_given_the_effort_of_what_cannot_be_fixed(code: str) -> None:
    rule = BY_CODE[code]
    assert rule.effort > 0 or rule.applicability is not Applicability.MANUAL
    assert rule.reference.startswith("https://")


def test_names_of_a_table_are_triggers_of_the_rule_that_reads_it() -> None:
    names = [row["name"].encode() for row in Catalogue.load().rows("keywords", "not_none")]
    assert [name for name in names if name not in dag_values.TRIGGERS] == []
