"""Small estates to size."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airshift.estate.model import Dag, Edge, EdgeKind, Inventory, Task
from airshift.sizing.sized import Question, Sizing, size
from airshift.targets import Target

WEEK = datetime(2026, 11, 23, tzinfo=UTC)
TARGET = Target("3.3.1", "mwaa")
BASH = "airflow.operators.bash.BashOperator"


def dag(
    name: str, schedule: str | None = "0 6 * * *", tasks: int | tuple[Task, ...] = 1, **fields: Any
) -> Dag:
    """A DAG; a number stands for so many tasks side by side."""
    if isinstance(tasks, int):
        tasks = tuple(Task(f"t{n}", BASH, 1) for n in range(tasks))
    return Dag(
        name,
        f"{name}.py",
        1,
        schedule=schedule,
        schedule_given=True,
        start_date="2026-01-01T00:00:00+00:00",
        tasks=tasks,
        **fields,
    )


def edge(
    source: str, target: str, kind: EdgeKind = EdgeKind.TRIGGER, via: str = "t0", certain: bool = True
) -> Edge:
    return Edge(source, target, kind, certain, f"{source}.py", 1, via)


def sized(*dags: Dag, edges: tuple[Edge, ...] = (), **question: Any) -> Sizing:
    return size(Inventory(dags=dags, edges=edges), Question(TARGET, WEEK, **question))
