"""Whether a definition keeps the rules: for those written here, and for any other file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from airshift.index import Index
from airshift.serverless.arguments import why_out_of_limits
from airshift.serverless.model import Seconds
from airshift.serverless.ruleset import RuleSet, on_engine
from airshift.serverless.schedule import why_refused
from airshift.serverless.templates import foreign_names

_DAG_KEYS = frozenset(
    {"dag_id", "schedule", "start_date", "end_date", "max_active_runs", "max_active_tasks", "params"}
)
_OWN_KEYS = frozenset({"operator", "task_id", "dependencies"})
_SECONDS = frozenset({"retry_delay", "execution_timeout"})


def violations(document: Any, rules: RuleSet) -> Iterator[str]:
    """Everything that keeps a parsed definition from being one."""
    if not isinstance(document, dict) or len(document) != 1:
        yield "a definition is a mapping with one DAG"
        return
    ((dag_id, dag),) = document.items()
    if not isinstance(dag_id, str) or not rules.dag_id.fullmatch(dag_id):
        yield f"DAG id {dag_id!r} may only hold letters, digits, `-` and `_`"
    if not isinstance(dag, dict) or not isinstance(dag.get("tasks"), dict) or not dag["tasks"]:
        yield "a DAG is a mapping with tasks by their ids"
        return
    yield from _dag(dag, rules)
    for task_id, task in dag["tasks"].items():
        yield from (f"task {task_id}: {what}" for what in _task(task_id, task, dag["tasks"], rules))
    yield from _cycle(dag["tasks"])


def _dag(dag: Mapping[str, Any], rules: RuleSet) -> Iterator[str]:
    yield from (
        f"{name}: no argument of a DAG" for name in dag.keys() - _DAG_KEYS - {"tasks", "default_args"}
    )
    schedule = dag.get("schedule")
    if schedule is not None:
        problem = why_refused(schedule, rules) if isinstance(schedule, str) else "has to be a text"
        if problem and not str(schedule).startswith(("rate(", "cron(")):
            yield f"schedule {schedule}: {problem}"
    if not isinstance(dag.get("params") or {}, dict):
        yield "params have to be a mapping"
    yield from _limits(dag, rules, ("max_active_runs",))
    yield from _limits(dag.get("default_args") or {}, rules, tuple(rules.limits))


def _task(task_id: str, task: Any, tasks: Mapping[str, Any], rules: RuleSet) -> Iterator[str]:
    if not isinstance(task, dict):
        yield "has to be a mapping"
        return
    if not rules.task_id.fullmatch(str(task_id)) or task.get("task_id", task_id) != task_id:
        yield "the id may only hold letters, digits, `-` and `_`, and has to be the same in both places"
    operator = task.get("operator")
    if operator not in rules.spellings and operator not in rules.spellings.values():
        yield f"operator {operator} is in no list"
    signature = Index.load().signature(on_engine(str(operator))[0], rules.engine.version)
    for name in task.keys() - _OWN_KEYS:
        if name in rules.ignored["task"]:
            yield f"{name} is ignored"
        elif signature is not None and not signature.takes_any and name not in signature.accepted:
            yield f"{name} is no argument of the operator"
    if task.get("deferrable"):
        yield "deferrable tasks are not supported"
    if task.get("trigger_rule", "all_success") not in rules.trigger_rules:
        yield f"trigger_rule {task['trigger_rule']} is not known"
    unknown = [name for name in task.get("dependencies", ()) if name not in tasks]
    if unknown:
        yield f"depends on {', '.join(map(str, unknown))}, which is no task"
    for name, value in task.items():
        if signature is None or name in signature.template_fields:
            for foreign in sorted(set(foreign_names(value, rules))):
                yield f"{name}: the template name {foreign} is not supported"
    yield from _limits(task, rules, tuple(rules.limits))


def _limits(owner: Mapping[str, Any], rules: RuleSet, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = owner.get(name)
        if isinstance(value, dict) and name in _SECONDS and isinstance(value.get("seconds"), int | float):
            value = Seconds(value["seconds"])
        problem = why_out_of_limits(name, value, rules) if value is not None else ""
        if problem:
            yield problem


def _cycle(tasks: Mapping[str, Any]) -> Iterator[str]:
    graph = {name: task.get("dependencies", ()) for name, task in tasks.items() if isinstance(task, dict)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield f"tasks wait for each other: {' -> '.join(map(str, error.args[1]))}"
