"""Imports of names that Airflow 3 removed, moved or deprecated (AIP-72, and the 2.x to 3.x release notes).

The statement is judged, used or not; an alias that is flagged there is not flagged again at its uses.
"""

from __future__ import annotations

from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import ImportName
from airshift.index import NameStatus
from airshift.rules import name_words as words
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.import_places import Weight, weigh
from airshift.rules.module_attributes import attribute_hits
from airshift.rules.moves import Move, MoveTable, move_table
from airshift.rules.name_rewrites import NOTHING, Plan, plan_import, plan_module
from airshift.rules.name_status import status_of
from airshift.rules.star_imports import star_hits

CODES: tuple[str, ...] = (
    words.GONE, words.MOVED, words.TO_PROVIDER, words.LEGACY, words.DEPRECATED,
    words.PROVIDER, words.FALLBACK, words.STAR, words.PLUGIN,
)  # fmt: skip
TRIGGERS: tuple[bytes, ...] = (b"airflow",)
_SILENT = (NameStatus.IMPORTABLE, NameStatus.UNKNOWN)


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield imports and module attributes that the target does not have or is about to drop."""
    table = move_table(context.catalogue)
    flagged: dict[int, NameStatus] = {}
    for imported in facts.names.imports:
        if not _is_airflow(facts, context, table, imported):
            continue
        if imported.name == "*":
            yield from star_hits(facts, context, table, imported)
            continue
        status = status_of(context.index, imported.module, imported.name, context.target.version)
        if status in _SILENT:
            continue
        flagged[id(imported.alias)] = status
        weight = weigh(facts, context, status, imported)
        if weight is not None:
            yield _hit(facts, context, table, imported, status, weight)
    yield from attribute_hits(facts, context, table, flagged)


def _is_airflow(facts: ModuleFacts, context: RuleContext, table: MoveTable, imported: ImportName) -> bool:
    module = imported.module
    if module != "airflow" and not module.startswith("airflow."):
        return False
    if not facts.project.has_module(module):
        return True
    known = context.index.status(module, None, context.source.version) is not NameStatus.MISSING
    return known or table.has(module)


def _hit(
    facts: ModuleFacts,
    context: RuleContext,
    table: MoveTable,
    imported: ImportName,
    status: NameStatus,
    weight: Weight,
) -> Hit:
    move, plan = _planned(facts, context, table, imported)
    module, name = imported.module, imported.name
    code = words.code_of(context, status, module, name, move)
    text = words.message(context, code, module, name, move, status)
    if weight.guarded:
        text = f"{text[:-1]} (guarded: the code is prepared for that)."
        plan = NOTHING
    if weight.fallback:
        code = words.FALLBACK
        text = f"`{imported.qualified}` no longer imports, so the `except` branch runs instead: {text}"
    return Hit(
        code,
        span_of(facts, imported.alias),
        text,
        symbol=imported.qualified,
        rewrites=plan.rewrites,
        unsafe=plan.unsafe,
        kind=weight.kind,
        severity=weight.severity,
        requires=words.requirements(context.index, move) if plan.rewrites else (),
    )


def _planned(
    facts: ModuleFacts, context: RuleContext, table: MoveTable, imported: ImportName
) -> tuple[Move, Plan]:
    """Where the name went, and the rewrite that follows it."""
    if _is_module(context, table, imported):
        return plan_module(facts, context, table, imported)
    assert imported.name is not None
    move = table.resolve(imported.module, imported.name, context.index, context.target)
    return move, plan_import(facts, imported, move)


def _is_module(context: RuleContext, table: MoveTable, imported: ImportName) -> bool:
    if imported.name is None:
        return True
    whole = imported.qualified
    return table.has(whole) or context.index.status(whole, None, context.source.version) in (
        NameStatus.IMPORTABLE,
        NameStatus.DEPRECATED,
    )
