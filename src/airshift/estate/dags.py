"""From DAGs under construction to the estate model: schedule, owners, resources, history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from airshift.estate import settings
from airshift.estate.builder import DagBuilder, TaskNode, edges
from airshift.estate.model import Dag, Task, Unknown
from airshift.estate.references import jinja_references
from airshift.estate.spelling import spelled
from airshift.estate.values import Combined, Function, Instance, Name, Opaque

_DATE_KEYS = re.compile(
    r"\b(?:ds|ts|ds_nodash|ts_nodash|ts_nodash_with_tz|logical_date|execution_date|data_interval_(?:start|end)"
    r"|(?:prev|next|yesterday|tomorrow)_(?:ds|execution_date)\w*|prev_\w+_success|task_instance_key_str)\b"
)
_HISTORY = re.compile(
    r"\bprev_(?:start_date|end_date|data_interval_start|data_interval_end|execution_date)_success\b"
)
_MARKS = (("{{", "}}"), ("{%", "%}"))


@dataclass(frozen=True, slots=True)
class Shared:
    """What a file names outside of tasks: it counts for each of its DAGs."""

    variables: frozenset[str] = frozenset()
    connections: frozenset[str] = frozenset()


def finished(builder: DagBuilder, shared: Shared = Shared()) -> Dag | None:
    """The DAG as the estate model holds it; None while its id is unknown."""
    if isinstance(builder.dag_id, Unknown):
        return None
    tasks = list(builder.tasks.values())
    given = [name for name in ("schedule", "schedule_interval", "timetable") if name in builder.arguments]
    return Dag(
        dag_id=builder.dag_id,
        path=builder.path,
        line=builder.line,
        schedule=_schedule(builder.arguments.get(given[0])) if given else None,
        schedule_given=bool(given),
        start_date=_date(builder, tasks, "start_date"),
        end_date=_date(builder, [], "end_date"),
        catchup=_flag(builder.arguments.get("catchup")),
        owners=_owners(builder, tasks),
        tags=_texts(builder.arguments.get("tags")),
        tasks=tuple(Task(task.task_id, task.operator, task.line, settings.of_task(task)) for task in tasks),
        task_edges=tuple(edges(builder)),
        operators=tuple(sorted({task.operator for task in tasks})),
        pools=_names(tasks, "pool"),
        queues=_names(tasks, "queue"),
        variables=tuple(sorted(shared.variables.union(*(variables_of(task) for task in tasks)))),
        connections=tuple(sorted(shared.connections.union(*(connections_of(task) for task in tasks)))),
        params=_keys(builder.arguments.get("params")),
        default_args=_keys(builder.default_args),
        callbacks=_callbacks(builder, tasks),
        uses_sensors=any(_is_sensor(task) for task in tasks),
        is_deferrable=any(_is_deferrable(task) for task in tasks),
        uses_date_keys=any(_mentions(task, _DATE_KEYS) for task in tasks),
        reads_time=settings.reads_time(tasks),
        settings=settings.given(builder.arguments, settings.OF_DAGS),
        depends_on_history=_depends_on_history(builder, tasks),
        unknown=tuple(builder.unknown),
    )


def _setting(builder: DagBuilder, tasks: list[TaskNode], name: str) -> Any:
    if name in builder.arguments:
        return builder.arguments[name]
    if name in builder.default_args:
        return builder.default_args[name]
    return next((task.arguments[name] for task in tasks if name in task.arguments), None)


def _schedule(value: Any) -> str | Unknown | None:
    if value is None or isinstance(value, str | Unknown):
        return value
    return spelled(value) if isinstance(value, Instance) else text_of(value)


def _date(builder: DagBuilder, tasks: list[TaskNode], name: str) -> str | Unknown | None:
    value = _setting(builder, tasks, name)
    return value if value is None or isinstance(value, Unknown) else _schedule(value)


def _flag(value: Any) -> bool | Unknown | None:
    if value is None or isinstance(value, bool):
        return value
    return value if isinstance(value, Unknown) else Unknown(text_of(value))


def text_of(value: Any) -> str:
    """A value as source-like text."""
    match value:
        case str():
            return value
        case Unknown(expression):
            return expression
        case Instance() | Opaque():
            return value.text
        case Name(dotted):
            return dotted
        case Combined(operator, parts):
            return f" {operator} ".join(text_of(part) for part in parts)
        case list() | tuple():
            return "[" + ", ".join(text_of(item) for item in value) + "]"
        case Function():
            return value.name
        case _:
            return repr(value)


def _owners(builder: DagBuilder, tasks: list[TaskNode]) -> tuple[str, ...]:
    found = {owner for task in tasks if isinstance(owner := task.argument("owner"), str)}
    default = builder.default_args.get("owner")
    if not tasks and isinstance(default, str):
        found.add(default)
    return tuple(sorted(name.strip() for owner in found for name in owner.split(",")))


def _texts(value: Any) -> tuple[str, ...]:
    return (
        tuple(sorted(item for item in value if isinstance(item, str)))
        if isinstance(value, list | tuple)
        else ()
    )


def _names(tasks: Iterable[TaskNode], name: str) -> tuple[str, ...]:
    return tuple(sorted({value for task in tasks if isinstance(value := task.argument(name), str)}))


def _keys(value: Any) -> tuple[str, ...]:
    return tuple(sorted(key for key in value if isinstance(key, str))) if isinstance(value, dict) else ()


def _callbacks(builder: DagBuilder, tasks: list[TaskNode]) -> tuple[str, ...]:
    given = [builder.arguments, builder.default_args, *(task.arguments for task in tasks)]
    return tuple(
        sorted(
            {
                name
                for arguments in given
                for name, value in arguments.items()
                if name.endswith("_callback") and value is not None
            }
        )
    )


def _is_sensor(task: TaskNode) -> bool:
    return task.operator.endswith(("Sensor", "SensorAsync", ".sensor"))


def _is_deferrable(task: TaskNode) -> bool:
    return task.argument("deferrable") is True or task.operator.endswith("Async")


def variables_of(task: TaskNode) -> frozenset[str]:
    """Keys of variables in a task's templates."""
    return frozenset(name for text in strings_in(task.arguments) for name in jinja_references(text, "var"))


