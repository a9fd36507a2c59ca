"""The verdict on one DAG, and its definition when a definition says all of it."""

from __future__ import annotations

from typing import Any

from airshift.serverless.arguments import carried, is_loss, of_service
from airshift.serverless.model import Assessed, DagCall, Moment, Verdict
from airshift.serverless.notes import Notes
from airshift.serverless.ruleset import RuleSet
from airshift.serverless.schedule import schedule_text
from airshift.serverless.tasks import task_part
from airshift.serverless.validate import violations
from airshift.serverless.values import plain, unresolved
from airshift.targets import Target

_HANDLED = frozenset(
    {
        "dag_id",
        "schedule",
        "schedule_interval",
        "timetable",
        "start_date",
        "end_date",
        "default_args",
        "params",
    }
)
_RENAMED = {"concurrency": "max_active_tasks"}
_SHARED = ("retries", "retry_delay", "execution_timeout")


def judge(call: DagCall, rules: RuleSet, source: Target) -> Assessed:
    """Judge a DAG that runs on `source` today."""
    notes = Notes(call.dag.line)
    for unknown in call.dag.unknown:
        notes.needs(Verdict.CHANGE, f"the source does not tell: {unknown}")
    document = _dag_part(call, rules, source, notes)
    tasks = {
        task.task_id: task_part(task, rules, notes.of_task(task.task_id, task.line)) for task in call.tasks
    }
    if not tasks:
        notes.needs(Verdict.CHANGE, "it has no tasks")
    _share(document, tasks, rules, notes)
    document["tasks"] = tasks
    definition = {call.dag.dag_id: document}
    if notes.verdict is Verdict.NATIVE:
        for violation in violations(definition, rules):
            notes.needs(Verdict.CHANGE, violation)
    return Assessed(
        dag=call.dag,
        verdict=notes.verdict,
        reasons=tuple(dict.fromkeys(notes.reasons)),
        ignored=tuple(notes.ignored),
        definition=definition if notes.verdict is Verdict.NATIVE else None,
    )


def _dag_part(call: DagCall, rules: RuleSet, source: Target, notes: Notes) -> dict[str, Any]:
    dag = call.dag
    if not rules.dag_id.fullmatch(dag.dag_id):
        notes.needs(Verdict.CHANGE, f"DAG id {dag.dag_id!r} may only hold letters, digits, `-` and `_`")
    document: dict[str, Any] = {"dag_id": dag.dag_id, "schedule": schedule_text(dag, rules, source, notes)}
    _dates(call, document, notes)
    _params(call.given.get("params"), document, notes)
    for written, value in call.given.items():
        name = _RENAMED.get(written, written)
        if written in _HANDLED or of_service(name, value, rules, notes, level="dag"):
            continue
        _setting(name, value, document, rules, notes)
    _lost_defaults(call, rules, notes)
    return document


def _setting(name: str, value: Any, document: dict[str, Any], rules: RuleSet, notes: Notes) -> None:
    missing = list(unresolved(value))
    if name not in ("max_active_runs", "max_active_tasks"):
        notes.loses(name, value, "no list of the service's arguments has it")
    elif missing:
        notes.needs(Verdict.CHANGE, f"{name} is no literal: {', '.join(missing)}")
    elif carried(name, value, rules, notes) and value is not None:
        document[name] = plain(value)


def _dates(call: DagCall, document: dict[str, Any], notes: Notes) -> None:
    """Start and end of the schedule; a workflow that no clock starts needs neither."""
    defaults = call.given.get("default_args")
    for name in ("start_date", "end_date"):
        value = call.given.get(name)
        if value is None and isinstance(defaults, dict):
            value = defaults.get(name)
        if value is None or document["schedule"] is None:
            continue
        if isinstance(value, Moment):
            document[name] = _short(value.text)
        elif isinstance(value, str):
            document[name] = _short(value)
        else:
            notes.needs(Verdict.CHANGE, f"{name} is no literal: {', '.join(unresolved(value))}")


def _short(text: str) -> str:
    """A date without the midnight of UTC."""
    for zone in ("+00:00", "Z"):
        text = text.removesuffix(zone)
    return text.removesuffix("T00:00:00")


def _params(value: Any, document: dict[str, Any], notes: Notes) -> None:
    if not value:
        return
    missing = list(unresolved(value))
    if missing:
        notes.needs(Verdict.CHANGE, f"params are no literals: {', '.join(missing)}")
        return
    document["params"] = plain(value)


def _lost_defaults(call: DagCall, rules: RuleSet, notes: Notes) -> None:
    """Default arguments that the service ignores, told once and not for each task."""
    defaults = call.given.get("default_args")
    if defaults is None:
        return
    if not isinstance(defaults, dict):
        notes.needs(Verdict.CHANGE, f"default_args is no literal: {', '.join(unresolved(defaults))}")
        return
    for name, value in defaults.items():
        loss = rules.ignored["task"].get(name)
        if loss is not None and name not in ("start_date", "end_date") and is_loss(value, loss.harmless):
            notes.loses(name, value, loss.effect)


def _share(document: dict[str, Any], tasks: dict[str, dict[str, Any]], rules: RuleSet, notes: Notes) -> None:
    """Settings of how tasks run: on the DAG where all tasks agree, and never the service's own default."""
    if notes.verdict is Verdict.NATIVE and any("retries" not in task for task in tasks.values()):
        notes.remark(
            f"`retries: {rules.airflow_retries}` is written out where nothing is given: the service would retry "
            f"{rules.default_retries} time"
        )
    for task in tasks.values():
        task.setdefault("retries", rules.airflow_retries)
    shared = {
        name: values[0]
        for name in _SHARED
        if (values := [task.get(name) for task in tasks.values()])
        and values[0] is not None
        and all(value == values[0] for value in values)
    }
    for task in tasks.values():
        for name in shared:
            del task[name]
    if shared:
        document["default_args"] = shared
