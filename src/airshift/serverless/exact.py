"""What Airflow itself says about DAGs, in the place of what the source shows.

Structure and schedules are exact. Of what operators are given a serialized DAG keeps template fields and settings
that every task has, so other arguments still come from the source.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from airshift.errors import UsageError
from airshift.estate.exact import Exact, read_exact, serialized_dags, within
from airshift.estate.model import Dag
from airshift.estate.reconcile import known_path
from airshift.serverless.model import DagCall, Moment, Seconds, TaskCall, Unresolved
from airshift.serverless.tasks import is_taskflow
from airshift.serverless.values import unresolved

_SETTINGS = ("retries", "trigger_rule", "depends_on_past", "wait_for_downstream", "pool", "queue")
_TIMES = ("retry_delay", "execution_timeout")
_OTHER_DAG = re.compile(r""",\s*dag_id=(['"]).*?\1""")


def read_exact_calls(path: Path, environment: str, known: tuple[str, ...]) -> list[DagCall]:
    """DAGs of a JSON file: a result of `airshift verify`, serialized DAGs or an inventory."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--from-json {path}: cannot be read: {error}") from error
    exact = _placed(read_exact(text, str(path)), environment, known)
    raw = _raw_dags(json.loads(text))
    return [_call(dag, raw.get(dag.dag_id, {})) for dag in exact.dags]


def _placed(exact: Exact, environment: str, known: tuple[str, ...]) -> Exact:
    if not environment and (not known or any(dag.environment for dag in exact.dags)):
        return exact
    if environment not in known:
        raise UsageError(
            f"--from-json needs --environment here, one of {', '.join(known) or '(none is known)'}"
        )
    return within(exact, environment)


def _raw_dags(content: Any) -> dict[str, Mapping[str, Any]]:
    """Serialized DAGs by id; none for an inventory, which keeps no arguments."""
    if isinstance(content, dict) and isinstance(content.get("dags"), list):
        content = content["dags"]
        if any("task_edges" in dag for dag in content):
            return {}
    return {dag.get("dag_id") or dag["_dag_id"]: dag for dag in serialized_dags(content)}


def _call(dag: Dag, raw: Mapping[str, Any]) -> DagCall:
    tasks = {task["task_id"]: task for task in map(_unwrapped, raw.get("tasks", ()))}
    upstream: dict[str, list[str]] = {}
    for up, down in dag.task_edges:
        upstream.setdefault(down, []).append(up)
    given: dict[str, Any] = {"start_date": dag.start_date, "end_date": dag.end_date}
    given = {name: Moment(value) for name, value in given.items() if isinstance(value, str)}
    if raw.get("params"):
        given["params"] = _params(raw["params"])
    return DagCall(
        dag,
        given,
        tuple(
            TaskCall(
                task_id=task.task_id,
                operator=task.operator,
                line=task.line,
                given=_given(tasks.get(task.task_id, {})),
                inherited={},
                upstream=tuple(sorted(upstream.get(task.task_id, ()))),
                mapped="mapped" if tasks.get(task.task_id, {}).get("_is_mapped") else "",
                is_partial=True,
            )
            for task in dag.tasks
        ),
    )


def _unwrapped(task: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = task.get("__var", task)
    return inner if isinstance(inner, dict) else {}


def _params(params: Any) -> dict[str, Any]:
    pairs = params.items() if isinstance(params, dict) else params
    return {str(name): _decoded(one.get("default") if isinstance(one, dict) else one) for name, one in pairs}


def _given(task: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: task[name] for name in _SETTINGS if name in task}
    found |= {name: Seconds(float(task[name])) for name in _TIMES if isinstance(task.get(name), int | float)}
    found |= {name: _decoded(task[name]) for name in task.get("template_fields") or () if name in task}
    return {name: value for name, value in found.items() if value is not None}


def _decoded(value: Any) -> Any:
    """A serialized value as it was: containers are wrapped with their type."""
    match value:
        case {"__type": "dict" | "set" | "tuple", "__var": inner}:
            return _decoded(inner)
        case {"__type": str(kind)}:
            return Unresolved(f"a value of type {kind}")
        case dict():
            return {name: _decoded(item) for name, item in value.items()}
        case list():
            return [_decoded(item) for item in value]
        case str():
            return _OTHER_DAG.sub("", value) if "xcom_pull" in value else value
        case _:
            return value


def joined(static: Iterable[DagCall], exact: Iterable[DagCall]) -> list[DagCall]:
    """Exact DAGs with what only the source shows, and the DAGs that Airflow did not tell of."""
    shown = {call.dag.key: call for call in static}
    told = {call.dag.key: call for call in exact}
    paths = sorted({call.dag.path for call in shown.values()})
    found = [call for key, call in shown.items() if key not in told]
    for key, call in told.items():
        one = shown.get(key)
        if one is None:
            found.append(replace(call, dag=replace(call.dag, path=known_path(call.dag.path, paths))))
        else:
            found.append(_with_source(call, one))
    return sorted(found, key=lambda call: (call.dag.dag_id, call.dag.environment, call.dag.path))


def _with_source(exact: DagCall, static: DagCall) -> DagCall:
    tasks = {task.task_id: task for task in static.tasks}
    return DagCall(
        replace(exact.dag, path=static.dag.path, line=static.dag.line),
        _filled(static.given, exact.given),
        tuple(
            _task(task, tasks[task.task_id]) if task.task_id in tasks else replace(task, line=static.dag.line)
            for task in exact.tasks
        ),
    )


def _task(exact: TaskCall, static: TaskCall) -> TaskCall:
    return replace(
        static,
        operator=static.operator if is_taskflow(static.operator) else exact.operator,
        given=_filled(static.given, exact.given),
        upstream=exact.upstream,
        mapped=static.mapped or exact.mapped,
    )


def _filled(given: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as written, those that are no literals as Airflow tells them."""
    return {
        name: told[name] if name in told and any(unresolved(value)) else value
        for name, value in given.items()
    }
