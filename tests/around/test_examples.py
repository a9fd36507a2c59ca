"""The examples in rules/around.toml are what the checks find and the fixes write."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.around import check_file, check_tree
from airshift.around.fix import apply_to, fix_file
from airshift.catalogue import Catalogue, RuleInfo
from airshift.findings import Applicability, Finding
from airshift.targets import parse_target

RULES = [rule for code, rule in Catalogue.load().rules.items() if "AS801" <= code <= "AS833"]
TREE = {"project_a/b.py": "", "old_project_a.py": "", "tests/deep/x_test.py": "", "dag.py": ""}


def check(rule: RuleInfo, text: str, folder: Path) -> list[Finding]:
    target = parse_target("mwaa-3.3.1" if rule.code == "AS806" else "3.3.1")
    files = {rule.example_path: text} | (TREE if rule.code == "AS810" else {})
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    found = check_file(rule.example_path, text.encode(), target)
    return [*found, *check_tree(folder, sorted(files), target)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_example_is_found_and_its_outcome_is_not(rule: RuleInfo, tmp_path: Path) -> None:
    before = rule.before.removeprefix("\n")
    found = check(rule, before, tmp_path)
    assert rule.code in {finding.code for finding in found}
    assert rule.applicability is Applicability.MANUAL or rule.applicability in {
        f.applicability for f in found
    }
    if rule.after:
        after = rule.after.removeprefix("\n")
        assert rule.code not in {finding.code for finding in check(rule, after, tmp_path)}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.after], ids=lambda rule: rule.code)
def test_the_fix_of_the_example_is_the_outcome(rule: RuleInfo, tmp_path: Path) -> None:
    before = rule.before.removeprefix("\n").encode()
    after = rule.after.removeprefix("\n").encode()
    if rule.code == "AS810":
        made = apply_to(rule.example_path, before, check(rule, before.decode(), tmp_path))[1]
    else:
        made = fix_file(rule.example_path, before, parse_target("3.3.1"), unsafe=True).after
    assert made == after
