"""Executors that no longer exist."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.engine.syntax import walk
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Role, constructors
from airshift.rules.data import text_of

CODES: tuple[str, ...] = ("AS702",)
TRIGGERS: tuple[bytes, ...] = (
    b"SequentialExecutor",
    b"DebugExecutor",
    b"DaskExecutor",
    b"KubernetesExecutor",
)
_CONF = frozenset({"airflow.configuration.conf.get", "airflow.configuration.get"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield names of removed executors as `executor=` of a task or compared with the configured executor."""
    yield from _executors(facts, context)


def _executors(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    rows = {
        text_of(row, "name", "rules/structure.toml: executor"): text_of(
            row, "use", "rules/structure.toml: executor"
        )
        for row in context.catalogue.rows("structure", "executor")
    }
    for found in constructors(facts):
        argument = found.argument("executor")
        name = literal_text(argument.value) if argument is not None else None
        if argument is not None and name in rows and (found.role.makes_task or found.role is Role.DAG):
            yield _executor(span_of(facts, argument.value), name, rows[name])
    for call in facts.calls:
        if call.names & _CONF and [literal_text(a) for a in call.node.args[:2]] == ["core", "executor"]:
            yield from _compared(facts, call.node, rows)


def _compared(facts: ModuleFacts, call: ast.Call, rows: dict[str, str]) -> Iterator[Hit]:
    parent = facts.parents.get(id(call))
    if not isinstance(parent, ast.Compare):
        return
    for node in walk(parent):
        name = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.Constant) and isinstance(name, str) and name in rows:
            yield _executor(span_of(facts, node), name, rows[name])


def _executor(span: tuple[int, int], name: str, use: str) -> Hit:
    return Hit("AS702", span, f"`{name}` is gone since Airflow 3.0; use {use}.", symbol=name)
