"""The runtime objects a task meets, and how one leads to another: `context["ti"].task.dag`."""

from __future__ import annotations

from enum import StrEnum


class Thing(StrEnum):
    """What an expression holds at run time."""

    CONTEXT = "context"
    TI = "ti"
    DAG_RUN = "dag_run"
    DAG = "dag"
    BAGGED = "bagged"
    """A DAG out of a DagBag."""
    TASK = "task"
    SELF = "self"
    """The operator itself, in a method of its class."""
    CONNECTION = "connection"
    VARIABLE = "variable"
    """The accessor class Variable."""
    EVENTS = "events"
    """The mapping of inlet or outlet events."""


OF_KEY = {
    "ti": Thing.TI,
    "task_instance": Thing.TI,
    "dag_run": Thing.DAG_RUN,
    "dag": Thing.DAG,
    "task": Thing.TASK,
    "inlet_events": Thing.EVENTS,
    "outlet_events": Thing.EVENTS,
}
"""What the context holds under a key."""

OF_ATTRIBUTE = {
    (Thing.TI, "task"): Thing.TASK,
    (Thing.TI, "dag_run"): Thing.DAG_RUN,
    (Thing.TASK, "dag"): Thing.DAG,
    (Thing.SELF, "dag"): Thing.DAG,
    (Thing.DAG_RUN, "dag"): Thing.DAG,
}
"""What an attribute of a thing is."""

OF_CALL = {
    (Thing.TI, "get_dagrun"): Thing.DAG_RUN,
    (Thing.TI, "get_template_context"): Thing.CONTEXT,
    (Thing.TI, "get_previous_ti"): Thing.TI,
    (Thing.TASK, "get_dag"): Thing.DAG,
    (Thing.SELF, "get_dag"): Thing.DAG,
    (Thing.DAG_RUN, "get_dag"): Thing.DAG,
    (Thing.DAG_RUN, "get_task_instance"): Thing.TI,
    (Thing.DAG_RUN, "get_previous_dagrun"): Thing.DAG_RUN,
    (Thing.CONTEXT, "copy"): Thing.CONTEXT,
}
"""What a method of a thing returns."""

GET_CONTEXT = frozenset(
    {
        "airflow.operators.python.get_current_context",
        "airflow.providers.standard.operators.python.get_current_context",
        "airflow.providers.standard.operators.python_compat.get_current_context",
        "airflow.utils.context.get_current_context",
        "airflow.sdk.get_current_context",
    }
)
GET_CONNECTION = frozenset(
    f"{name}.get_connection"
    for name in (
        "airflow.hooks.base.BaseHook",
        "airflow.hooks.base_hook.BaseHook",
        "airflow.sdk.BaseHook",
        "airflow.sdk.bases.hook.BaseHook",
    )
) | {"airflow.models.Connection.get_connection_from_secrets", "airflow.sdk.Connection.get"}


def along(start: Thing, attrs: tuple[str, ...]) -> list[tuple[Thing, str]]:
    """Every step (thing, attribute) of a chain of attributes, as far as things are known."""
    steps: list[tuple[Thing, str]] = []
    current: Thing | None = start
    for attr in attrs:
        if current is None:
            break
        steps.append((current, attr))
        current = OF_ATTRIBUTE.get((current, attr))
    return steps
