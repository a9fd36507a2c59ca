"""Carry a plan out: batches on Airflow 3, one by one on Airflow 2, each call in the journal before it is made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from airshift.clients.api import AirflowApi, ApiError, Method
from airshift.clients.paths import joined
from airshift.metadata.bodies import body, given_only
from airshift.metadata.journal import STARTED, Journal
from airshift.metadata.model import DEFAULT_POOL, Entity, Kind
from airshift.metadata.planning import WRITES, Action, Plan, Step
from airshift.metadata.reading import read_metadata
from airshift.metadata.roles import roles_path

BATCH = 25
"""Entities a call: each variable may cost a look into a secrets backend, and MWAA ends calls after 10 seconds."""
BATCH_BYTES = 1_000_000
_TOO_MUCH = frozenset({400, 409, 413, 422})
"""Refusals that may concern one entity of a batch only."""


class Outcome(StrEnum):
    """What became of one write."""

    CREATED = "created"
    REPLACED = "replaced"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    """No answer, and the target does not show whether the value arrived: run the import again."""


@dataclass(frozen=True, slots=True)
class Result:
    """One entity that was to be written."""

    kind: Kind
    name: str
    outcome: Outcome
    reason: str = ""


def write(
    api: AirflowApi, plan: Plan, journal: Journal, seen: Callable[[], object] = lambda: None
) -> tuple[Result, ...]:
    """Write what the plan says; what fails is a result, and the rest goes on."""
    results: list[Result] = []
    for batch in batches(plan.of(*WRITES), single=api.major < 3):
        for result in _written(api, batch, journal):
            results.append(result)
            seen()
    return tuple(results)


def batches(steps: Iterable[Step], *, single: bool) -> Iterator[tuple[Step, ...]]:
    """Steps that go into one call: of one kind and action, and not too much."""
    batch: list[Step] = []
    size = 0
    for step in steps:
        length = len(json.dumps(body(step.entity)))
        alone = single or step.entity.kind is Kind.ROLE or step.entity.key == (Kind.POOL, DEFAULT_POOL)
        full = len(batch) >= BATCH or size + length > BATCH_BYTES
        if batch and (alone or full or not _together(batch[-1], step)):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(step)
        size += length
        if alone:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def _together(one: Step, other: Step) -> bool:
    return (one.entity.kind, one.action) == (other.entity.kind, other.action)


def _written(api: AirflowApi, batch: Sequence[Step], journal: Journal) -> Iterator[Result]:
    keys = [step.entity.key for step in batch]
    journal.record(keys, STARTED)
    try:
        refused = _call(api, batch)
    except ApiError as error:
        if error.status in _TOO_MUCH and len(batch) > 1:
            yield from _halves(api, batch, journal)
            return
        results = _settled(api, batch, error) if error.uncertain else _failed(batch, _reason(error))
    else:
        if refused and len(batch) > 1:
            yield from _halves(api, batch, journal)
            return
        results = _failed(batch, refused) if refused else _done(batch)
    for result in results:
        journal.record([(result.kind, result.name)], result.outcome, result.reason)
        yield result


def _halves(api: AirflowApi, batch: Sequence[Step], journal: Journal) -> Iterator[Result]:
    """Find the entity that is refused, so that the others arrive: a refused batch writes nothing."""
    middle = len(batch) // 2
    yield from _written(api, batch[:middle], journal)
    yield from _written(api, batch[middle:], journal)


def _done(batch: Sequence[Step]) -> list[Result]:
    return [
        _result(step, Outcome.CREATED if step.action is Action.CREATE else Outcome.REPLACED) for step in batch
    ]


def _failed(batch: Sequence[Step], reason: str) -> list[Result]:
    return [_result(step, Outcome.FAILED, reason) for step in batch]


def _result(step: Step, outcome: Outcome, reason: str = "") -> Result:
    return Result(step.entity.kind, step.entity.name, outcome, reason)


def _reason(error: ApiError) -> str:
    return f"status {error.status}" if error.status else "no answer"


def _settled(api: AirflowApi, batch: Sequence[Step], error: ApiError) -> list[Result]:
    """After a call without an answer: what was to be created is there or not, the rest is uncertain."""
    if batch[0].action is not Action.CREATE:
        return [_result(step, Outcome.UNCERTAIN, _reason(error)) for step in batch]
    try:
        there = read_metadata(api, [batch[0].entity.kind], extras=False).by_key()
    except ApiError:
        return [_result(step, Outcome.UNCERTAIN, _reason(error)) for step in batch]
    return [
        _result(step, Outcome.CREATED)
        if step.entity.key in there
        else _result(step, Outcome.FAILED, _reason(error))
        for step in batch
    ]


def _call(api: AirflowApi, batch: Sequence[Step]) -> str:
    """Make the call; the reason when the target took none of it."""
    first = batch[0].entity
    if first.key == (Kind.POOL, DEFAULT_POOL):
        _default_pool(api, first)
        return ""
    if api.major < 3 or first.kind is Kind.ROLE:
        _single(api, batch[0])
        return ""
    answer = api.call(Method.PATCH, f"/{first.kind.plural}", body={"actions": _actions(batch)})
    return _errors(answer)


def _actions(batch: Sequence[Step]) -> list[dict[str, Any]]:
    entities = [body(step.entity) for step in batch]
    create = {"action": "create", "entities": entities}
    match batch[0].action:
        case Action.RENEW:
            names = [step.entity.name for step in batch]
            delete = {"action": "delete", "entities": names, "action_on_non_existence": "skip"}
            return [delete, {**create, "action_on_existence": "fail"}]
        case Action.REPLACE:
            return [{**create, "action_on_existence": "overwrite"}]
        case _:
            return [{**create, "action_on_existence": "fail"}]


def _errors(answer: Any) -> str:
    """The statuses of refused actions; their texts may hold anything and are left alone."""
    parts = [part for part in (answer or {}).values() if isinstance(part, dict)]
    errors = [error for part in parts for error in part.get("errors") or ()]
    return ", ".join(sorted({f"status {error.get('status_code', 'unknown')}" for error in errors}))


def _default_pool(api: AirflowApi, pool: Entity) -> None:
    names = ["slots", "include_deferred"]
    mask: Any = names if api.major > 2 else ",".join(names)
    fields = {name: value for name, value in body(pool).items() if name in names}
    api.call(Method.PATCH, f"/pools/{DEFAULT_POOL}", query={"update_mask": mask}, body=fields)


def _single(api: AirflowApi, step: Step) -> None:
    entity, fields = step.entity, body(step.entity)
    path = roles_path(api) if entity.kind is Kind.ROLE else f"/{entity.kind.plural}"
    one = f"{path}{joined(entity.name)}"
    if entity.kind is Kind.VARIABLE or step.action is Action.CREATE:
        api.call(Method.POST, path, body=given_only(fields))
    elif step.action is Action.RENEW:
        api.call(Method.DELETE, one)
        api.call(Method.POST, path, body=given_only(fields))
    else:
        api.call(Method.PATCH, one, body=_changeable(fields))


def _changeable(fields: dict[str, Any]) -> dict[str, Any]:
    """Null clears a field in Airflow 2, but for the password, which takes no null."""
    return {name: value for name, value in fields.items() if name != "password" or value is not None}
