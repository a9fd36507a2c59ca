"""Connections and variables that code and templates refer to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.estate.model import Reference

_CONNECTION_CALLS = frozenset(
    {
        "airflow.hooks.base.BaseHook.get_connection",
        "airflow.hooks.base_hook.BaseHook.get_connection",
        "airflow.models.Connection.get_connection_from_secrets",
        "airflow.models.connection.Connection.get_connection_from_secrets",
        "airflow.sdk.BaseHook.get_connection",
        "airflow.sdk.Connection.get",
    }
)
_VARIABLE_OWNERS = ("airflow.models.Variable", "airflow.models.variable.Variable", "airflow.sdk.Variable")
_VARIABLE_CALLS = frozenset(
    f"{owner}.{method}"
    for owner in _VARIABLE_OWNERS
    for method in ("get", "set", "setdefault", "update", "delete")
)


def connection_calls(facts: ModuleFacts) -> Iterator[Reference]:
    """Connection ids in `get_connection` calls."""
    for call in facts.calls_of(*_CONNECTION_CALLS):
        name = literal_text(_first(call.node, "conn_id"))
        if name:
            yield Reference(name, facts.path, call.node.lineno)


def conn_ids(facts: ModuleFacts) -> Iterator[Reference]:
    """Connection ids in `*conn_id=` keywords and `get_connection` calls."""
    for site in facts.names.calls:
        for keyword in site.node.keywords:
            name = literal_text(keyword.value)
            if keyword.arg is not None and keyword.arg.endswith("conn_id") and name and "{{" not in name:
                yield Reference(name, facts.path, keyword.lineno)
    yield from connection_calls(facts)


def variable_keys(facts: ModuleFacts) -> Iterator[Reference]:
    """Variable keys in `Variable.get(...)` and its relatives."""
    for call in facts.calls_of(*_VARIABLE_CALLS):
        name = literal_text(_first(call.node, "key"))
        if name:
            yield Reference(name, facts.path, call.node.lineno)


def _first(node: ast.Call, keyword: str) -> ast.expr | None:
    if node.args:
        return node.args[0]
    return next((item.value for item in node.keywords if item.arg == keyword), None)


def jinja_references(text: str, kind: str) -> Iterator[str]:
    """Names in `{{ var.value.NAME }}`, `{{ var.json.get("NAME") }}`, `{{ conn.NAME }}` and the like."""
    if f"{kind}." not in text or "{" not in text:
        return
    from jinja2 import Environment, TemplateSyntaxError, nodes

    try:
        tree = Environment(autoescape=True).parse(text)
    except (TemplateSyntaxError, RecursionError):
        return
    wanted = ("conn",) if kind == "conn" else ("var.value", "var.json")
    for node in tree.find_all((nodes.Getattr, nodes.Call)):
        if isinstance(node, nodes.Getattr) and node.attr != "get" and _dotted(node.node) in wanted:
            yield node.attr
        if isinstance(node, nodes.Call) and _dotted(node.node) in {f"{name}.get" for name in wanted}:
            yield from (str(first.value) for first in node.args[:1] if isinstance(first, nodes.Const))


def _dotted(node: Any) -> str:
    """`a.b.c` of a template's expression, with `?` for what is no name."""
    if hasattr(node, "attr"):
        return f"{_dotted(node.node)}.{node.attr}"
    return str(getattr(node, "name", "?"))
