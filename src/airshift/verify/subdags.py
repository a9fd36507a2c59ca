"""SubDAGs of the source seen as the task groups that take their place: same tasks under the same ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airshift.verify.model import Facts

_SUBDAG = "SubDagOperator"


def subdags_of(facts: Facts) -> tuple[str, ...]:
    """Ids of the tasks that run a SubDAG."""
    return tuple(sorted(name for name, task in facts["tasks"].items() if task["operator"] == _SUBDAG))


def inlined(facts: Facts, dags: Mapping[str, Facts]) -> Facts:
    """The facts of a DAG with the tasks of its SubDAGs in the place of the operators that run them."""
    inner = {name: dags.get(f"{facts['dag_id']}.{name}") for name in subdags_of(facts)}
    groups = {name: inlined(dag, dags) for name, dag in inner.items() if dag is not None}
    if not groups:
        return facts
    tasks: dict[str, Any] = {}
    for name, task in facts["tasks"].items():
        upstream = sorted(end for other in task["upstream"] for end in _ends(other, groups))
        if name not in groups:
            tasks[name] = {**task, "upstream": upstream}
            continue
        for inside, member in groups[name]["tasks"].items():
            own = [f"{name}.{other}" for other in member["upstream"]]
            inherits = member["start_date"] == groups[name]["start_date"]
            start = facts["start_date"] if inherits else member["start_date"]
            tasks[f"{name}.{inside}"] = {**member, "upstream": own or upstream, "start_date": start}
    rendered = {name: fields for name, fields in facts["rendered"].items() if name not in groups}
    return {**facts, "tasks": tasks, "rendered": rendered}


def _ends(task: str, groups: Mapping[str, Facts]) -> list[str]:
    """What stands for a task as an upstream: a group's last tasks, else the task itself."""
    if task not in groups:
        return [task]
    members = groups[task]["tasks"]
    followed = {other for member in members.values() for other in member["upstream"]}
    return [f"{task}.{name}" for name in members if name not in followed]
