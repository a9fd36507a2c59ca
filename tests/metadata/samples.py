"""Small Airflows and what can be told about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airshift.metadata.model import FIELDS, NOTHING, Entity, Kind, Metadata, Value, known


def entity(kind: Kind, name: str, **fields: Any) -> Entity:
    """An entity whose other fields hold nothing; plain values are known values."""
    values: dict[str, Value] = dict.fromkeys(FIELDS[kind], NOTHING)
    for field, value in fields.items():
        values[field] = known(value) if value is None or isinstance(value, str | int | bool) else value
    return Entity(kind, name, values)


def connection(name: str = "pg", **fields: Any) -> Entity:
    return entity(Kind.CONNECTION, name, **{"conn_type": "postgres", **fields})


def variable(name: str = "v", value: Any = "1", **fields: Any) -> Entity:
    return entity(Kind.VARIABLE, name, value=value, **fields)


def pool(name: str = "p", slots: int = 1, **fields: Any) -> Entity:
    return entity(
        Kind.POOL, name, slots=slots, include_deferred=fields.pop("include_deferred", False), **fields
    )


def role(name: str, *permissions: str) -> Entity:
    return entity(Kind.ROLE, name, permissions="\n".join(permissions))


def metadata(*entities: Entity, version: str = "2.10.3", label: str = "mwaa:blue", **others: Any) -> Metadata:
    return Metadata(label, version, entities, **others)


def raw_connection(name: str = "pg", **fields: Any) -> Mapping[str, Any]:
    return {"connection_id": name, "conn_type": "postgres", **fields}
