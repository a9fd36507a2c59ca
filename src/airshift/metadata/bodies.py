"""Entities as the bodies of Airflow's REST API."""

from __future__ import annotations

from typing import Any

from airshift.metadata.model import NUMBERS, Entity, Kind

_NAMES = {Kind.POOL: "name", Kind.VARIABLE: "key", Kind.CONNECTION: "connection_id", Kind.ROLE: "name"}


def body(entity: Entity) -> dict[str, Any]:
    """All fields, with None where there is nothing, so that nothing old stays."""
    named: dict[str, Any] = {_NAMES[entity.kind]: entity.name}
    match entity.kind:
        case Kind.ROLE:
            return named | {
                "actions": [
                    _permission(line) for line in (entity.text("permissions") or "").split("\n") if line
                ]
            }
        case Kind.VARIABLE:
            return named | {"value": entity.text("value") or "", "description": entity.text("description")}
        case _:
            return named | {name: _typed(entity, name) for name in entity.fields}


def given_only(fields: dict[str, Any]) -> dict[str, Any]:
    """A body without the fields that are None: Airflow 2 refuses null for some of them."""
    return {name: value for name, value in fields.items() if value is not None}


def _typed(entity: Entity, name: str) -> Any:
    text = entity.text(name)
    if name == "include_deferred":
        return text == "true"
    if name == "extra":
        return text or None
    return int(text) if text and name in NUMBERS else text


def _permission(line: str) -> dict[str, dict[str, str]]:
    action, _, resource = line.partition(" on ")
    return {"action": {"name": action}, "resource": {"name": resource}}
