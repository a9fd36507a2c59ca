"""Connections and variables that code and templates refer to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

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


def conn_ids(facts: ModuleFacts) -> Iterator[Reference]:
    """Connection ids in `*conn_id=` keywords and `get_connection` calls."""
    for site in facts.names.calls:
        for keyword in site.node.keywords:
            name = literal_text(keyword.value)
            if keyword.arg is not None and keyword.arg.endswith("conn_id") and name and "{{" not in name:
                yield Reference(name, facts.path, keyword.lineno)
    for call in facts.calls_of(*_CONNECTION_CALLS):
        name = literal_text(_first(call.node, "conn_id"))
        if name:
            yield Reference(name, facts.path, call.node.lineno)


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
    """Names in `{{ var.value.NAME }}`, `{{ var.json.NAME }}` or `{{ conn.NAME }}`."""
    if f"{kind}." not in text or "{" not in text:
        return
    from jinja2 import Environment, TemplateSyntaxError, nodes

    try:
        tree = Environment(autoescape=True).parse(text)
    except (TemplateSyntaxError, RecursionError):
        return
    for node in tree.find_all(nodes.Getattr):
        if kind == "conn" and isinstance(node.node, nodes.Name) and node.node.name == "conn":
            yield node.attr
        if kind == "var" and isinstance(node.node, nodes.Getattr) and node.node.attr in ("value", "json"):
            owner = node.node.node
            if isinstance(owner, nodes.Name) and owner.name == "var" and node.attr != "get":
                yield node.attr
