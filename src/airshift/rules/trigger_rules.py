"""Trigger rules that Airflow 3 no longer knows: `dummy` and `none_failed_or_skipped`.

Both were renamed in Airflow 2.2. Found as text in arguments and default_args, and as members of TriggerRule.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.fix.rewrites import ReplaceExpression, ReplaceText
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import constructors
from airshift.rules.default_args import default_arguments

CODES: tuple[str, ...] = ("AS208",)
TRIGGERS: tuple[bytes, ...] = (b"dummy", b"none_failed_or_skipped", b"DUMMY", b"NONE_FAILED_OR_SKIPPED")

RENAMED = {"dummy": "always", "none_failed_or_skipped": "none_failed_min_one_success"}
_ENUMS = frozenset(
    {
        "airflow.utils.trigger_rule.TriggerRule",
        "airflow.models.baseoperator.TriggerRule",
        "airflow.task.trigger_rule.TriggerRule",
        "airflow.sdk.TriggerRule",
    }
)


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every use of a trigger rule that the target rejects."""
    for value in _given(facts):
        for written in facts.values_of(value):
            if literal_text(written) in RENAMED:
                yield _text(facts, context, written)
    yield from _members(facts, context)


def _given(facts: ModuleFacts) -> Iterator[ast.expr]:
    for constructor in constructors(facts):
        if constructor.role.makes_task and "trigger_rule" in constructor.names:
            yield from (a.value for a in constructor.arguments if a.name == "trigger_rule")
    yield from (argument.value for argument in default_arguments(facts) if argument.name == "trigger_rule")
    for call in facts.calls_of(*_ENUMS):
        yield from call.node.args[:1]


def _text(facts: ModuleFacts, context: RuleContext, node: ast.expr) -> Hit:
    old = literal_text(node) or ""
    quote = "'" if facts.source.segment(node).startswith("'") else '"'
    return Hit(
        code="AS208",
        span=span_of(facts, node),
        message=_message(context, old, RENAMED[old]),
        symbol=old,
        rewrites=(ReplaceExpression(node, f"{quote}{RENAMED[old]}{quote}"),),
    )


def _members(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    wanted = frozenset(name.upper() for name in RENAMED)
    for use in facts.names.uses:
        if wanted.isdisjoint(use.attrs):
            continue
        node: ast.expr = use.node
        while isinstance(node, ast.Attribute):
            if node.attr in wanted and facts.names_of(node.value) & _ENUMS:
                yield _member(facts, context, node)
            node = node.value


def _member(facts: ModuleFacts, context: RuleContext, node: ast.Attribute) -> Hit:
    start, end = span_of(facts, node)
    new = RENAMED[node.attr.lower()].upper()
    return Hit(
        code="AS208",
        span=(start, end),
        message=_message(context, f"TriggerRule.{node.attr}", f"TriggerRule.{new}"),
        symbol=node.attr.lower(),
        rewrites=(ReplaceText(end - len(node.attr.encode()), end, new),),
    )


def _message(context: RuleContext, old: str, new: str) -> str:
    return f"The trigger rule `{old}` does not exist on Airflow {context.target.version}: write `{new}`."
