"""Sessions and engines on the metadata database (AIP-72, https://github.com/apache/airflow/pull/47320)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.blocks import Guard
from airshift.engine.facts import ModuleFacts
from airshift.engine.names import Definition, FunctionNode, ImportName, Use
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.metadata_rows import MetadataRows, metadata_rows
from airshift.rules.verdicts import Verdict, verdict_at

CODES: tuple[str, ...] = ("AS401", "AS402", "AS404")
TRIGGERS: tuple[bytes, ...] = (
    b"create_session",
    b"provide_session",
    b"airflow.settings",
    b"settings.",
    b"import settings",
)
_BLOCKED_CLASS = "airflow.settings.Session."
_HANDLED = frozenset({Guard.IMPORT_ERROR, Guard.TYPE_CHECKING})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every place that opens a session or touches the engine."""
    rows = metadata_rows(context.catalogue)
    for call in facts.calls:
        name = next(iter(sorted(call.names & rows.sessions)), None)
        if name is not None:
            verdict = verdict_at(facts, call.site.scope, call.node)
            yield _session(facts, call.node, f"`{facts.source.segment(call.node.func)}()`", name, verdict)
    for definition in facts.functions:
        yield from _decorated(facts, definition, rows)
    for imported in facts.names.imports:
        if imported.qualified in rows.engines and not imported.block.guards() & _HANDLED:
            yield _imported(facts, imported)
    for use in facts.names.uses:
        yield from _engine(facts, use, rows)


def _session(facts: ModuleFacts, node: ast.expr, what: str, name: str, verdict: Verdict) -> Hit:
    return Hit(
        "AS402" if verdict.at_parse else "AS401",
        span_of(facts, node),
        f"{what} opens a session on the metadata database: {verdict.where}. "
        "Use the task's runtime object, the Task SDK or the REST API v2 instead.",
        symbol=name,
        kind=verdict.kind,
        severity=verdict.severity,
    )


def _decorated(facts: ModuleFacts, definition: Definition, rows: MetadataRows) -> Iterator[Hit]:
    if not isinstance(definition.node, FunctionNode):
        return
    for decorator in definition.node.decorator_list:
        found = facts.names_of(decorator) & rows.decorators
        if found:
            verdict = verdict_at(facts, definition.scope, definition.node)
            yield _session(facts, decorator, f"`{definition.node.name}()`", min(found), verdict)


def _imported(facts: ModuleFacts, imported: ImportName) -> Hit:
    verdict = verdict_at(facts, imported.scope, imported.statement)
    return Hit(
        "AS404",
        span_of(facts, imported.alias),
        f"`airflow.settings.{imported.name}` is removed before DAG files and tasks run on Airflow 3, so "
        "this import "
        f"raises ImportError there: {verdict.where}.",
        symbol=imported.qualified,
        kind=verdict.kind,
        severity=verdict.severity,
    )


def _engine(facts: ModuleFacts, use: Use, rows: MetadataRows) -> Iterator[Hit]:
    if not use.attrs:
        return
    name = next((name for name in sorted(facts.names.resolve_use(use).names) if _is_engine(name, rows)), None)
    if name is None or Guard.TYPE_CHECKING in use.block.guards():
        return
    verdict = verdict_at(facts, use.scope, use.node)
    yield Hit(
        "AS404",
        span_of(facts, use.node),
        f"`{facts.source.segment(use.node)}` is an AttributeError in DAG files and tasks of Airflow 3: "
        f"{verdict.where}.",
        symbol=name,
        kind=verdict.kind,
        severity=verdict.severity,
    )


def _is_engine(name: str, rows: MetadataRows) -> bool:
    if name.startswith(_BLOCKED_CLASS):
        return True
    return any(name == engine or name.startswith(f"{engine}.") for engine in rows.engines)
