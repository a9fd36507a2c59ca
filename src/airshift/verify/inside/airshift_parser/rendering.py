"""Template fields of tasks as one planned run would see them, with the context this Airflow offers."""

from __future__ import annotations

import copy
import datetime
import importlib
import os
import sys
from collections.abc import Collection
from typing import Any

from .describe import plain

_DATED = frozenset(
    "logical_date execution_date ds ds_nodash ts ts_nodash ts_nodash_with_tz data_interval_start data_interval_end "
    "prev_data_interval_start_success prev_data_interval_end_success yesterday_ds yesterday_ds_nodash tomorrow_ds "
    "tomorrow_ds_nodash next_ds next_ds_nodash next_execution_date prev_ds prev_ds_nodash prev_execution_date "
    "prev_execution_date_success".split()
)
LONGEST = 2000
FAILS = "fails: "


def rendered(dag: Any, run: dict[str, Any], offered: Collection[str], root: str) -> dict[str, dict[str, Any]]:
    """Rendered template fields by task id; a field that fails says why instead.

    Folders of this run are told by what they are, as they differ between the sides.
    """
    places = {root: "<estate>", sys.prefix: "<python>", os.environ["HOME"]: "<home>"}
    tasks = [task for task in dag.tasks if not hasattr(task, "expand_input")]
    return {task.task_id: _neutral(_fields(task, dag, run, offered), places) for task in tasks}


def _fields(task: Any, dag: Any, run: dict[str, Any], offered: Collection[str]) -> dict[str, Any]:
    found = {}
    environment = None
    for name in getattr(task, "template_fields", ()):
        value = getattr(task, name, None)
        if value is None or value in ("", [], {}, ()):
            continue
        try:
            environment = environment or task.get_template_env(dag)
            found[name] = plain(_render(task, value, context(dag, task, run, offered), environment))
        except Exception as error:
            found[name] = f"{FAILS}{type(error).__name__}: {error}"
    return found


def _render(task: Any, value: Any, values: dict[str, Any], environment: Any) -> Any:
    return task.render_template(_without_xcoms(value), values, environment, set())


def _without_xcoms(value: Any) -> Any:
    """The value with results of other tasks told by name: nothing has run yet."""
    if isinstance(value, (list, tuple)):
        return (
            type(value)([_without_xcoms(part) for part in value]) if type(value) in (list, tuple) else value
        )
    if type(value) is dict:
        return {name: _without_xcoms(part) for name, part in value.items()}
    if hasattr(value, "iter_references") and hasattr(value, "resolve"):
        return " + ".join(f"<result of {operator.task_id}>" for operator, _ in value.iter_references())
    return copy.copy(value)


def _neutral(value: Any, places: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _neutral(part, places) for name, part in value.items()}
    if isinstance(value, list):
        return [_neutral(part, places) for part in value]
    if isinstance(value, str):
        for folder, name in places.items():
            value = value.replace(folder, name)
        return value[:LONGEST]
    return value


def context(dag: Any, task: Any, run: dict[str, Any], offered: Collection[str]) -> dict[str, Any]:
    """The context of one task in one run: the keys that this Airflow offers, dates only where the run has one."""
    logical = _moment(run["logical_date"])
    values: dict[str, Any] = {
        **_plain_keys(dag, task, run),
        **(_dates(logical, run) if logical is not None else {}),
    }
    return {
        name: value
        for name, value in values.items()
        if name in offered and (logical is not None or name not in _DATED)
    }


def _plain_keys(dag: Any, task: Any, run: dict[str, Any]) -> dict[str, Any]:
    from .stand_ins import StandIn

    instance = StandIn("ti", task_id=task.task_id, dag_id=dag.dag_id, try_number=1, map_index=-1, task=task)
    dag_run = StandIn("dag_run", run_id=run["run_id"], dag_id=dag.dag_id, conf={}, run_type=run["run_type"])
    return {
        "dag": dag,
        "task": task,
        "ti": instance,
        "task_instance": instance,
        "dag_run": dag_run,
        "run_id": run["run_id"],
        "params": dict(getattr(task, "params", None) or dag.params),
        "macros": _macros(),
        "test_mode": False,
        "task_instance_key_str": f"{dag.dag_id}__{task.task_id}__{(run['logical_date'] or '')[:10].replace('-', '')}",
        **_accessors(),
        **{
            name: StandIn(name)
            for name in ("conf", "inlets", "outlets", "inlet_events", "outlet_events", "templates_dict")
        },
        "triggering_dataset_events": {},
        "triggering_asset_events": {},
    }


def _macros() -> Any:
    try:
        from airflow.sdk.execution_time import macros
    except ImportError:
        from airflow import macros
    return macros


def _accessors() -> dict[str, Any]:
    """`var` and `conn` read through the classes whose look-ups are answered by placeholders."""
    from .placeholders import connection, variable

    class Values:
        def __init__(self, deserialize: bool) -> None:
            self._deserialize = deserialize

        def __getattr__(self, name: str) -> Any:
            return variable(name, deserialize_json=self._deserialize)

        def get(self, name: str, *default: Any) -> Any:
            return default[0] if default else variable(name, deserialize_json=self._deserialize)

    class Connections:
        def __getattr__(self, name: str) -> Any:
            return connection(name)

        def get(self, name: str, *default: Any) -> Any:
            return default[0] if default else connection(name)

    return {"var": {"value": Values(False), "json": Values(True)}, "conn": Connections()}


def _dates(logical: Any, run: dict[str, Any]) -> dict[str, Any]:
    day = datetime.timedelta(days=1)
    start, end = _moment(run["data_interval_start"]), _moment(run["data_interval_end"])
    before, after = logical - day, logical + day
    return {
        **_days("", logical),
        **_days("yesterday_", before),
        **_days("tomorrow_", after),
        **_days("prev_", before),
        **_days("next_", after),
        "logical_date": logical,
        "execution_date": logical,
        "prev_execution_date": before,
        "next_execution_date": after,
        "data_interval_start": start or logical,
        "data_interval_end": end or logical,
        "ts": logical.isoformat(),
        "ts_nodash": logical.strftime("%Y%m%dT%H%M%S"),
        "ts_nodash_with_tz": logical.isoformat().replace("-", "").replace(":", ""),
    }


def _days(prefix: str, moment: Any) -> dict[str, str]:
    return {f"{prefix}ds": moment.strftime("%Y-%m-%d"), f"{prefix}ds_nodash": moment.strftime("%Y%m%d")}


def _moment(text: str | None) -> Any:
    return importlib.import_module("pendulum").parse(text) if text else None
