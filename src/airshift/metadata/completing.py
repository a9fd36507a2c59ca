"""Fill in what an Airflow does not show: from files, or by reference to Secrets Manager."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from airshift.errors import UsageError
from airshift.metadata.model import NOTHING, Elsewhere, Entity, Kind, Metadata, Nothing, Text, Value
from airshift.metadata.showing import is_public
from airshift.metadata.uri import NotAConnectionError, fields_of
from airshift.metadata.vault import Given, place_of

_WRAPPED = frozenset({"value", "description"})
"""How Airflow 3 exports a variable that has a description; Airflow 2 exports the value alone."""


def complete(metadata: Metadata, given: Given) -> Metadata:
    """What was given counts; names that the Airflow does not have are left alone."""
    return _mapped(metadata, lambda entity: _completed(entity, given, wrapped=metadata.major > 2))


def refer(metadata: Metadata, prefix: str, *, also_known: bool = False) -> Metadata:
    """Point to Secrets Manager for what is not known, and for known secrets where they may not be written."""
    return _mapped(metadata, lambda entity: _referred(entity, prefix, also_known))


def resolve(metadata: Metadata, fetch: Callable[[str], str | None]) -> Metadata:
    """Read what is elsewhere; `fetch` knows the places and returns None for what is not there."""
    return _mapped(metadata, lambda entity: _resolved(entity, fetch))


def _mapped(metadata: Metadata, change: Callable[[Entity], Entity]) -> Metadata:
    return replace(metadata, entities=tuple(map(change, metadata.entities)))


def _with(entity: Entity, fields: Mapping[str, Value]) -> Entity:
    return replace(entity, fields={**entity.fields, **fields})


def _completed(entity: Entity, given: Given, *, wrapped: bool) -> Entity:
    if entity.kind is Kind.CONNECTION and entity.name in given.connections:
        return _with(entity, given.connections[entity.name])
    if entity.kind is not Kind.VARIABLE or entity.name not in given.variables:
        return entity
    value = given.variables[entity.name]
    if wrapped and isinstance(value, dict) and value.keys() == _WRAPPED:
        value = value["value"]
    match entity.fields["value"]:
        case Text(content) if value in (_as_exported(content), content):
            return entity
        case _:
            return _with(entity, {"value": _of_export(value)})


def _of_export(value: Any) -> Text:
    return Text(value, spelling_lost=True) if isinstance(value, str) else Text(json.dumps(value))


def _as_exported(content: str) -> Any:
    """What `airflow variables export` makes of a value: it decodes JSON, so that the spelling is lost."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content


def _referred(entity: Entity, prefix: str, also_known: bool) -> Entity:
    if entity.kind not in {Kind.VARIABLE, Kind.CONNECTION}:
        return entity
    place = Elsewhere(place_of(prefix, entity.kind, entity.name))
    return _with(
        entity,
        {
            name: place
            for name, value in entity.fields.items()
            if _is_missing(entity, name, value, also_known)
        },
    )


def _is_missing(entity: Entity, name: str, value: Value, also_known: bool) -> bool:
    if name == "description":
        return False
    if isinstance(value, Text):
        return also_known and not is_public(entity.kind, name, value.content)
    return not isinstance(value, Nothing)


def _resolved(entity: Entity, fetch: Callable[[str], str | None]) -> Entity:
    wanted = {name: value.place for name, value in entity.fields.items() if isinstance(value, Elsewhere)}
    found: dict[str, Value] = {}
    for place in sorted(set(wanted.values())):
        content = fetch(place)
        if content is None:
            continue
        fields = _fields(entity, place, content)
        found |= {name: fields.get(name, NOTHING) for name, where in wanted.items() if where == place}
    return _with(entity, found)


def _fields(entity: Entity, place: str, content: str) -> Mapping[str, Value]:
    if entity.kind is Kind.VARIABLE:
        return {"value": Text(content)}
    try:
        return fields_of(content)
    except NotAConnectionError as error:
        raise UsageError(f"{place}: {error}") from None
