"""What a module hands to Airflow that another module of the estate defines: callables, callbacks, templates.

The defining module cannot know by itself that its function receives the task context, or that its string
is rendered by Jinja.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum

from airshift.engine.handed_mappings import default_args, unpacked
from airshift.engine.names import Names
from airshift.engine.syntax import walk
from airshift.records import dataclass

CALLBACK_ARGUMENTS = frozenset(
    {
        "on_failure_callback",
        "on_success_callback",
        "on_retry_callback",
        "on_execute_callback",
        "on_skipped_callback",
        "pre_execute",
        "post_execute",
    }
)
"""Arguments whose function gets the context as its first positional argument."""
CALLABLE_ARGUMENTS = {"python_callable": 0, "execution_date_fn": 1, "response_check": 1, "response_filter": 1}
"""Arguments whose function gets the context as keywords, after so many positional arguments."""
_TELLING = CALLBACK_ARGUMENTS | CALLABLE_ARGUMENTS.keys() | {"default_args"}
_OPERATORS = ("Operator", "Sensor", "OperatorAsync", "SensorAsync", "Operator.partial", "Sensor.partial")


class Handing(StrEnum):
    """How the receiver uses it."""

    KEYWORDS = "keywords"
    MAPPING = "mapping"
    TEMPLATE = "template"
    DEFAULT_ARGS = "default_args"
    DAG_ARGUMENTS = "dag_arguments"
    """Unpacked into the call of a DAG."""
    TASK_ARGUMENTS = "task_arguments"
    SUBDAG = "subdag"
    """Called for the DAG of a SubDagOperator."""


@dataclass(frozen=True, slots=True)
class Handed:
    """An imported name that is handed to Airflow."""

    name: str
    handing: Handing
    filled: int = 0
    """Parameters that are filled by position."""
    given: tuple[str, ...] = ()
    """Parameters that the caller fills by name."""


def handed(names: Names, tree: ast.Module) -> tuple[Handed, ...]:
    """Everything the module hands over, without duplicates."""
    if all(imported.module.startswith("airflow") for imported in names.imports):
        return ()
    foreign = frozenset(
        i.local for i in names.imports if i.name is None or not i.module.startswith("airflow.")
    )
    found = [
        entry for site in names.calls if site.node.keywords for entry in _from_call(names, site.node, foreign)
    ]
    if any(string.value in CALLBACK_ARGUMENTS for string in names.strings):
        found += _from_items(names, tree)
    return tuple(dict.fromkeys(found))


def _from_call(names: Names, call: ast.Call, foreign: frozenset[str]) -> Iterator[Handed]:
    keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    if not keywords.keys().isdisjoint(_TELLING):
        yield from _callables(names, keywords)
        for name in default_args(names, call):
            yield Handed(name, Handing.DEFAULT_ARGS)
    for name, is_dag in unpacked(names, call) if len(keywords) < len(call.keywords) else ():
        yield Handed(name, Handing.DAG_ARGUMENTS if is_dag else Handing.TASK_ARGUMENTS)
    made = keywords.get("subdag")
    if isinstance(made, ast.Call):
        yield from (Handed(name, Handing.SUBDAG) for name in _imported(names, made.func))
    values = [value for value in keywords.values() if _head(value) in foreign]
    if values and any(name.endswith(_OPERATORS) for name in names.resolve(call.func).names):
        for value in values:
            yield from (Handed(name, Handing.TEMPLATE) for name in _imported(names, value))


def _callables(names: Names, keywords: dict[str, ast.expr]) -> Iterator[Handed]:
    for argument in keywords.keys() & CALLABLE_ARGUMENTS.keys():
        given, count = _op_arguments(keywords)
        for name in _imported(names, keywords[argument]):
            yield Handed(name, Handing.KEYWORDS, CALLABLE_ARGUMENTS[argument] + count, given)
    for argument in keywords.keys() & CALLBACK_ARGUMENTS:
        yield from _callbacks(names, keywords[argument])


def _head(value: ast.expr) -> str:
    """The name that a chain starts with; empty for any other expression."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return value.id if isinstance(value, ast.Name) else ""


def _op_arguments(keywords: dict[str, ast.expr]) -> tuple[tuple[str, ...], int]:
    named = keywords.get("op_kwargs")
    keys = named.keys if isinstance(named, ast.Dict) else []
    given = tuple(key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
    listed = keywords.get("op_args")
    return given, len(listed.elts) if isinstance(listed, ast.List | ast.Tuple) else 0


def _callbacks(names: Names, value: ast.expr) -> Iterator[Handed]:
    for item in value.elts if isinstance(value, ast.List | ast.Tuple) else [value]:
        yield from (Handed(name, Handing.MAPPING) for name in _imported(names, item))


def _from_items(names: Names, tree: ast.Module) -> Iterator[Handed]:
    for node in walk(tree):
        match node:
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in CALLBACK_ARGUMENTS:
                        yield from _callbacks(names, value)
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(stored)))], value=value):
                if stored in CALLBACK_ARGUMENTS:
                    yield from _callbacks(names, value)


def _imported(names: Names, value: ast.expr) -> list[str]:
    if not isinstance(value, ast.Name | ast.Attribute):
        return []
    found = names.resolve(value)
    if not any(binding.is_import for binding in found.bindings):
        return []
    return sorted(name for name in found.names if not name.startswith("airflow."))
