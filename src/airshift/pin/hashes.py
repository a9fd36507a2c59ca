"""Hashes hold for a whole file or not at all: pip rejects every line without one as soon as one line has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from airshift.pin.decisions import Action, Decision, Kind
from airshift.pin.document import Document
from airshift.pin.grammar import Direct, Entry, Option, Package, parse_entry, print_entry
from airshift.pin.verdicts import duplicate

_HASH = "--hash"
_REQUIRED = "--require-hashes"
_REASON = "pip would reject the lines that have no hash"


def without_partial_hashes(decisions: Sequence[Decision], documents: Iterable[Document]) -> list[Decision]:
    """Take the remaining hashes away when a line of the new file has none."""
    entries = {(document.path, line.number): line.entry for document in documents for line in document.lines}
    if not any(_asks_for_hashes(entry) for entry in entries.values()):
        return list(decisions)
    if all(map(_is_hashed, decisions)):
        return list(decisions)
    bare = [_stripped(decision, entries.get((decision.path, decision.line))) for decision in decisions]
    first: dict[str, Decision] = {}
    return [duplicate(one, first) if _is_package(one) else one for one in bare]


def _asks_for_hashes(entry: Entry) -> bool:
    return _has_hash(entry) or entry == Option(_REQUIRED)


def _has_hash(entry: Entry | None) -> bool:
    return isinstance(entry, Package | Direct) and any(one.startswith(_HASH) for one in entry.options)


def _is_package(decision: Decision) -> bool:
    return isinstance(parse_entry(decision.after or ""), Package)


def _is_hashed(decision: Decision) -> bool:
    entry = parse_entry(decision.after or "")
    return not isinstance(entry, Package | Direct) or decision.kind is Kind.MARKER or _has_hash(entry)


def _stripped(decision: Decision, entry: Entry | None) -> Decision:
    if decision.after is None:
        return decision
    if entry == Option(_REQUIRED):
        return replace(decision, after=None, action=Action.DROP, reason=_REASON)
    if not isinstance(entry, Package | Direct) or decision.after != decision.before or not _has_hash(entry):
        return decision
    options = tuple(one for one in entry.options if not one.startswith(_HASH))
    after = print_entry(replace(entry, options=options))
    action = Action.CHANGE if decision.action is Action.KEEP else decision.action
    return replace(decision, after=after, action=action, notes=(*decision.notes, f"its hashes go: {_REASON}"))
