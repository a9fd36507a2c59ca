"""The settings of DAGs and tasks that decide how many workers they hold, and for how long."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from airshift.estate.builder import TaskNode
from airshift.estate.model import Setting, Settings, Unknown
from airshift.estate.spelling import spelled
from airshift.estate.values import Function, Instance

OF_DAGS = ("max_active_runs", "max_active_tasks", "concurrency")
OF_TASKS = (
    "pool",
    "pool_slots",
    "mode",
    "poke_interval",
    "deferrable",
    "max_active_tis_per_dag",
    "task_concurrency",
    "max_active_tis_per_dagrun",
)
_TIMES = (
    r"ts|ts_nodash|ts_nodash_with_tz|logical_date|execution_date|data_interval_(?:start|end)"
    r"|(?:prev|next)_execution_date\w*|prev_\w+_success|task_instance_key_str|run_id"
)
_READS_TIME = re.compile(rf"\b(?:{_TIMES})\b")
_CLOCK_SENSORS = ("TimeSensor", "TimeDeltaSensor", "DateTimeSensor", "DayOfWeekSensor", "TimeSensorAsync")


def given(arguments: Mapping[str, Any], names: tuple[str, ...]) -> Settings:
    """The settings among some arguments, by name."""
    return tuple((name, _setting(arguments[name])) for name in names if arguments.get(name) is not None)


def of_task(task: TaskNode) -> Settings:
    """A task's settings, the DAG's defaults included; `mapped` says that it is many at run time."""
    found = given({name: task.argument(name) for name in OF_TASKS}, OF_TASKS)
    return (*found, ("mapped", True)) if task.mapped else found


def reads_time(tasks: list[TaskNode]) -> bool:
    """Whether a task depends on the time of day of its run, not only on the day."""
    return any(_reads_time(task) for task in tasks)


def _setting(value: Any) -> Setting:
    if isinstance(value, str | int | float | Unknown):
        return value
    return Unknown(spelled(value) if isinstance(value, Instance) else "")


def _reads_time(task: TaskNode) -> bool:
    if task.operator.rpartition(".")[2].startswith(_CLOCK_SENSORS):
        return True
    return any(_READS_TIME.search(text) for value in task.arguments.values() for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    """Strings inside a value; of a function its parameters, names, attributes and strings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, Function):
        yield from _words(value.node)


def _words(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
