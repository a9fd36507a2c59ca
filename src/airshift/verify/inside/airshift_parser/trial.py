"""Run one DAG of local operators to its end with `dag.test()`."""

from __future__ import annotations

import datetime
import inspect
from typing import Any

from .describe import text_of
from .parse import Order, bag_of, dag_bag_class

LOCAL = frozenset(
    "EmptyOperator DummyOperator PythonOperator BranchPythonOperator ShortCircuitOperator BashOperator "
    "LatestOnlyOperator BranchDateTimeOperator BranchDayOfWeekOperator _PythonDecoratedOperator "
    "_BranchPythonDecoratedOperator _ShortCircuitDecoratedOperator _BashDecoratedOperator".split()
)
"""Operators whose work stays on this machine: the sandbox is around it."""


def run(path: str, dag_id: str, order: Order) -> dict[str, Any]:
    """States of the run and of its tasks, or why the DAG was not run."""
    bag = bag_of(path)
    dag = bag.dags.get(dag_id)
    if dag is None:
        reasons = [str(text).strip().splitlines()[-1] for text in bag.import_errors.values()]
        return {"error": f"not parsed: {reasons[0]}" if reasons else f"no DAG {dag_id} in this file"}
    foreign = sorted({task.task_type for task in dag.tasks} - LOCAL)
    if foreign:
        return {"error": f"not run: {', '.join(foreign)} may leave this machine"}
    _read_only(path)
    moment = datetime.datetime.fromisoformat(order.at)
    done = dag.test(**{_date_parameter(dag): moment})
    return {
        "state": text_of(done.state),
        "tasks": {task.task_id: text_of(task.state) for task in done.get_task_instances()},
    }


def _read_only(path: str) -> None:
    """Since Airflow 3.1 a test run stores every DAG of the folder first: let that be this file's."""

    def collect(bag: Any, *arguments: Any, **options: Any) -> None:
        bag.process_file(path, only_if_updated=False, safe_mode=False)

    dag_bag_class().collect_dags = collect


def _date_parameter(dag: Any) -> str:
    """`execution_date` became `logical_date` in Airflow 3."""
    return "logical_date" if "logical_date" in inspect.signature(dag.test).parameters else "execution_date"
