"""The examples in the catalogue of the metadata, scheduling, structure and stability rules are true."""

from __future__ import annotations

import pytest

from airshift.catalogue import Catalogue, RuleInfo
from airshift.findings import Applicability
from airshift.fix.apply import rewrite
from airshift.judge import find_hits
from rules.checking import codes, context, facts_of

RULES = [rule for code, rule in Catalogue.load().rules.items() if code[2] in "4679"]
MECHANICAL = [rule for rule in RULES if rule.applicability is not Applicability.MANUAL]
# The import of what is gone is another rule's finding on the same example.
COMPANIONS = {"AS701": {"AS101"}}


def ids(rule: RuleInfo) -> str:
    return f"{rule.code} {rule.name}"


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_the_example_shows_the_rule_and_nothing_else(rule: RuleInfo) -> None:
    found = {code for code, _, _ in codes(rule.before, "3.3.1", rule.example_path)}
    assert found - COMPANIONS.get(rule.code, set()) == {rule.code}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.after], ids=ids)
def test_what_a_person_makes_of_it_is_clean(rule: RuleInfo) -> None:
    assert rule.code not in {code for code, _, _ in codes(rule.after, "3.3.1", rule.example_path)}


@pytest.mark.parametrize("rule", MECHANICAL, ids=ids)
def test_the_fix_writes_the_example_once_and_for_all(rule: RuleInfo) -> None:
    pinned = context("3.3.1", pin_behaviour=True)
    text = rule.before
    for _ in range(2):
        facts = facts_of(text, rule.example_path)
        text = rewrite(
            facts, [hit for hit in find_hits(facts, pinned) if hit.code == rule.code]
        ).utf8.decode()
        assert text.strip() == rule.after.strip()
