"""Decide what an import does with every entity, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import StrEnum

from airshift.clients.paths import joined, objection
from airshift.metadata.comparing import Comparison, Status, compare_entities
from airshift.metadata.masks import is_mask
from airshift.metadata.model import Entity, Kind, Metadata, Nothing, Text
from airshift.metadata.requirements import objections


class Conflict(StrEnum):
    """What to do about an entity that green has with other values."""

    SKIP = "skip"
    OVERWRITE = "overwrite"
    FAIL = "fail"


class Action(StrEnum):
    """What happens to one entity."""

    CREATE = "create"
    REPLACE = "replace"
    """Write it over the one that is there."""
    RENEW = "renew"
    """Delete and create in one go, because no API can take a password away."""
    UNCHANGED = "unchanged"
    SKIP = "skip"
    CONFLICT = "conflict"
    INCOMPLETE = "incomplete"
    MASKED = "masked"
    REFUSED = "refused"


WRITES = frozenset({Action.CREATE, Action.REPLACE, Action.RENEW})


@dataclass(frozen=True, slots=True)
class Step:
    """One entity, what becomes of it, and why."""

    entity: Entity
    action: Action
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps in the order of writing."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()

    def of(self, *actions: Action) -> tuple[Step, ...]:
        """The steps with one of these actions."""
        return tuple(step for step in self.steps if step.action in actions)

    @property
    def masked(self) -> tuple[Step, ...]:
        """The steps that refuse a mask for a value: nothing may be written while there are any."""
        return self.of(Action.MASKED)


def plan_import(
    wanted: Metadata, present: Metadata, conflict: Conflict, *, ours: Set[tuple[Kind, str]] = frozenset()
) -> Plan:
    """What makes the target have what is wanted; `ours` are entities that an earlier run has written."""
    existing = present.by_key()
    steps = [
        _step(entity, existing.get(entity.key), present, conflict, entity.key in ours)
        for kind in Kind
        if kind not in present.unread
        for entity in wanted.of(kind)
    ]
    return Plan(tuple(steps), tuple(_notes(wanted, present)))


def _notes(wanted: Metadata, present: Metadata) -> Iterator[str]:
    for kind in Kind:
        reason = wanted.unread.get(kind) or (present.unread.get(kind) if wanted.of(kind) else None)
        if reason:
            yield f"{kind.plural} stay as they are: {reason}"


def _step(entity: Entity, existing: Entity | None, present: Metadata, conflict: Conflict, ours: bool) -> Step:
    if existing is None:
        return _write(entity, Action.CREATE, present)
    found = compare_entities(entity, existing)
    if found.status is Status.EQUAL:
        return Step(entity, Action.UNCHANGED)
    if conflict is Conflict.OVERWRITE:
        action = Action.RENEW if _loses_password(entity, existing) else Action.REPLACE
        return _write(entity, action, present, _difference(found))
    if ours and found.status is Status.UNCERTAIN:
        return Step(entity, Action.UNCHANGED, "written by an earlier run")
    if conflict is Conflict.FAIL:
        return Step(entity, Action.CONFLICT, _difference(found))
    return Step(entity, Action.SKIP, _difference(found))


def _loses_password(entity: Entity, existing: Entity) -> bool:
    """Whether the target may have a password where none is wanted: writing none leaves the old one."""
    return (
        entity.kind is Kind.CONNECTION
        and not entity.text("password")
        and not isinstance(existing.fields["password"], Nothing)
    )


def _difference(found: Comparison) -> str:
    if found.different:
        return f"green differs: {', '.join(found.different)}"
    return f"green has it, and cannot be compared: {', '.join(found.uncertain)}"


def _write(entity: Entity, action: Action, present: Metadata, reason: str = "") -> Step:
    masked = [
        name for name, value in entity.fields.items() if isinstance(value, Text) and is_mask(value.content)
    ]
    if masked:
        return Step(entity, Action.MASKED, f"`***` is no value: {', '.join(masked)}")
    if refusals := (*objections(entity, present.version), *_unreachable(entity, action, present)):
        return Step(entity, Action.REFUSED, "; ".join(refusals))
    if missing := entity.missing():
        return Step(entity, Action.INCOMPLETE, f"needs a value: {', '.join(missing)}")
    return Step(entity, action, reason)


def _unreachable(entity: Entity, action: Action, present: Metadata) -> Iterator[str]:
    """Why the target cannot be asked to change it: Airflow 2 has no call but the one with its name in the path."""
    if present.major > 2 or action is Action.CREATE or entity.kind is Kind.VARIABLE:
        return
    if reason := objection(present, joined(entity.kind.plural, entity.name)):
        yield f"it cannot be changed there, {reason}: use the web interface"
