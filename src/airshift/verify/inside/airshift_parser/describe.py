"""What two Airflow versions can be compared by: the facts of one parsed DAG as plain JSON values."""

from __future__ import annotations

from typing import Any

_CALLBACKS = ("success", "failure", "retry", "execute", "skipped")
_NOT_SET = ("ArgNotSet", "NoValueSentinel", "SetDuringExecution")
_TASK_VALUES = ("retries", "pool", "queue", "depends_on_past", "wait_for_downstream", "owner")


def facts(dag: Any) -> dict[str, Any]:
    """Everything about a DAG that does not depend on a point in time."""
    return {
        "dag_id": dag.dag_id,
        "schedule": schedule(dag),
        "timetable": type(dag.timetable).__name__,
        "start_date": moment(first_date(dag)),
        "end_date": moment(dag.end_date),
        "catchup": bool(dag.catchup),
        "max_active_runs": dag.max_active_runs,
        "tags": sorted(dag.tags or ()),
        "params": {name: plain(dag.params.get_param(name).value) for name in sorted(dag.params)},
        "callbacks": callbacks(dag),
        "tasks": {task.task_id: task_facts(task) for task in dag.tasks},
    }


def first_date(dag: Any) -> Any:
    """When runs may begin: the earliest start date of the DAG and its tasks, as the scheduler takes it."""
    dates = [owner.start_date for owner in (dag, *dag.tasks) if getattr(owner, "start_date", None)]
    return min(dates, default=None)


def task_facts(task: Any) -> dict[str, Any]:
    """Class, place in the graph and the settings that decide how a task runs."""
    values = {name: plain(getattr(task, name, None)) for name in _TASK_VALUES}
    kind = getattr(task, "operator_class", type(task))
    return {
        **values,
        "operator": getattr(task, "task_type", None) or type(task).__name__,
        "class": f"{getattr(kind, '__module__', '')}.{getattr(kind, '__qualname__', task.task_type)}",
        "mapped": hasattr(task, "expand_input"),
        "upstream": sorted(task.upstream_task_ids),
        "trigger_rule": text_of(task.trigger_rule),
        "start_date": moment(getattr(task, "start_date", None)),
        "callbacks": callbacks(task),
    }


def callbacks(owner: Any) -> list[str]:
    """Names of the callbacks that are set; an empty list of callbacks counts as none."""
    return [name for name in _CALLBACKS if getattr(owner, f"on_{name}_callback", None)]


def schedule(dag: Any) -> str | None:
    """The schedule as text that does not depend on the version's class names."""
    return timing(dag.timetable)


def timing(timetable: Any) -> str | None:
    """A timetable as text."""
    for name in ("_expression", "expression", "_delta", "delta"):
        value = getattr(timetable, name, None)
        if value is not None:
            return str(value)
    name = type(timetable).__name__.replace("Dataset", "Asset")
    condition = getattr(timetable, "asset_condition", None) or getattr(timetable, "dataset_condition", None)
    if name.startswith("Asset") and condition is not None:
        inner = getattr(timetable, "timetable", None)
        return f"{assets(condition)} or {timing(inner)}" if inner else assets(condition)
    return None if name == "NullTimetable" else name


def assets(condition: Any) -> str:
    """An asset expression over URIs, the same for datasets."""
    parts = getattr(condition, "objects", None)
    if parts is None or "Alias" in type(condition).__name__:
        return str(getattr(condition, "uri", None) or getattr(condition, "name", condition))
    joiner = " | " if "Any" in type(condition).__name__ else " & "
    return f"({joiner.join(assets(part) for part in parts)})"


def text_of(value: Any) -> str:
    """The value of an enum, or the text itself."""
    return str(getattr(value, "value", value))


def moment(value: Any) -> str | None:
    """A point in time in UTC, as ISO 8601."""
    if value is None:
        return None
    import datetime

    return str(value.astimezone(datetime.UTC).isoformat())


def plain(value: Any) -> Any:
    """A JSON value: as it is where it is one, else its text without addresses in memory."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, (set, frozenset)):
        return sorted(str(part) for part in value)
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if type(value).__name__ in _NOT_SET:
        return "not set"
    if hasattr(value, "value"):
        return plain(value.value)
    return type(value).__name__ if " at 0x" in repr(value) else str(value)
