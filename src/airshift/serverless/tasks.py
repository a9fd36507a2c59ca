"""One task as a definition says it: its operator, what it is given, what comes before it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from airshift.index import Index
from airshift.serverless.arguments import carried, of_service
from airshift.serverless.model import CodeName, TaskCall, Verdict
from airshift.serverless.notes import Notes
from airshift.serverless.ruleset import RuleSet, on_engine
from airshift.serverless.templates import foreign_names
from airshift.serverless.values import plain, shown, unresolved
from airshift.signatures import Signature

_KINDS = re.compile(r"\.(?:operators|sensors|transfers)\b")


def task_part(task: TaskCall, rules: RuleSet, notes: Notes) -> dict[str, Any]:
    """The entry of a task; what does not fit is noted."""
    _structure(task, rules, notes)
    if is_taskflow(task.operator):
        notes.unfit(rules.unsupported["taskflow"])
        return {}
    operator, move = on_engine(task.operator)
    _operator(operator, rules, notes)
    signature = Index.load().signature(operator, rules.engine.version)
    given = {move.calls.keywords.get(name, name): value for name, value in task.given.items()}
    if move.calls.into or move.calls.add:
        notes.needs(Verdict.CHANGE, "its arguments change on Airflow 3; `airshift fix` rewrites them")
    if "**" in given:
        notes.needs(Verdict.CHANGE, f"arguments are known only when the code runs: {shown(given.pop('**'))}")
    elif signature is not None and not task.is_partial:
        _required(given, task.inherited, signature, notes)
    arguments = {**_inherited(task.inherited, signature), **given}
    entry: dict[str, Any] = {"operator": rules.spellings.get(operator, operator), "task_id": task.task_id}
    for name, value in arguments.items():
        if of_service(name, value, rules, notes, tell=name in given):
            continue
        if _argument(name, value, operator, signature, rules, notes):
            entry[name] = plain(value)
    if task.upstream:
        entry["dependencies"] = list(task.upstream)
    return entry


def is_taskflow(operator: str) -> bool:
    """Whether a task is a decorated function, by the class or decorator it is known by."""
    return ".decorators." in operator


def _structure(task: TaskCall, rules: RuleSet, notes: Notes) -> None:
    if task.mapped:
        notes.unfit(rules.unsupported[task.mapped])
    if task.is_fixture:
        notes.unfit(rules.unsupported["fixture"])
    if task.is_partial:
        notes.needs(
            Verdict.CHANGE,
            "the source does not show this task, and Airflow tells its template fields only: add the other arguments",
        )
    if not rules.task_id.fullmatch(task.task_id):
        what = "; leave the prefix of its group out (prefix_group_id=False)" if "." in task.task_id else ""
        notes.needs(
            Verdict.CHANGE, f"task id {task.task_id!r} may only hold letters, digits, `-` and `_`{what}"
        )


def _operator(operator: str, rules: RuleSet, notes: Notes) -> None:
    if operator in rules.operators:
        notes.unfit(rules.operators[operator], f"here {operator.rpartition('.')[2]}")
        return
    if operator in rules.spellings:
        lists = rules.lists_with(operator)
        if len(lists) < len(rules.lists):
            notes.remark(f"{operator} is in the operator list `{lists[0]}` only")
        return
    name = operator.rpartition(".")[2]
    if operator.startswith(("airflow.providers.standard.", "airflow.operators.")):
        notes.needs(Verdict.CODE_PACKAGE, f"{name} runs with a code package")
        if name.endswith("Async"):
            notes.needs(
                Verdict.CHANGE,
                f"{name} is deferrable, which is not supported; {name.removesuffix('Async')} waits on its worker",
            )
    elif operator.startswith("airflow.providers."):
        owner = _KINDS.split(operator.removeprefix("airflow.providers."))[0]
        notes.needs(
            Verdict.CODE_PACKAGE,
            f"{name} is in no operator list: its provider ({owner}) has to be in a code package",
        )
    else:
        notes.needs(Verdict.CODE_PACKAGE, f"{name} is your own operator and has to be in a code package")


def _required(
    given: Mapping[str, Any], inherited: Mapping[str, Any], signature: Signature, notes: Notes
) -> None:
    missing = sorted(signature.required - given.keys() - inherited.keys() - {"task_id"})
    if missing:
        notes.needs(Verdict.CHANGE, f"on Airflow 3 the operator needs {', '.join(missing)}")


def _inherited(defaults: Mapping[str, Any], signature: Signature | None) -> dict[str, Any]:
    """The default arguments that reach the operator."""
    accepted = None if signature is None else signature.accepted
    return {name: value for name, value in defaults.items() if accepted is None or name in accepted}


def _argument(
    name: str, value: Any, operator: str, signature: Signature | None, rules: RuleSet, notes: Notes
) -> bool:
    """Whether a definition can carry an argument; if not, why."""
    if signature is not None and not signature.takes_any and name not in signature.accepted:
        notes.needs(Verdict.CHANGE, f"{name}: the operator does not take it on Airflow {rules.engine}")
        return False
    missing = list(unresolved(value))
    if missing:
        notes.needs(Verdict.CHANGE, f"{name} is no literal: {', '.join(missing)}")
        return False
    if isinstance(value, CodeName) and (operator in rules.spellings or name != "python_callable"):
        notes.needs(Verdict.CHANGE, f"{name}: a definition cannot hold a function ({value.name})")
        return False
    _templates(name, value, signature, rules, notes)
    if name not in rules.known_arguments and operator in rules.spellings:
        notes.remark(f"{name} is carried over; the published converter does not know it and leaves it out")
    return carried(name, value, rules, notes)


def _templates(name: str, value: Any, signature: Signature | None, rules: RuleSet, notes: Notes) -> None:
    if signature is not None and name not in signature.template_fields:
        return
    for foreign in dict.fromkeys(foreign_names(value, rules)):
        notes.needs(Verdict.CHANGE, f"{name}: the template name `{foreign}` is not supported")
    ends = tuple(signature.template_ext) if signature is not None else ()
    if isinstance(value, str) and ends and value.endswith(ends) and not value.startswith("s3://"):
        notes.needs(Verdict.CHANGE, f"{name}: the template file {value} is not there; write its text here")
