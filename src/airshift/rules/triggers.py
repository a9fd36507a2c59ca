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
                yield _refused(facts, call.node, name, context.target.release)
            elif name in rows:
                yield _blocking(facts, call.node, name, rows[name])


def _is_trigger(name: str) -> bool:
    return name.startswith("airflow.") and name.endswith("Trigger")


def _refused(facts: ModuleFacts, node: ast.Call, name: str, release: tuple[int, ...]) -> Hit:
    short = ".".join(name.split(".")[-2:])
    advice = "Await the asynchronous form (`aget_connection`) or pass the value to the trigger."
    # Read in triggerer_job_runner.py and execution_api.py of the installed versions.
    if release < (3, 1):
        outcome, severity = "fails inside the event loop of the triggerer on Airflow 3.0", Severity.ERROR
    elif release < (3, 3):
        outcome, severity = "needs the optional package greenback in a trigger until 3.3", Severity.WARNING
    else:
        outcome, severity = "goes through greenback in a trigger from 3.3 on", Severity.INFO
    kind = Kind.RUNTIME if severity is Severity.ERROR else None
    message = f"`{short}()` {outcome}. {advice}"
    return Hit("AS905", span_of(facts, node), message, symbol=short, kind=kind, severity=severity)


def _blocking(facts: ModuleFacts, node: ast.Call, name: str, use: str) -> Hit:
    return Hit(
        "AS905",
        span_of(facts, node),
        f"`{facts.source.segment(node.func)}()` blocks every trigger of the process; {use}.",
        symbol=name,
    )
