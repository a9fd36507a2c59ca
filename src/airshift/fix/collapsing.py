"""`airshift fix --drop-compat`: guarded imports that serve two versions become the target's arm.

Collapsed are `try: imports / except ImportError: imports` and `if version test: imports / else: imports`
whose arms bind the same names, where the name index says which arm the target takes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from airshift.engine.blocks import Guard, guard_of_if
from airshift.engine.facts import ModuleFacts
from airshift.fix.placement import Statement
from airshift.fix.plan_imports import indentation
from airshift.index import NameStatus
from airshift.rules.base import RuleContext

_FLAG = re.compile(r"AIRFLOW_V_(\d+)_(\d+)_PLUS\Z")
_ERRORS = ("ImportError", "ModuleNotFoundError")


def collapse(facts: ModuleFacts, context: RuleContext) -> tuple[bytes, list[int]]:
    """The text without the pairs that the target does not need, and the lines they began on."""
    utf8 = facts.source.utf8
    chosen = sorted(_chosen(facts, context), key=lambda pair: pair[0].lineno)
    for statement, arm in reversed(chosen):
        start, end = facts.source.span(statement)
        utf8 = utf8[:start] + _text(facts, statement, arm) + utf8[end:]
    return utf8, [statement.lineno for statement, _ in chosen]


def _chosen(facts: ModuleFacts, context: RuleContext) -> Iterator[tuple[ast.stmt, list[ast.stmt]]]:
    for node in facts.nodes:
        for name in ("body", "orelse", "finalbody"):
            for statement in getattr(node, name, ()) if isinstance(getattr(node, name, ()), list) else ():
                arm = _target_arm(statement, context)
                if arm is not None and indentation(facts, statement) is not None:
                    yield statement, arm


def _target_arm(statement: ast.AST, context: RuleContext) -> list[ast.stmt] | None:
    arms = _arms(statement)
    if arms is None or _bound(arms[0]) != _bound(arms[1]) or not _bound(arms[0]):
        return None
    first, second = (_works(arm, context) for arm in arms)
    if isinstance(statement, ast.If):
        said = _said(statement.test, context)
        if said is not None:
            return arms[0] if said and first else arms[1] if not said and second else None
        return (arms[0] if first else arms[1]) if first is not second else None
    if first or (_is_missing(arms[1], context) and _may_work(arms[0], context)):
        return arms[0]
    return arms[1] if second and _is_missing(arms[0], context) else None


def _arms(statement: ast.AST) -> tuple[list[ast.stmt], list[ast.stmt]] | None:
    """Both arms of a pair that consists of imports only."""
    match statement:
        case ast.Try(body, [ast.ExceptHandler(ast.Name(caught), None, otherwise)], [], []) if (
            caught in _ERRORS
        ):
            pass
        case ast.If(test, body, otherwise) if guard_of_if(test) is Guard.VERSION:
            pass
        case _:
            return None
    if not all(isinstance(inner, Statement) for inner in (*body, *otherwise)):
        return None
    return body, otherwise


def _bound(arm: list[ast.stmt]) -> set[str]:
    return {
        alias.asname or (alias.name.partition(".")[0] if isinstance(inner, ast.Import) else alias.name)
        for inner in arm
        if isinstance(inner, Statement)
        for alias in inner.names
    }


def _statuses(arm: list[ast.stmt], context: RuleContext) -> Iterator[NameStatus]:
    for inner in arm:
        if isinstance(inner, ast.ImportFrom):
            for alias in inner.names:
                airflow = not inner.level and (inner.module or "").partition(".")[0] == "airflow"
                name = None if alias.name == "*" else alias.name
                yield (
                    context.index.status(inner.module or "", name, context.target.version)
                    if airflow
                    else NameStatus.UNKNOWN
                )
        elif isinstance(inner, ast.Import):
            for alias in inner.names:
                yield context.index.status(alias.name, None, context.target.version)


def _works(arm: list[ast.stmt], context: RuleContext) -> bool:
    return all(s in (NameStatus.IMPORTABLE, NameStatus.DEPRECATED) for s in _statuses(arm, context))


def _may_work(arm: list[ast.stmt], context: RuleContext) -> bool:
    """Whether an arm imports from Airflow or providers only, and nothing that is known to be missing."""
    modules = [inner.module or "" for inner in arm if isinstance(inner, ast.ImportFrom)]
    modules += [alias.name for inner in arm if isinstance(inner, ast.Import) for alias in inner.names]
    return all(m.partition(".")[0] == "airflow" for m in modules) and not _is_missing(arm, context)


def _is_missing(arm: list[ast.stmt], context: RuleContext) -> bool:
    return NameStatus.MISSING in _statuses(arm, context)


def _said(test: ast.expr, context: RuleContext) -> bool | None:
    """What a flag such as AIRFLOW_V_3_0_PLUS says on the target; None for any other test."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _said(test.operand, context)
        return None if inner is None else not inner
    name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
    found = _FLAG.fullmatch(name)
    if found is None:
        return None
    release = tuple(int(part) for part in context.target.version.split(".")[:2])
    return release >= (int(found[1]), int(found[2]))


def _text(facts: ModuleFacts, statement: ast.stmt, arm: list[ast.stmt]) -> bytes:
    """The statements of an arm with their comments, at the indentation of the whole."""
    source = facts.source
    outer = (indentation(facts, statement) or "").encode()
    inner = indentation(facts, arm[0])
    separator = source.newline.encode() + outer
    if inner is None:
        return separator.join(source.utf8[slice(*source.span(one))] for one in arm)
    begin = source.line_starts[_first_line(facts, arm[0]) - 1]
    last = arm[-1].end_lineno or arm[-1].lineno
    stop = source.line_starts[last] if last < len(source.line_starts) else len(source.utf8)
    if source.span(statement)[1] < stop:
        stop = source.span(statement)[1]
    lines = source.utf8[begin:stop].splitlines()
    prefix = inner.encode()
    return separator.join(line.removeprefix(prefix) for line in lines)


def _first_line(facts: ModuleFacts, statement: ast.stmt) -> int:
    """The line of the first comment right above a statement, or its own."""
    source = facts.source
    line = statement.lineno
    while line > 1 and source.utf8[source.line_starts[line - 2] :].lstrip(b" \t").startswith(b"#"):
        line -= 1
    return line
