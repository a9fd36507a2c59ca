"""What else changed around the context: the exported variable, the text of run types, callbacks on skip."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.engine.names import FunctionNode
from airshift.engine.syntax import walk
from airshift.fix.rewrites import ReplaceExpression, ReplaceText
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Role, constructors
from airshift.rules.context_functions import ContextFunctions, context_functions
from airshift.rules.literals import byte_span
from airshift.rules.receivers import is_task
from airshift.rules.things import Thing

CODES: tuple[str, ...] = ("AS308", "AS309", "AS311")
TRIGGERS: tuple[bytes, ...] = (b"AIRFLOW_CTX_EXECUTION_DATE", b"run_type", b"on_success_callback")

_OLD, _NEW = "AIRFLOW_CTX_EXECUTION_DATE", "AIRFLOW_CTX_LOGICAL_DATE"
_GONE_TYPE, _NEW_TYPE = "dataset_triggered", "asset_triggered"
_TEXT_CALLS = frozenset({"str", "format", "print"})
_SKIPS = ("AirflowSkipException",)


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield the effects outside the context's keys."""
    utf8 = facts.source.utf8
    if _OLD.encode() in utf8:
        yield from _variables(facts)
    if b"run_type" in utf8:
        yield from _run_types(facts, context_functions(facts))
    if b"on_success_callback" in utf8 and b"Skip" in utf8:
        yield from _callbacks(facts)


def variable_hits(text: str) -> Iterator[Hit]:
    """The exported variable in a shell script or another template file."""
    for start in _occurrences(text):
        first = len(text[:start].encode("utf-8", "surrogatepass"))
        yield _variable((first, first + len(_OLD)), fixable=True)


def _variables(facts: ModuleFacts) -> Iterator[Hit]:
    for string in facts.names.strings:
        text = str(string.value)
        if _OLD not in text or isinstance(facts.parents.get(id(string)), ast.Expr):
            continue
        for start in _occurrences(text):
            place = byte_span(facts.source, string, start, start + len(_OLD))
            yield _variable(place or span_of(facts, string), fixable=place is not None)


def _occurrences(text: str) -> Iterator[int]:
    start = text.find(_OLD)
    while start >= 0:
        yield start
        start = text.find(_OLD, start + 1)


def _variable(span: tuple[int, int], *, fixable: bool) -> Hit:
    return Hit(
        "AS309",
        span,
        f"Tasks no longer get `{_OLD}` since Airflow 3.0. Read `{_NEW}`, which a run without logical date "
        "lacks.",
        _OLD,
        (ReplaceText(*span, _NEW),) if fixable else (),
    )


def _run_types(facts: ModuleFacts, found: ContextFunctions) -> Iterator[Hit]:
    for node in facts.nodes:
        if not isinstance(node, ast.Attribute) or node.attr != "run_type":
            continue
        if found.thing_of(node.value) is not Thing.DAG_RUN:
            continue
        parent = facts.parents.get(id(node))
        if _is_text(parent, node):
            yield Hit(
                "AS308",
                span_of(facts, node),
                "`dag_run.run_type` is an enum on Airflow 3 and reads `DagRunType.MANUAL` in text. Use its "
                "`.value`.",
                "dag_run.run_type",
                (ReplaceExpression(node, f"{facts.source.segment(node)}.value"),)
                if isinstance(parent, ast.Call)
                else (),
                "the text is the same as on Airflow 2 for known run types only"
                if isinstance(parent, ast.Call)
                else "",
            )
        elif isinstance(parent, ast.Compare):
            yield from _compared(facts, parent)


def _is_text(parent: ast.AST | None, node: ast.expr) -> bool:
    if isinstance(parent, ast.FormattedValue):
        return True
    if not isinstance(parent, ast.Call) or node not in parent.args:
        return False
    func = parent.func
    return (isinstance(func, ast.Name) and func.id in _TEXT_CALLS) or (
        isinstance(func, ast.Attribute) and func.attr == "format"
    )


def _compared(facts: ModuleFacts, compare: ast.Compare) -> Iterator[Hit]:
    for operand in (compare.left, *compare.comparators):
        items = operand.elts if isinstance(operand, ast.List | ast.Tuple | ast.Set) else [operand]
        for item in items:
            if isinstance(item, ast.Constant) and literal_text(item) == _GONE_TYPE:
                place = byte_span(facts.source, item, 0, len(_GONE_TYPE))
                yield Hit(
                    "AS308",
                    span_of(facts, item),
                    f"A run that assets started has the type `{_NEW_TYPE}` on Airflow 3. Compare with that.",
                    "dag_run.run_type",
                    (ReplaceText(*place, _NEW_TYPE),) if place is not None else (),
                    "the old text no longer matches on Airflow 2" if place is not None else "",
                )


def _callbacks(facts: ModuleFacts) -> Iterator[Hit]:
    for found in constructors(facts):
        callback = found.argument("on_success_callback")
        if callback is None or not found.role.makes_task or found.argument("on_skipped_callback") is not None:
            continue
        function: ast.AST | None = None
        if found.role is Role.OPERATOR:
            argument = found.argument("python_callable")
            function = facts.function_of(argument.value) if argument is not None else None
        else:
            function = next(
                (d.node for d in facts.functions if _is_decorated(facts, d.node, found.call)), None
            )
        if function is not None and _skips(facts, function):
            yield Hit(
                "AS311",
                span_of(facts, callback.node),
                "This task may skip itself; Airflow 3 then no longer calls `on_success_callback`. Set "
                "`on_skipped_callback` as well if it has to run.",
                "on_success_callback",
            )


def _is_decorated(facts: ModuleFacts, node: ast.AST, call: ast.Call) -> bool:
    return isinstance(node, FunctionNode) and call in node.decorator_list and is_task(facts, node)


def _skips(facts: ModuleFacts, function: ast.AST) -> bool:
    for node in walk(function):
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if any(name.endswith(_SKIPS) for name in facts.names_of(raised)):
                return True
    return False
