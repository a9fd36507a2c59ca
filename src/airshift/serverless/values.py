"""Values of the static interpreter as literals that a definition can hold, and back to text."""

from __future__ import annotations

import ast
import json
import re
import textwrap
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from airshift.estate.builder import TaskNode
from airshift.estate.dags import text_of
from airshift.estate.model import Unknown
from airshift.estate.spelling import spelled
from airshift.estate.values import Function, Instance, Name, Opaque
from airshift.schedules.expressions import evaluate
from airshift.schedules.vocabulary import NotStaticError
from airshift.serverless.model import CodeName, Member, Moment, Seconds, Unresolved
from airshift.serverless.ruleset import RuleSet

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LATER = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
_PURE: dict[str, Callable[..., Any]] = {
    "json.dumps": json.dumps,
    "json.loads": json.loads,
    "textwrap.dedent": textwrap.dedent,
}
"""Functions whose result depends on nothing but their arguments."""
_OUTPUT = re.compile(r"""[\w.]+\.output(?:\[(['"])(?P<key>[^'"\[\]]+)\1\])?\Z""")


def literal(value: Any) -> Any:
    """A value as a literal; what is none, or holds one that is none, is or holds `Unresolved`."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    match value:
        case list() | tuple():
            return [literal(item) for item in value]
        case dict():
            known = all(isinstance(key, str | int | float | None) for key in value)
            return (
                {key: literal(item) for key, item in value.items()} if known else Unresolved(text_of(value))
            )
        case Instance():
            return _instance(value)
        case Function(node=ast.FunctionDef(), decorator=""):
            return CodeName(f"{_module(value)}.{value.name}")
        case Name(dotted):
            return _member(dotted)
        case Opaque():
            return _result(value)
        case TaskNode():
            return Unresolved(f"the result of {value.task_id}")
        case _:
            return Unresolved(_shown(value))


def _module(function: Function) -> str:
    return PurePosixPath(function.facts.path).stem if function.facts is not None else ""


def _shown(value: Any) -> str:
    return value.expression if isinstance(value, Unknown) else text_of(value)


def _instance(value: Instance) -> Any:
    text = spelled(value)
    if value.dotted.endswith(".Param"):
        return literal(value.arguments[0] if value.arguments else value.keywords.get("default"))
    if value.dotted in _PURE and not value.keywords:
        return _computed(value)
    try:
        found, later = evaluate(text, _NOW), evaluate(text, _LATER)
    except NotStaticError:
        return Unresolved(text)
    if isinstance(found, timedelta):
        return Seconds(found.total_seconds())
    if isinstance(found, datetime) and found == later:
        return Moment(found.isoformat())
    return Unresolved(text)


def _computed(value: Instance) -> Any:
    arguments = [literal(argument) for argument in value.arguments]
    if any(unresolved(arguments)):
        return Unresolved(value.text)
    try:
        return _PURE[value.dotted](*arguments)
    except (TypeError, ValueError):
        return Unresolved(value.text)


def _member(dotted: str) -> Any:
    owner, _, name = dotted.rpartition(".")
    return Member(owner, name) if owner in RuleSet.load().enumerations else Unresolved(dotted)


def _result(value: Opaque) -> Any:
    """`task.output` is a template, as Airflow itself spells it."""
    found = _OUTPUT.match(value.text)
    if found is None or len(value.nodes) != 1 or not isinstance(value.nodes[0], TaskNode):
        return Unresolved(value.text)
    return pull(value.nodes[0].task_id, found["key"] or "return_value")


def pull(task_id: str, key: str) -> str:
    """The template of another task's result."""
    return f"{{{{ task_instance.xcom_pull(task_ids='{task_id}', key='{key}') }}}}"


def unresolved(value: Any) -> Iterator[str]:
    """The source text of everything in a value that is no literal."""
    match value:
        case Unresolved(expression):
            yield expression
        case list():
            for item in value:
                yield from unresolved(item)
        case dict():
            for item in value.values():
                yield from unresolved(item)
        case _:
            return


def plain(value: Any) -> Any:
    """A literal as a definition spells it: objects as dag-factory makes them."""
    match value:
        case Seconds(count):
            return {"__type__": "datetime.timedelta", "seconds": int(count) if count == int(count) else count}
        case Moment(text):
            return text
        case CodeName(name):
            return name
        case Member(enumeration, name):
            return {"__type__": enumeration, "__args__": [name]}
        case list():
            return [plain(item) for item in value]
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case _:
            return value


def shown(value: Any) -> str:
    """A value for people, shortened."""
    match value:
        case Unresolved(expression):
            text = expression
        case Seconds(count):
            text = f"{count:g} s"
        case Moment(date):
            text = date
        case Member(_, name) | CodeName(name):
            text = name
        case list():
            text = f"[{', '.join(shown(item) for item in value)}]"
        case dict():
            text = f"{{{', '.join(f'{key!r}: {shown(item)}' for key, item in value.items())}}}"
        case _:
            text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
