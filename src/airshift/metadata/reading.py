"""Read pools, variables, connections and roles from a running Airflow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from airshift.clients.api import AirflowApi, ApiError, Method, pages
from airshift.clients.mwaa import LONGEST_PATH
from airshift.metadata.masks import MASK, shows_mask
from airshift.metadata.model import FIELDS, UNTOLD, Entity, Kind, Masked, Metadata, Text, Value, known

AIRFLOW_ROLES = frozenset({"Admin", "Op", "User", "Viewer", "Public"})
"""Roles that every Airflow makes and keeps up to date itself; they differ between versions and stay as they are."""
_FORBIDDEN = (401, 403)


def read_metadata(
    api: AirflowApi,
    kinds: Iterable[Kind] = Kind,
    *,
    extras: bool = True,
    seen: Callable[[], object] = lambda: None,
) -> Metadata:
    """Everything of these kinds; `extras` asks Airflow 2 for each connection by itself, `seen` counts along."""
    wanted = set(kinds)
    entities: list[Entity] = []
    unread = {kind: "not asked for" for kind in Kind if kind not in wanted}
    for kind in (kind for kind in Kind if kind in wanted):
        if kind is Kind.ROLE and api.major > 2:
            unread[kind] = (
                "Airflow 3 keeps roles outside of /api/v2: use `airflow roles`, or the web interface"
            )
            continue
        try:
            for entity in _read(api, kind, extras):
                entities.append(entity)
                seen()
        except ApiError as error:
            if kind is not Kind.ROLE or error.status not in {*_FORBIDDEN, 404}:
                raise
            unread[kind] = f"the server refuses to list them (status {error.status})"
    return Metadata(api.label, version_of(api), tuple(entities), unread)


def version_of(api: AirflowApi) -> str:
    """The version of Airflow that answers."""
    answer = api.call(Method.GET, "/version")
    said = answer.get("version") if isinstance(answer, dict) else None
    return str(said or f"{api.major}.0.0")


def _read(api: AirflowApi, kind: Kind, extras: bool) -> Iterator[Entity]:
    order = {} if kind is Kind.ROLE else {"order_by": "id"}
    for record in pages(api, f"/{kind.plural}", kind.plural, order):
        match kind:
            case Kind.POOL:
                yield _entity(kind, str(record["name"]), {"include_deferred": False, **record})
            case Kind.VARIABLE:
                yield _variable(record, masked=api.major > 2)
            case Kind.CONNECTION:
                yield _connection(api, record, extras)
            case Kind.ROLE:
                if record["name"] not in AIRFLOW_ROLES:
                    yield _entity(kind, str(record["name"]), {"permissions": permissions(record)})


def permissions(record: Mapping[str, Any]) -> str:
    """The permissions of a role as lines, sorted."""
    pairs = {
        (str(pair["action"]["name"]), str(pair["resource"]["name"])) for pair in record.get("actions") or ()
    }
    return "\n".join(f"{action} on {resource}" for action, resource in sorted(pairs))


def _entity(kind: Kind, name: str, record: Mapping[str, Any]) -> Entity:
    return Entity(kind, name, {field: known(record.get(field)) for field in FIELDS[kind]})


def _variable(record: Mapping[str, Any], *, masked: bool) -> Entity:
    entity = _entity(Kind.VARIABLE, str(record["key"]), record)
    if not masked:
        return entity
    return _with(entity, value=_shown(entity.fields["value"]))


def _connection(api: AirflowApi, record: Mapping[str, Any], extras: bool) -> Entity:
    name = str(record["connection_id"])
    if api.major > 2:
        entity = _entity(Kind.CONNECTION, name, record)
        password: Value = Masked(MASK) if record.get("password") is not None else entity.fields["password"]
        return _with(entity, password=password, extra=_shown(entity.fields["extra"]))
    if not extras:
        return _with(_entity(Kind.CONNECTION, name, record), password=UNTOLD, extra=UNTOLD)
    return _with(_entity(Kind.CONNECTION, name, record), password=UNTOLD, extra=_extra(api, name))


def _extra(api: AirflowApi, name: str) -> Value:
    """A connection's extra in Airflow 2, which its list leaves out; MWAA takes no long paths."""
    path = f"/connections/{quote(name, safe='')}"
    try:
        return _shown(known(api.call(Method.GET, path).get("extra")))
    except ApiError as error:
        if error.status == 404 or len(path) > LONGEST_PATH:
            return UNTOLD
        raise


def _shown(value: Value) -> Value:
    """A value that has passed Airflow's mask."""
    return Masked(value.content) if isinstance(value, Text) and shows_mask(value.content) else value


def _with(entity: Entity, **fields: Value) -> Entity:
    return Entity(entity.kind, entity.name, {**entity.fields, **fields})
