"""Where a module reads the dates of a run: in Jinja strings, in task callables and from the context."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode
from airshift.rules.constructors import Role, constructors

DATE_KEYS = frozenset(
    {
        *("ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz", "logical_date"),
        *("data_interval_start", "data_interval_end"),
        *("prev_data_interval_start_success", "prev_data_interval_end_success"),
        *("execution_date", "next_ds", "next_ds_nodash", "next_execution_date"),
        *("prev_ds", "prev_ds_nodash", "prev_execution_date", "prev_execution_date_success"),
        *("tomorrow_ds", "tomorrow_ds_nodash", "yesterday_ds", "yesterday_ds_nodash"),
    }
)
ABSENT_WITHOUT_DATE = frozenset(
    {
        *("ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz", "logical_date"),
        *("data_interval_start", "data_interval_end"),
    }
)
"""Keys that Airflow 3 still has, but not in a run without a logical date."""
_RUN_ATTRIBUTES = frozenset({"logical_date", "execution_date", "data_interval_start", "data_interval_end"})
_RUN_NAMES = frozenset({"dag_run", "ti", "task_instance"})
_METHODS = frozenset({"execute", "poke", "pre_execute", "post_execute"})
_CONTEXT_NAMES = frozenset({"context", "kwargs", "ctx", "_context"})
_GETTERS = frozenset(
    {
        "airflow.operators.python.get_current_context",
        "airflow.providers.standard.operators.python.get_current_context",
        "airflow.sdk.get_current_context",
    }
)


@dataclass(frozen=True, slots=True)
class DateUse:
    """One place where a date of the run is read."""

    key: str
    node: ast.expr | ast.arg


_CACHE: WeakKeyDictionary[ModuleFacts, tuple[DateUse, ...]] = WeakKeyDictionary()


def date_uses(facts: ModuleFacts) -> tuple[DateUse, ...]:
    """Every use in the module, found once for all rules."""
    found = _CACHE.get(facts)
    if found is None:
        found = _CACHE[facts] = tuple(_find(facts))
    return found


def _find(facts: ModuleFacts) -> Iterator[DateUse]:
    for string in facts.names.strings:
        text = string.value
        if (
            isinstance(text, str)
            and "{{" in text
            and any(key in text for key in ("ds", "ts", "date", "interval"))
        ) and not isinstance(facts.parents.get(id(string)), ast.Expr):
            yield from (DateUse(key, string) for key in sorted(variables_of(text) & DATE_KEYS))
    for function in _callables(facts):
        arguments = function.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            if argument.arg in DATE_KEYS:
                yield DateUse(argument.arg, argument)
    yield from _from_context(facts)


def _from_context(facts: ModuleFacts) -> Iterator[DateUse]:
    for string in facts.names.strings:
        if string.value not in DATE_KEYS:
            continue
        parent = facts.parents.get(id(string))
        owner: ast.expr | None = None
        if isinstance(parent, ast.Subscript) and parent.slice is string and isinstance(parent.ctx, ast.Load):
            owner = parent.value
        elif (
            isinstance(parent, ast.Call)
            and isinstance(parent.func, ast.Attribute)
            and parent.args[:1] == [string]
        ):
            owner = parent.func.value if parent.func.attr in ("get", "pop") else None
        if owner is not None and is_context(facts, owner):
            yield DateUse(str(string.value), string)
    for use in facts.names.uses:
        if len(use.attrs) == 1 and use.attrs[0] in _RUN_ATTRIBUTES and use.head in _RUN_NAMES:
            yield DateUse(use.attrs[0], use.node)


def is_context(facts: ModuleFacts, node: ast.expr) -> bool:
    """Whether an expression is the context: `**kwargs`, a context parameter, or get_current_context()."""
    if isinstance(node, ast.Call):
        return bool(facts.names_of(node.func) & _GETTERS)
    if not isinstance(node, ast.Name):
        return False
    for binding in facts.names.bindings_of(node):
        if isinstance(binding.node, ast.arg) and binding.name in _CONTEXT_NAMES:
            return True
        if isinstance(binding.value, ast.Call) and facts.names_of(binding.value.func) & _GETTERS:
            return True
    return False


def _callables(facts: ModuleFacts) -> Iterator[FunctionNode]:
    """Functions that Airflow calls with the context spread over their parameters."""
    for definition in facts.functions:
        function = definition.node
        if isinstance(function, FunctionNode) and (_is_task(facts, function) or function.name in _METHODS):
            yield function
    for found in constructors(facts):
        if found.role is not Role.OPERATOR:
            continue
        for argument in found.arguments:
            if argument.name == "python_callable":
                target = facts.function_of(argument.value)
                if isinstance(target, FunctionNode):
                    yield target


def _is_task(facts: ModuleFacts, function: FunctionNode) -> bool:
    callees = (item.func if isinstance(item, ast.Call) else item for item in function.decorator_list)
    names = {name for callee in callees for name in facts.names_of(callee)}
    prefixes = ("airflow.decorators.task", "airflow.sdk.task")
    return any(name == prefix or name.startswith(f"{prefix}.") for name in names for prefix in prefixes)


@lru_cache(maxsize=4096)
def variables_of(text: str) -> frozenset[str]:
    """Names that a Jinja template reads; none when it is no valid template."""
    from jinja2 import Environment, TemplateSyntaxError, nodes

    try:
        tree = Environment(autoescape=False).parse(text)
    except TemplateSyntaxError:
        return frozenset()
    return frozenset(name.name for name in tree.find_all(nodes.Name) if name.ctx == "load")
