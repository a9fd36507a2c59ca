"""What judging one requirement gives, and the ways to say it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from airshift.pin.decisions import Action, Decision, Kind
from airshift.pin.grammar import Package, parse_entry, print_entry
from airshift.pin.versions import admits, exact_version, same


@dataclass(frozen=True, slots=True)
class Place:
    """Where a requirement stands; line 0 for one that is added."""

    path: str
    line: int
    before: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, the requirements it brings along, and what only the index can answer."""

    decision: Decision
    adds: tuple[tuple[Package, str], ...] = ()
    question: Package | None = None


def pinned(entry: Package, place: Place, version: str, kind: Kind, reason: str) -> Verdict:
    asked = exact_version(entry.specifier)
    if asked and same(asked, version):
        return verdict(entry, place, Action.KEEP, kind, reason, place.before)
    notes = ("its hashes belonged to the old version and are gone",) if entry.options else ()
    admitted = not entry.specifier or admits(entry.specifier, version)
    if not admitted:
        reason = f"{reason} (was {entry.specifier})"
    action = Action.PIN if admitted else Action.CHANGE
    return verdict(entry, place, action, kind, reason, exact(entry, version), notes)


def exact(entry: Package, version: str) -> str:
    return print_entry(replace(entry, specifier=f"=={version}", options=()))


def named(text: str) -> Package | None:
    entry = parse_entry(text)
    return entry if isinstance(entry, Package) else None


def verdict(
    entry: Package,
    place: Place,
    action: Action,
    kind: Kind,
    reason: str,
    after: str | None = None,
    notes: tuple[str, ...] = (),
) -> Verdict:
    return Verdict(
        Decision(entry.key, place.path, place.line, place.before, after, action, kind, reason, notes)
    )


def duplicate(decision: Decision, first: dict[str, Decision]) -> Decision:
    """Drop a line that says what an earlier one says; else remember it as the first."""
    if decision.after is None:
        return decision
    twin = first.setdefault(decision.after, decision)
    if twin is decision:
        return decision
    where = f"line {twin.line}" if twin.path == decision.path else f"{twin.path}, line {twin.line}"
    reason = f"the same as {where}"
    return replace(decision, after=None, action=Action.DROP, kind=Kind.DUPLICATE, reason=reason)