def connections_of(task: TaskNode) -> frozenset[str]:
    """Ids of connections in a task's arguments and templates."""
    named = {
        value
        for name, value in {**task.dag.default_args, **task.arguments}.items()
        if name.endswith("conn_id") and isinstance(value, str) and "{{" not in value
    }
    templated = (name for text in strings_in(task.arguments) for name in jinja_references(text, "conn"))
    return frozenset({*named, *templated})


def _depends_on_history(builder: DagBuilder, tasks: list[TaskNode]) -> bool:
    flags = ("depends_on_past", "wait_for_downstream", "include_prior_dates")
    return any(task.argument(flag) is True for task in tasks for flag in flags) or any(
        _mentions(task, _HISTORY) for task in tasks
    )


def _mentions(task: TaskNode, pattern: re.Pattern[str]) -> bool:
    templated = (match for text in strings_in(task.arguments) for match in _templates(text))
    if any(pattern.search(template) for template in templated):
        return True
    return any(_function_mentions(value, pattern) for value in task.arguments.values())


def _templates(text: str) -> Iterator[str]:
    """Expressions and statements of a template."""
    for begin, end in _MARKS:
        start = text.find(begin)
        while start >= 0 and (stop := text.find(end, start)) >= 0:
            yield text[start:stop]
            start = text.find(begin, stop)


def _function_mentions(value: Any, pattern: re.Pattern[str]) -> bool:
    if not isinstance(value, Function):
        return False
    arguments = value.node.args
    return any(pattern.fullmatch(argument.arg) for argument in (*arguments.args, *arguments.kwonlyargs))


def strings_in(value: Any) -> Iterator[str]:
    """Every string inside a value, however nested."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from strings_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings_in(item)
