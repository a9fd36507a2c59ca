"""Airflow's decorators: `@dag`, `@task`, `@task_group`, `@setup`, `@teardown` and `@asset`."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from airshift.estate.builder import TaskNode
from airshift.estate.making import new_dag
from airshift.estate.values import Function, Instance, Method, Name

if TYPE_CHECKING:
    from airshift.estate.state import State


DECORATORS = {
    "airflow.decorators.dag": "dag", "airflow.models.dag.dag": "dag", "airflow.sdk.dag": "dag",
    "airflow.decorators.task_group": "task_group", "airflow.decorators.task_group.task_group": "task_group",
    "airflow.sdk.task_group": "task_group",
    "airflow.sdk.asset": "asset", "airflow.sdk.asset.multi": "asset",
    "airflow.decorators.setup": "setup", "airflow.sdk.setup": "setup",
    "airflow.decorators.teardown": "teardown", "airflow.sdk.teardown": "teardown",
}  # fmt: skip
TASK = re.compile(r"airflow\.(?:decorators|sdk)\.task(?:\.\w+)?\Z")


def decorate(interpreter: State, function: Function, decorator: ast.expr) -> Any:
    """Apply one decorator; None when it is not one of Airflow's."""
    options: dict[str, Any] = {}
    target = decorator
    if isinstance(decorator, ast.Call):
        target = decorator.func
        options = {k.arg: interpreter.value(k.value) for k in decorator.keywords if k.arg is not None}
        for name, argument in zip(("dag_id", "description", "schedule"), decorator.args, strict=False):
            options[name] = interpreter.value(argument)
    value = interpreter.value(target)
    if not isinstance(value, Name):
        return None
    kind = DECORATORS.get(value.dotted)
    if kind is None and TASK.match(value.dotted):
        kind = value.dotted.partition("task")[0] and "task" + value.dotted.partition(".task")[2]
    if kind is None:
        return None
    if kind == "asset":
        return _asset_dag(interpreter, function, options)
    if kind in ("setup", "teardown") and function.decorator.startswith("task"):
        return function.changed(options={**function.options, f"is_{kind}": True})
    if kind in ("setup", "teardown"):
        return function.changed(decorator="task", options={**options, f"is_{kind}": True})
    return function.changed(decorator=kind, options={**function.options, **options})


def _asset_dag(interpreter: State, function: Function, options: dict[str, Any]) -> Any:
    """`@asset` makes a DAG with one task that writes the asset; the name then stands for the asset."""
    name = options.get("name", function.name)
    asset = Instance("airflow.sdk.Asset", (), {"name": name, "uri": options.get("uri", name)}, function.name)
    outlets = options.get("outlets", [asset])
    dag = new_dag(interpreter, {**options, "dag_id": options.get("dag_id", name)}, function.node.lineno)
    arguments = {"outlets": outlets, "python_callable": function}
    dag.tasks[function.name] = TaskNode(
        function.name, "airflow.sdk.asset", dag, function.node.lineno, arguments
    )
    return asset


def decorated_by_call(interpreter: State, dotted: str, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    kind = DECORATORS.get(dotted, "task")
    if arguments and isinstance(arguments[0], Function):
        return arguments[0].changed(decorator=kind, options=keywords)
    return Method(
        lambda args, kw, call: (
            args[0].changed(decorator=kind, options=keywords)
            if args and isinstance(args[0], Function)
            else interpreter.unknown(call)
        )
    )
