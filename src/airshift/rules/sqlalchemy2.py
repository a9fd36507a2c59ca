"""SQLAlchemy 2.0, which Airflow's constraints pin since 3.2: no implicit execution, no bare SQL strings."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.fix.rewrites import Needs, ReplaceExpression, Rewrite
from airshift.rules.base import Hit, RuleContext, span_of

CODES: tuple[str, ...] = ("AS112",)
TRIGGERS: tuple[bytes, ...] = (b"sqlalchemy", b"get_sqlalchemy_engine")

_ENGINE_METHODS = frozenset({"execute", "scalar", "has_table", "table_names", "run_callable"})
_FACTORY = "sqlalchemy.create_engine"
_FACTORY_METHOD = "get_sqlalchemy_engine"
_TEXT = Needs("sqlalchemy", "text")
_UNSAFE = "text() reads :name in the statement as a bind parameter, and %s placeholders have to become :name"


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield calls on engines and connections that SQLAlchemy 2.0 refuses."""
    if context.target.release[:2] < (3, 2):
        return
    for site in facts.names.calls:
        callee = site.node.func
        if not isinstance(callee, ast.Attribute) or callee.attr not in _ENGINE_METHODS:
            continue
        if _is_engine(facts, callee.value):
            yield _on_engine(facts, callee)
        elif callee.attr in ("execute", "scalar") and _is_connection(facts, callee.value):
            yield from _on_connection(facts, site.node)


def _on_engine(facts: ModuleFacts, callee: ast.Attribute) -> Hit:
    todo = {
        "execute": "open a connection: `with engine.begin() as connection: connection.execute(text(...))`",
        "scalar": "open a connection: `with engine.connect() as connection: connection.scalar(text(...))`",
    }.get(callee.attr, "use `sqlalchemy.inspect(engine)`")
    message = f"`Engine.{callee.attr}()` does not exist in SQLAlchemy 2.0; {todo}."
    return Hit("AS112", span_of(facts, callee), message, symbol=f"sqlalchemy.Engine.{callee.attr}")


def _on_connection(facts: ModuleFacts, call: ast.Call) -> Iterator[Hit]:
    if not call.args or not _is_string(facts, call.args[0]):
        return
    statement = call.args[0]
    written = facts.source.segment(statement)
    rewrites: tuple[Rewrite, ...] = (ReplaceExpression(statement, "{0}(" + written + ")", (_TEXT,)),)
    yield Hit(
        "AS112",
        span_of(facts, statement),
        "A connection of SQLAlchemy 2.0 does not execute a bare string; wrap it in `sqlalchemy.text()`.",
        symbol="sqlalchemy.Connection.execute",
        rewrites=() if "{0}" in written else rewrites,
        unsafe=_UNSAFE,
    )


def _is_string(facts: ModuleFacts, node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return True
    values = facts.values_of(node)
    return bool(values) and all(
        isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str))
        for value in values
    )


def _is_engine(facts: ModuleFacts, node: ast.expr) -> bool:
    values = facts.values_of(node)
    return bool(values) and all(
        isinstance(value, ast.Call) and _makes_engine(facts, value) for value in values
    )


def _makes_engine(facts: ModuleFacts, call: ast.expr) -> bool:
    if not isinstance(call, ast.Call):
        return False
    if _FACTORY in facts.names_of(call.func):
        return True
    return isinstance(call.func, ast.Attribute) and call.func.attr == _FACTORY_METHOD


def _is_connection(facts: ModuleFacts, node: ast.expr) -> bool:
    values = facts.values_of(node)
    return bool(values) and all(
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in ("connect", "begin")
        and _is_engine(facts, value.func.value)
        for value in values
    )
