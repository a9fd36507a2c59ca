"""Cluster policies and operator links whose name or signature changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode
from airshift.engine.syntax import walk
from airshift.findings import Kind, Severity
from airshift.fix.rewrites import ReplaceText
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.classes import accepts, attributes, derived, methods, name_span

CODES: tuple[str, ...] = ("AS713", "AS714", "AS715")
TRIGGERS: tuple[bytes, ...] = (
    b"def policy",
    b"get_link",
    b"extra_link",
    b"supports_lineage",
    b"priority_weight_total",
)
_LINK = "BaseOperatorLink"
_GONE = {
    "supports_lineage": "lineage is collected through `inlets` and `outlets`",
    "priority_weight_total": "the weight is computed by the scheduler",
    "get_extra_links": "read GET /api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/links",
    "extra_links": "read GET /api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/links",
    "global_operator_extra_link_dict": "register links in a plugin",
    "operator_extra_link_dict": "set `operator_extra_links`",
}


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield the old policy, links with a date parameter, and attributes of operators that are gone."""
    if facts.path.rpartition("/")[2] == "airflow_local_settings.py":
        yield from _policy(facts)
    for node in derived(facts, _is_link):
        link = methods(node).get("get_link")
        if link is not None and not accepts(link, "ti_key"):
            yield Hit(
                "AS714",
                name_span(facts, link),
                "`get_link` is called with `operator` and `ti_key` since Airflow 3.0; write "
                "`get_link(self, operator, *, ti_key)`.",
                symbol="BaseOperatorLink.get_link",
            )
    for node in derived(facts, lambda name: name.startswith("airflow.") and facts.is_operator(name)):
        yield from _operator(facts, node)


def _is_link(name: str) -> bool:
    return name.startswith("airflow.") and name.endswith(_LINK)


def _policy(facts: ModuleFacts) -> Iterator[Hit]:
    for definition in facts.functions:
        node = definition.node
        if isinstance(node, FunctionNode) and node.name == "policy" and definition.outer is facts.names.root:
            span = name_span(facts, node)
            yield Hit(
                "AS713",
                span,
                "The policy hook `policy` is never called on Airflow 3; its name is `task_policy`.",
                symbol="policy",
                rewrites=(ReplaceText(*span, "task_policy"),),
            )


def _operator(facts: ModuleFacts, node: ast.ClassDef) -> Iterator[Hit]:
    for target, _ in attributes(node):
        if target.id == "supports_lineage":
            yield _inert(facts, target)
    own = [inner for inner in walk(node) if isinstance(inner, ast.Attribute) and _is_self(inner.value)]
    stored = {inner.attr for inner in own if isinstance(inner.ctx, ast.Store)} | methods(node).keys()
    for inner in own:
        if inner.attr in _GONE and inner.attr not in stored and isinstance(inner.ctx, ast.Load):
            yield _gone(facts, inner, inner.attr)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _inert(facts: ModuleFacts, target: ast.Name) -> Hit:
    """Setting the attribute harms nothing: nobody reads it."""
    return replace(
        _gone(facts, target, target.id),
        message=f"`{target.id}` has no effect since Airflow 3.0; {_GONE[target.id]}.",
        kind=Kind.BEHAVIOUR,
        severity=Severity.INFO,
    )


def _gone(facts: ModuleFacts, node: ast.expr, name: str) -> Hit:
    return Hit(
        "AS715",
        span_of(facts, node),
        f"`{name}` of operators is gone since Airflow 3.0; {_GONE[name]}.",
        symbol=f"BaseOperator.{name}",
    )
