"""DAGs as Airflow itself has parsed them: serialized DAGs of 2.x and 3.x, or another airshift inventory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from airshift.errors import UsageError
from airshift.estate import settings
from airshift.estate.exact_schedule import date_text, schedule_text
from airshift.estate.model import Dag, Edge, EdgeKind, Task, Unknown, key_of

_DIRECT = {"trigger": EdgeKind.TRIGGER, "sensor": EdgeKind.SENSOR}
_SOFT = frozenset({EdgeKind.MODULE, EdgeKind.RESOURCE})
_LISTS = ("pools", "queues", "variables", "connections", "params", "default_args", "callbacks")
_ASSETS = frozenset({"dataset", "asset"})


@dataclass(frozen=True, slots=True)
class Exact:
    """What Airflow knows: DAGs, and the edges it derives itself."""

    dags: tuple[Dag, ...]
    edges: tuple[Edge, ...]


def within(exact: Exact, environment: str) -> Exact:
    """The same, as DAGs and edges of one environment."""
    return Exact(
        tuple(replace(dag, environment=environment) for dag in exact.dags),
        tuple(
            replace(edge, source=key_of(environment, edge.source), target=key_of(environment, edge.target))
            for edge in exact.edges
        ),
    )


def read_exact(text: str, name: str) -> Exact:
    """DAGs of a JSON text; raise UsageError when it is none of the known forms."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name}: not JSON: {error}") from error
    try:
        if isinstance(content, dict) and isinstance(content.get("dags"), list):
            if any("task_edges" in dag for dag in content["dags"]):
                return _from_inventory(content)
            content = content["dags"]
        return _from_serialized(list(serialized_dags(content)), name)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{name}: not the shape of a serialized DAG: {error!r}") from error


def _from_inventory(content: dict[str, Any]) -> Exact:
    dags = tuple(
        Dag(
            dag_id=dag["dag_id"],
            path=dag["path"],
            line=dag["line"],
            environment=dag.get("environment") or "",
            schedule=_value(dag.get("schedule")),
            schedule_given=bool(dag.get("schedule_given", True)),
            start_date=_value(dag.get("start_date")),
            end_date=_value(dag.get("end_date")),
            catchup=_value(dag.get("catchup")),
            owners=tuple(dag.get("owners", ())),
            tags=tuple(dag.get("tags", ())),
            tasks=tuple(
                Task(task["task_id"], task["operator"], task.get("line", 1)) for task in dag.get("tasks", ())
            ),
            task_edges=tuple((up, down) for up, down in dag.get("task_edges", ())),
            operators=tuple(sorted({task["operator"] for task in dag.get("tasks", ())})),
            **_lists(dag),
            uses_sensors=bool(dag.get("uses_sensors")),
            is_deferrable=bool(dag.get("is_deferrable")),
            uses_date_keys=bool(dag.get("uses_date_keys")),
            depends_on_history=bool(dag.get("depends_on_history")),
            unknown=tuple(dag.get("unknown", ())),
        )
        for dag in content["dags"]
    )
    edges = tuple(
        Edge(
            e["source"],
            e["target"],
            EdgeKind(e["kind"]),
            bool(e["certain"]),
            e["path"],
            e["line"],
            e.get("via", ""),
        )
        for e in content.get("edges", ())
        if e["kind"] not in _SOFT
    )
    return Exact(dags, edges)


def _lists(dag: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(dag.get(name, ())) for name in _LISTS}


def _value(value: Any) -> Any:
    return Unknown(str(value.get("unknown"))) if isinstance(value, dict) else value


def serialized_dags(content: Any) -> Iterator[dict[str, Any]]:
    """Serialized DAGs alone, in a list, by id, or as rows of the table with a `data` column."""
    if isinstance(content, list):
        for item in content:
            yield from serialized_dags(item)
    elif isinstance(content, dict) and isinstance(content.get("dag"), dict):
        yield content["dag"]
    elif isinstance(content, dict) and isinstance(content.get("serialized"), dict):
        yield from serialized_dags(content["serialized"])
    elif isinstance(content, dict) and "fileloc" in content and "tasks" in content:
        yield content
    elif isinstance(content, dict) and isinstance(content.get("data"), dict | str):
        data = content["data"]
        yield from serialized_dags(json.loads(data) if isinstance(data, str) else data)
    elif isinstance(content, dict) and content and all(isinstance(item, dict) for item in content.values()):
        for item in content.values():
            yield from serialized_dags(item)
    else:
        raise TypeError("no serialized DAG in it")


