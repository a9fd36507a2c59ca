"""When two versions of Airflow agree on a file: the same DAGs, tasks, edges and schedules.

A SubDAG of Airflow 2 and the group of the same id on Airflow 3 are the same tasks: `parent.group` with its task `t`
is the task `group.t` of `parent`.
"""

from __future__ import annotations

from typing import Any

from airshift_dev.parsing import Parsed

Shape = dict[str, tuple[str, dict[str, list[str]]]]
_SUBDAG = "SubDagOperator"


def same(before: Parsed, after: Parsed) -> bool:
    """Whether a parsed file gives the same DAGs as before."""
    return after.error is None and flat(after.dags) == flat(before.dags)


def difference(before: Parsed, after: Parsed) -> str:
    """The first DAG that is not the same."""
    old, new = flat(before.dags), flat(after.dags)
    for dag_id in sorted({*old, *new}):
        if old.get(dag_id) != new.get(dag_id):
            return f"{dag_id}: {old.get(dag_id)} became {new.get(dag_id)}"[:400]
    return ""


def flat(dags: dict[str, dict[str, Any]]) -> Shape:
    """Schedule and edges of every DAG, SubDAGs put into the DAGs they belong to."""
    inner = {
        f"{dag_id}.{task_id}"
        for dag_id, dag in dags.items()
        for task_id, task in dag["tasks"].items()
        if task["operator"] == _SUBDAG and f"{dag_id}.{task_id}" in dags
    }
    return {
        dag_id: (dag["schedule"], _edges(dags, dag_id)) for dag_id, dag in dags.items() if dag_id not in inner
    }


def _edges(dags: dict[str, dict[str, Any]], dag_id: str) -> dict[str, list[str]]:
    tasks = dags[dag_id]["tasks"]
    groups = {
        task_id: _edges(dags, f"{dag_id}.{task_id}")
        for task_id, task in tasks.items()
        if task["operator"] == _SUBDAG and f"{dag_id}.{task_id}" in dags
    }

    def entered(following: list[str]) -> list[str]:
        return sorted(name for task_id in following for name in _roots(task_id, groups.get(task_id)))

    found: dict[str, list[str]] = {}
    for task_id, task in tasks.items():
        if task_id not in groups:
            found[task_id] = entered(task["downstream"])
        for name, following in groups.get(task_id, {}).items():
            within = [f"{task_id}.{other}" for other in following]
            found[f"{task_id}.{name}"] = within or entered(task["downstream"])
    return found


def _roots(task_id: str, group: dict[str, list[str]] | None) -> list[str]:
    """What an edge into a task reaches: the task, or the first tasks of its group."""
    if group is None:
        return [task_id]
    reached = {name for following in group.values() for name in following}
    return [f"{task_id}.{name}" for name in group if name not in reached]
