"""Blocking calls in the event loop of the triggerer (https://github.com/apache/airflow/issues/53447)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.findings import Kind, Severity
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.classes import derived
from airshift.rules.data import text_of

CODES: tuple[str, ...] = ("AS905",)
TRIGGERS: tuple[bytes, ...] = (b"Trigger",)
_REFUSED = ("Variable.get", "Variable.set", "BaseHook.get_connection", "Connection.get", "XCom.get_one")


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield synchronous calls made directly in a coroutine of a trigger."""
    coroutines = {
        id(item)
        for node in derived(facts, _is_trigger)
        for item in node.body
        if isinstance(item, ast.AsyncFunctionDef)
    }
    if not coroutines:
        return
    rows = {
        text_of(row, "name", "rules/stability.toml: blocking"): text_of(
            row, "use", "rules/stability.toml: blocking"
        )
        for row in context.catalogue.rows("stability", "blocking")
    }
    for call in facts.calls:
        function = call.site.scope.function
        if function is None or id(function.node) not in coroutines:
            continue
        for name in sorted(call.names):
            if name.startswith("airflow.") and name.endswith(_REFUSED):
                yield _refused(facts, call.node, name)
            elif name in rows or f"{name.partition('.')[0]}.*" in rows:
                use = rows.get(name) or rows[f"{name.partition('.')[0]}.*"]
                yield _blocking(facts, call.node, name, use)


def _is_trigger(name: str) -> bool:
    return name.startswith("airflow.") and name.endswith("Trigger")


def _refused(facts: ModuleFacts, node: ast.Call, name: str) -> Hit:
    short = ".".join(name.split(".")[-2:])
    return Hit(
        "AS905",
        span_of(facts, node),
        f"`{short}()` asks the triggerer's supervisor synchronously, which Airflow 3 cannot do inside the "
        "event loop; "
        "await `sync_to_async(...)` of it, or pass the value to the trigger.",
        symbol=short,
        kind=Kind.RUNTIME,
        severity=Severity.ERROR,
    )


def _blocking(facts: ModuleFacts, node: ast.Call, name: str, use: str) -> Hit:
    return Hit(
        "AS905",
        span_of(facts, node),
        f"`{facts.source.segment(node.func)}()` blocks every trigger of the process; {use}.",
        symbol=name,
    )
