"""Sensors and markers that find another DAG's run by its logical date."""

from __future__ import annotations

from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Role, constructors

CODES: tuple[str, ...] = ("AS611",)
TRIGGERS: tuple[bytes, ...] = (b"ExternalTask",)
_CLASSES = (".ExternalTaskSensor", ".ExternalTaskMarker")
_DELTAS = ("execution_delta", "execution_date_fn", "execution_date", "logical_date")


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield waiting for a run at an offset, which holds only while both DAGs date their runs the same way."""
    for found in constructors(facts):
        if found.role is not Role.OPERATOR or not found.qualified.endswith(_CLASSES):
            continue
        offset = next((a for name in _DELTAS if (a := found.argument(name)) is not None), None)
        if offset is None:
            continue
        yield Hit(
            "AS611",
            span_of(facts, offset.node),
            f"`{offset.name}` relates the logical dates of two DAGs: both must move in the same wave and "
            "keep the same "
            "kind of timetable, or the sensor waits for a run that never comes.",
            symbol=offset.name,
        )
