"""Arguments that every task or DAG may have: what the service ignores, and what it limits."""

from __future__ import annotations

from typing import Any

from airshift.serverless.model import Seconds, Unresolved, Verdict
from airshift.serverless.notes import Notes
from airshift.serverless.ruleset import RuleSet
from airshift.serverless.values import plain, shown


def of_service(
    name: str, value: Any, rules: RuleSet, notes: Notes, *, level: str = "task", tell: bool = True
) -> bool:
    """Whether the service decides about an argument itself, so that no definition carries it."""
    if name == "deferrable":
        _deferrable(value, rules, notes)
        return True
    loss = rules.ignored[level].get(name)
    if loss is None:
        return False
    if tell and is_loss(value, loss.harmless):
        notes.loses(name, value, loss.effect)
    return True


def is_loss(value: Any, harmless: tuple[Any, ...]) -> bool:
    """Whether anything was asked for: nothing, an empty list and Airflow's own default are not."""
    if value is None or value in ("", [], {}):
        return False
    return not any(type(value) is type(one) and value == one for one in harmless)


def _deferrable(value: Any, rules: RuleSet, notes: Notes) -> None:
    if isinstance(value, Unresolved):
        notes.needs(Verdict.CHANGE, f"deferrable is no literal: {value.expression}")
    elif value:
        notes.unfit(rules.unsupported["deferrable"])


def carried(name: str, value: Any, rules: RuleSet, notes: Notes) -> bool:
    """Whether a limited argument stays within its limits; others always do."""
    if name == "trigger_rule":
        rule = plain(value)
        if rule in rules.trigger_rules:
            return bool(rule != "all_success")
        notes.needs(
            Verdict.CHANGE,
            f"trigger_rule {shown(value)}: the published converter does not know it and leaves it out",
        )
        return False
    if name not in rules.limits:
        return True
    if value is None:
        return False
    problem = why_out_of_limits(name, value, rules)
    if problem:
        notes.needs(Verdict.CHANGE, problem)
    return not problem


def why_out_of_limits(name: str, value: Any, rules: RuleSet) -> str:
    """What the service would refuse about a limited number; empty when it is fine."""
    low, high = rules.limits[name]
    number = value.count if isinstance(value, Seconds) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        return f"{name} has to be a number, here {shown(value)}"
    unit = " s" if name not in ("retries", "max_active_runs") else ""
    return "" if low <= number <= high else f"{name} has to be {low} to {high}{unit}, here {number:g}{unit}"
