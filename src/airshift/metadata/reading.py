"""Read pools, variables, connections and roles from a running Airflow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from airshift.clients.api import AirflowApi, ApiError, Method, pages
from airshift.clients.paths import fits, joined
from airshift.metadata.masks import MASK, shows_mask
from airshift.metadata.model import FIELDS, UNTOLD, Entity, Kind, Masked, Metadata, Text, Value, known
from airshift.metadata.roles import AIRFLOW_ROLES, REFUSED, UNREACHABLE, permissions, roles_path

_NOT_HERE = (401, 403, 404, 405, None)
"""Also no status: without the provider fab, Airflow 3 answers every address there with its web page."""
Progress = Callable[[int, int], object]
"""Takes how many connections were asked for, of how many."""


def read_metadata(
    api: AirflowApi,
    kinds: Iterable[Kind] = Kind,
    *,
    extras: bool = True,
    progress: Progress = lambda done, total: None,
) -> Metadata:
    """Everything of these kinds; `extras` asks Airflow 2 for each connection by itself."""
    wanted = set(kinds)
    entities: list[Entity] = []
    unread = {kind: "not asked for" for kind in Kind if kind not in wanted}
    for kind in (kind for kind in Kind if kind in wanted):
        if kind is Kind.ROLE and not roles_path(api):
            unread[kind] = UNREACHABLE
            continue
        try:
            entities += _read(api, kind, extras, progress)
        except ApiError as error:
            if kind is not Kind.ROLE or error.status not in _NOT_HERE:
                raise
            unread[kind] = REFUSED.format(
                status=f"status {error.status}" if error.status else "no list there"
            )
    return Metadata(api.label, version_of(api), tuple(entities), unread)


def version_of(api: AirflowApi) -> str:
    """The version of Airflow that answers."""
    answer = api.call(Method.GET, "/version")
    said = answer.get("version") if isinstance(answer, dict) else None
    return str(said or f"{api.major}.0.0")


def _read(api: AirflowApi, kind: Kind, extras: bool, progress: Progress) -> Iterator[Entity]:
    path, order = f"/{kind.plural}", {"order_by": "id"}
    if kind is Kind.ROLE:
        path, order = roles_path(api), {}
    records = list(pages(api, path, kind.plural, order))
    for number, record in enumerate(records):
        match kind:
            case Kind.POOL:
                yield _entity(kind, str(record["name"]), {"include_deferred": False, **record})
            case Kind.VARIABLE:
                yield _variable(record, masked=api.major > 2)
            case Kind.CONNECTION:
                progress(number, len(records))
                yield _connection(api, record, extras)
            case Kind.ROLE:
                if record["name"] not in AIRFLOW_ROLES:
                    yield _entity(kind, str(record["name"]), {"permissions": permissions(record)})


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
    path = joined("connections", name)
    if not fits(api, path):
        return UNTOLD
    try:
        return _shown(known(api.call(Method.GET, path).get("extra")))
    except ApiError as error:
        if error.status == 404:
            return UNTOLD
        raise


def _shown(value: Value) -> Value:
    """A value that has passed Airflow's mask."""
    return Masked(value.content) if isinstance(value, Text) and shows_mask(value.content) else value


def _with(entity: Entity, **fields: Value) -> Entity:
    return Entity(entity.kind, entity.name, {**entity.fields, **fields})
