"""What a target refuses to take: said before anything is written, because one bad record refuses a whole batch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from airshift.metadata.model import Entity, Kind

_CONNECTION_ID = re.compile(r"[\w.-]+")
_LONGEST = {Kind.CONNECTION: 200, Kind.VARIABLE: 250, Kind.POOL: 256, Kind.ROLE: 64}
_NO_UNLIMITED_POOLS = "3.0."
"""3.0 cannot list its pools any more once one of them is unlimited (seen on 3.0.6; 3.1.8 can)."""


def objections(entity: Entity, version: str) -> Iterator[str]:
    """Why the target, an Airflow of this version, would not take the entity, or not well."""
    third = not version.startswith(("1.", "2."))
    if not entity.name or len(entity.name) > _LONGEST[entity.kind]:
        yield f"the name has to have 1 to {_LONGEST[entity.kind]} characters"
    match entity.kind:
        case Kind.CONNECTION:
            yield from _connection(entity, third)
        case Kind.POOL if entity.text("slots") == "-1" and version.startswith(_NO_UNLIMITED_POOLS):
            yield f"unlimited slots (-1) make Airflow {version} fail to list its pools: set a number in blue"
        case _:
            return


def _connection(entity: Entity, third: bool) -> Iterator[str]:
    if not _CONNECTION_ID.fullmatch(entity.name):
        yield "the REST API takes ids of letters, digits, `_`, `.` and `-` only: rename it in blue"
    if entity.text("conn_type") is None:
        yield "it has no connection type"
    if third and not _is_object(entity.text("extra") or "{}"):
        yield "extra has to be a JSON object on Airflow 3"


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