def _from_serialized(content: list[dict[str, Any]], name: str) -> Exact:
    if not content:
        raise UsageError(f"{name}: no DAG in it")
    dags = [_dag(dag) for dag in content]
    return Exact(tuple(dags), tuple(_edges(content, {dag.dag_id: dag for dag in dags})))


def _dag(given: dict[str, Any]) -> Dag:
    tasks = [_plain(task) for task in given["tasks"]]
    defaults = _plain(given.get("default_args") or {})
    owners = {str(task.get("owner", defaults.get("owner", "airflow"))) for task in tasks}
    return Dag(
        dag_id=given.get("dag_id") or given["_dag_id"],
        path=_path(given),
        line=1,
        schedule=schedule_text(given),
        schedule_given=True,
        start_date=date_text(given.get("start_date"), given.get("timezone")),
        end_date=date_text(given.get("end_date"), None),
        catchup=given.get("catchup"),
        owners=tuple(sorted({part.strip() for owner in owners for part in owner.split(",")})),
        tags=tuple(sorted(str(tag) for tag in given.get("tags") or ())),
        tasks=tuple(
            Task(task["task_id"], _operator(task), 1, settings.given({**defaults, **task}, settings.OF_TASKS))
            for task in tasks
        ),
        settings=settings.given(
            {name: given.get(name, given.get(f"_{name}")) for name in settings.OF_DAGS}, settings.OF_DAGS
        ),
        task_edges=tuple(
            sorted(
                (task["task_id"], after) for task in tasks for after in task.get("downstream_task_ids") or ()
            )
        ),
        operators=tuple(sorted({_operator(task) for task in tasks})),
        pools=_names(tasks, "pool"),
        queues=_names(tasks, "queue"),
        params=_param_names(given.get("params")),
        default_args=tuple(sorted(defaults)),
        uses_sensors=any(_operator(task).endswith(("Sensor", "SensorAsync")) for task in tasks),
        is_deferrable=any(task.get("start_from_trigger") or task.get("deferrable") for task in tasks),
        depends_on_history=any(
            task.get("depends_on_past", defaults.get("depends_on_past")) or task.get("wait_for_downstream")
            for task in tasks
        ),
    )


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    inner = value.get("__var", value)
    if not isinstance(inner, dict):
        raise TypeError("expected a mapping")
    partial = inner.get("partial_kwargs")
    return {**partial, **inner} if isinstance(partial, dict) else inner


def _operator(task: dict[str, Any]) -> str:
    kind = task.get("task_type") or task.get("_task_type") or "Operator"
    module = task.get("_task_module")
    return f"{module}.{kind}" if module else str(kind)


def _param_names(params: Any) -> tuple[str, ...]:
    """Names of parameters, stored by name or as pairs."""
    if isinstance(params, dict):
        return tuple(sorted(params))
    return tuple(sorted(str(pair[0]) for pair in params or ()))


def _names(tasks: list[dict[str, Any]], name: str) -> tuple[str, ...]:
    found = {task[name] for task in tasks if isinstance(task.get(name), str)}
    return tuple(sorted(found - {"default_pool"}))


def _path(given: dict[str, Any]) -> str:
    file, folder = PurePosixPath(given.get("fileloc") or ""), given.get("_processor_dags_folder")
    if folder and file.is_relative_to(folder):
        return file.relative_to(folder).as_posix()
    return file.as_posix()


def _edges(content: list[dict[str, Any]], dags: dict[str, Dag]) -> Iterator[Edge]:
    producers: dict[str, set[str]] = {}
    consumers: dict[str, set[str]] = {}
    for given in content:
        for found in given.get("dag_dependencies") or ():
            kind, source, target = found["dependency_type"], found["source"], found["target"]
            if kind in _DIRECT:
                owner = dags[given.get("dag_id") or given["_dag_id"]]
                yield Edge(source, target, _DIRECT[kind], True, owner.path, 1)
            elif kind in _ASSETS:
                is_consumer = source in _ASSETS
                joined = consumers if is_consumer else producers
                joined.setdefault(str(found["dependency_id"]), set()).add(target if is_consumer else source)
    for asset, sources in producers.items():
        for source in sources:
            for target in consumers.get(asset, ()):
                yield Edge(source, target, EdgeKind.ASSET, True, dags[source].path, 1)
