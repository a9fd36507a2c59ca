"""`from airflow... import *`: the module may be gone, or only names that come through the star."""

from __future__ import annotations

from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import ImportName, Use
from airshift.fix.rewrites import DropStatement, ReplaceExpression, Rewrite
from airshift.index import NameStatus
from airshift.rules import name_words as words
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.import_places import weigh, weigh_use
from airshift.rules.moves import Move, MoveTable
from airshift.rules.name_rewrites import Plan, text_of
from airshift.rules.name_status import status_of
from airshift.rules.name_uses import is_exported, node_of

_UNSAFE = "names that other files take through the star import are not followed"
_WORKS = (NameStatus.IMPORTABLE, NameStatus.DEPRECATED)


def star_hits(
    facts: ModuleFacts, context: RuleContext, table: MoveTable, imported: ImportName
) -> Iterator[Hit]:
    """Judge the star import, or the names that are used through it."""
    status = status_of(context.index, imported.module, None, context.target.version)
    uses = _through(facts, context, table, imported)
    if status is NameStatus.MISSING:
        yield from _gone(facts, context, table, imported, uses)
        return
    for name, found in uses.items():
        before = context.index.status(imported.module, name, context.source.version)
        after = context.index.status(imported.module, name, context.target.version)
        if before in _WORKS and after is NameStatus.MISSING:
            yield from _missing(facts, context, table, imported, name, found)


def _through(
    facts: ModuleFacts, context: RuleContext, table: MoveTable, imported: ImportName
) -> dict[str, list[Use]]:
    """Names of the starred module that nothing else in the file binds, with their uses."""
    index, module = context.index, imported.module
    offered = index.names(module, context.source.version)
    row = table.row(module, "")
    known = offered | set(row.renamed if row else ())
    found: dict[str, list[Use]] = {}
    for use in facts.names.uses:
        if use.head in known and facts.names.resolve_use(use).star:
            found.setdefault(use.head, []).append(use)
    return found


def _gone(
    facts: ModuleFacts,
    context: RuleContext,
    table: MoveTable,
    imported: ImportName,
    uses: dict[str, list[Use]],
) -> Iterator[Hit]:
    weight = weigh(facts, context, NameStatus.MISSING, imported)
    if weight is None:
        return
    plan = _explicit(facts, context, table, imported, uses)
    named = ", ".join(f"`{name}`" for name in sorted(uses))
    todo = f"import {named} by name from where it lives now" if named else "import what is needed by name"
    yield Hit(
        words.STAR,
        span_of(facts, imported.statement),
        f"`{imported.module}` does not exist in Airflow {context.target.version}; {todo}.",
        symbol=imported.module,
        rewrites=plan.rewrites,
        unsafe=plan.unsafe,
        kind=weight.kind,
        severity=weight.severity,
    )


def _explicit(
    facts: ModuleFacts,
    context: RuleContext,
    table: MoveTable,
    imported: ImportName,
    uses: dict[str, list[Use]],
) -> Plan:
    rewrites: list[Rewrite] = [DropStatement(imported.statement)]
    for name, found in uses.items():
        move = table.resolve(imported.module, name, context.index, context.target)
        replaced = _replaced(found, move)
        if not replaced:
            return Plan()
        rewrites += replaced
    return Plan(tuple(rewrites), _UNSAFE) if uses and not is_exported(facts, imported) else Plan()


def _replaced(uses: list[Use], move: Move) -> list[Rewrite]:
    if move.home is None or move.advise or move.calls:
        return []
    text, needs = text_of(move.home)
    return [ReplaceExpression(node_of(use, 0), text, (needs,)) for use in uses]


def _missing(
    facts: ModuleFacts,
    context: RuleContext,
    table: MoveTable,
    imported: ImportName,
    name: str,
    uses: list[Use],
) -> Iterator[Hit]:
    first = uses[0]
    weight = weigh_use(facts, NameStatus.MISSING, first.scope, first.block, first.node)
    if weight is None:
        return
    dotted = f"{imported.module}.{name}"
    move = table.resolve(imported.module, name, context.index, context.target)
    yield Hit(
        words.STAR,
        span_of(facts, node_of(first, 0)),
        words.message(context, words.STAR, imported.module, name, move, NameStatus.MISSING),
        symbol=dotted,
        rewrites=tuple(_replaced(uses, move)),
        unsafe=move.unsafe,
        kind=weight.kind,
        severity=weight.severity,
        requires=words.requirements(context.index, move),
    )
