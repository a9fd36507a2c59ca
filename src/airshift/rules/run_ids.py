"""Code that takes run ids apart, and runs that are asked for in the future."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Role, constructors
from airshift.rules.date_keys import is_context

CODES: tuple[str, ...] = ("AS608", "AS609")
TRIGGERS: tuple[bytes, ...] = (b"run_id", b"TriggerDagRunOperator")
_CUTTERS = frozenset({"split", "rsplit", "partition", "rpartition", "replace", "removeprefix", "lstrip"})
_TEMPLATE = re.compile(r"\brun_id\s*(?:\.\s*(?:split|rsplit|partition|rpartition|replace)\s*\(|\[)")
_PREFIXES = ("manual__", "scheduled__", "backfill__", "__", "dataset_triggered__")
_REGEX = frozenset({"re.search", "re.match", "re.fullmatch", "re.findall", "re.split", "re.sub"})
_FUTURE = re.compile(
    r"\b(?:tomorrow_ds|next_ds|next_execution_date)\b|ds_add\([^,()]+,\s*[1-9]|\+\s*macros\.timedelta"
)
_DATES = ("logical_date", "execution_date")


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield run ids that are parsed and trigger dates that lie ahead."""
    for site in facts.names.calls:
        if _cuts(facts, site.node):
            yield _parsed(facts, site.node)
    for string in facts.names.strings:
        if isinstance(string.value, str) and "{" in string.value and _TEMPLATE.search(string.value):
            yield _parsed(facts, string)
    yield from _slices(facts)
    for found in constructors(facts):
        if found.role is Role.OPERATOR and found.qualified.endswith(".TriggerDagRunOperator"):
            for name in _DATES:
                argument = found.argument(name)
                if argument is not None and _is_ahead(facts, argument.value):
                    yield Hit(
                        "AS608",
                        span_of(facts, argument.node),
                        "A run with a logical date in the future stays queued until that date: [scheduler] "
                        "allow_trigger_in_future is gone. Pass the date in `conf` and leave the logical "
                        "date alone.",
                        symbol=name,
                    )


def _cuts(facts: ModuleFacts, call: ast.Call) -> bool:
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr in _CUTTERS:
        marks = [literal_text(argument) or "" for argument in call.args[:1]]
        return _is_run_id(facts, function.value, certain=bool(marks) and marks[0].startswith(_PREFIXES))
    if facts.names_of(function) & _REGEX:
        pattern = literal_text(call.args[0]) if call.args else None
        marked = pattern is not None and any(prefix in pattern for prefix in _PREFIXES)
        return any(_is_run_id(facts, argument, certain=marked) for argument in call.args[1:])
    return False


def _slices(facts: ModuleFacts) -> Iterator[Hit]:
    named: list[ast.AST | None] = [u.node for u in facts.names.uses if "run_id" in (u.head, *u.attrs)]
    named += [facts.parents.get(id(string)) for string in facts.names.strings if string.value == "run_id"]
    for node in named:
        parent = facts.parents.get(id(node))
        if not isinstance(parent, ast.Subscript) or not isinstance(parent.slice, ast.Slice):
            continue
        if isinstance(node, ast.expr) and parent.value is node and _is_run_id(facts, node, certain=False):
            yield _parsed(facts, parent)


def _is_run_id(facts: ModuleFacts, node: ast.expr, *, certain: bool) -> bool:
    """A run id from the context; any name `run_id` will do when the other operand is a run id's prefix."""
    if isinstance(node, ast.Subscript):
        return literal_text(node.slice) == "run_id" and is_context(facts, node.value)
    if isinstance(node, ast.Attribute) and node.attr == "run_id":
        return isinstance(node.value, ast.Name) and (
            certain or node.value.id in ("dag_run", "ti", "task_instance")
        )
    if isinstance(node, ast.Name):
        values = facts.values_of(node)
        named = node.id == "run_id" and certain
        return named or any(
            _is_run_id(facts, value, certain=certain) for value in values if value is not node
        )
    return False


def _parsed(facts: ModuleFacts, node: ast.expr) -> Hit:
    return Hit(
        "AS609",
        span_of(facts, node),
        "Run ids changed: a triggered run's id holds the moment it was triggered, with a random suffix on "
        "some "
        "releases, and no logical date. Read `dag_run.run_type`, `dag_run.logical_date` or "
        "`dag_run.run_after`.",
        symbol="run_id",
    )


def _is_ahead(facts: ModuleFacts, node: ast.expr) -> bool:
    text = literal_text(node)
    if text is not None:
        return bool(_FUTURE.search(text))
    for value in facts.values_of(node):
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
            sides = (value.left, value.right)
            if any(
                isinstance(side, ast.Call) and "datetime.timedelta" in facts.names_of(side.func)
                for side in sides
            ):
                return True
    return False
