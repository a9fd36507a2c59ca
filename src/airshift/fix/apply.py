"""Apply the rewrites of a file's hits together, in memory, and prove that the result still parses."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import assert_never

from airshift.engine.facts import ModuleFacts
from airshift.fix import rewrites as rw
from airshift.fix.changes import ItemChange, KeywordAddition, KeywordChange, PositionalNaming
from airshift.fix.edits import Change, Edit, Refused, Replacement, Splice, spliced, splices
from airshift.fix.plan_imports import ImportPlan, Moved, remove_statement
from airshift.fix.proof import parses
from airshift.fix.signature import drop_parameter
from airshift.records import dataclass
from airshift.rules.base import Hit


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The changed text, which hits it fixes, and why the others could not be fixed."""

    utf8: bytes
    applied: tuple[Hit, ...]
    refused: tuple[tuple[Hit, str], ...]


def rewrite(facts: ModuleFacts, hits: Sequence[Hit]) -> Rewritten:
    """Apply the rewrites of all hits that have any; each hit is fixed whole or not at all."""
    wanted = [hit for hit in hits if hit.rewrites]
    refused: list[tuple[Hit, str]] = []
    utf8 = facts.source.utf8
    while wanted:
        try:
            made = _apply(facts, wanted)
        except Refused as error:
            refused.append((wanted.pop(error.owner), str(error)))
            continue
        changed = spliced(utf8, made)
        if parses(facts, made, changed):
            return Rewritten(changed, tuple(wanted), tuple(refused))
        wanted, broken = _parsing_alone(facts, wanted)
        refused += [(hit, "the result would not parse") for hit in broken]
        if not broken:
            return Rewritten(utf8, (), (*refused, *((h, "the fixes do not fit together") for h in wanted)))
    return Rewritten(utf8, (), tuple(refused))


def _parsing_alone(facts: ModuleFacts, hits: list[Hit]) -> tuple[list[Hit], list[Hit]]:
    good: list[Hit] = []
    broken: list[Hit] = []
    for hit in hits:
        try:
            made = _apply(facts, [hit])
            fits = parses(facts, made, spliced(facts.source.utf8, made))
        except Refused:
            fits = False
        (good if fits else broken).append(hit)
    return good, broken


def _apply(facts: ModuleFacts, hits: Sequence[Hit]) -> list[Splice]:
    plan = ImportPlan(facts)
    for owner, hit in enumerate(hits):
        for change in hit.rewrites:
            if isinstance(change, rw.MoveImport | rw.DropImport):
                _plan_import(plan, change, owner)
    for owner, hit in enumerate(hits):
        for change in hit.rewrites:
            for needs in getattr(change, "imports", ()):
                plan.needs.setdefault(needs, owner)
    edits: list[Edit] = []
    covered: list[tuple[int, int]] = []
    changes: dict[tuple[int, int], Change] = {}
    for owner, hit in enumerate(hits):
        for change in hit.rewrites:
            edits += _edits(facts, plan, change, owner, changes, covered)
    edits += changes.values()
    plan.drop_unused(edits, covered)
    edits += plan.replacements(covered)
    return splices(facts.source.utf8, edits)


def _plan_import(plan: ImportPlan, change: rw.MoveImport | rw.DropImport, owner: int) -> None:
    target = (change.module, change.name) if isinstance(change, rw.MoveImport) else None
    for moved in plan.moved:
        if moved.imported is change.imported:
            if moved.target != target and target is not None:
                raise Refused(owner, "another fix moves the same import")
            return
    fallback = change.fallback if isinstance(change, rw.MoveImport) else None
    plan.moved.append(Moved(change.imported, target, owner, fallback))


def _edits(
    facts: ModuleFacts,
    plan: ImportPlan,
    change: rw.Rewrite,
    owner: int,
    changes: dict[tuple[int, int], Change],
    covered: list[tuple[int, int]],
) -> Iterable[Edit]:
    span = facts.source.span
    match change:
        case rw.MoveImport() | rw.DropImport():
            return []
        case rw.ReplaceExpression(node, text, imports):
            covered.append(span(node))
            return [Replacement(*span(node), _filled(plan, text, imports), owner)]
        case rw.ReplaceText(start, end, text, imports):
            covered.append((start, end))
            return [Replacement(start, end, _filled(plan, text, imports), owner)]
        case rw.ChangeKeyword(call, keyword, name, value, imports):
            if name is None or value is not None:
                covered.append(span(keyword))
            if keyword.arg is None:
                raise Refused(owner, "the keyword comes out of an unpacked mapping")
            new = None if value is None else _filled(plan, value, imports)
            _change_at(changes, span(call)).calls.append((owner, KeywordChange(keyword.arg, name, new)))
        case rw.AddKeyword(call, name, value, imports):
            addition = KeywordAddition(name, _filled(plan, value, imports))
            _change_at(changes, span(call)).calls.append((owner, addition))
        case rw.NameArguments(call, first, names):
            _change_at(changes, span(call)).calls.append((owner, PositionalNaming(first, names)))
        case rw.ChangeItem(display, index, key, value, imports):
            item = display.values[index]
            if key is None:
                covered.append(span(item))
            new = None if value is None else _filled(plan, value, imports)
            _change_at(changes, span(display)).items.append((owner, ItemChange(index, key, new)))
        case rw.DropDecorator(_, decorator):
            covered.append(span(decorator))
            return [_without_decorator(facts, decorator, owner)]
        case rw.DropParameter(function, name):
            return [drop_parameter(facts, function, name, owner)]
        case rw.DropStatement(node):
            covered.append(span(node))
            return [remove_statement(facts, node, owner)]
        case _:
            assert_never(change)
    return []


def _change_at(changes: dict[tuple[int, int], Change], span: tuple[int, int]) -> Change:
    return changes.setdefault(span, Change(*span))


def _filled(plan: ImportPlan, text: str, imports: tuple[rw.Needs, ...]) -> str:
    for number, needs in enumerate(imports):
        text = text.replace("{%d}" % number, plan.local_of(needs))  # noqa: UP031
    return text


def _without_decorator(facts: ModuleFacts, decorator: ast.expr, owner: int) -> Replacement:
    source = facts.source
    first = source.line_starts[decorator.lineno - 1]
    line = decorator.end_lineno or decorator.lineno
    last = source.line_starts[line] if line < len(source.line_starts) else len(source.utf8)
    return Replacement(first, last, "", owner)
