"""Where a module reads the dates of a run: in Jinja strings, in task callables and from the context."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode
from airshift.engine.template_files import PathEnds
from airshift.engine.templates import Template, parse_template
from airshift.records import dataclass
from airshift.rules.base import RuleContext
from airshift.rules.constructors import Role, constructors
from airshift.rules.receivers import is_task
from airshift.rules.template_strings import rendered

DATE_KEYS = frozenset(
    {
        *("ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz", "logical_date"),
        *("data_interval_start", "data_interval_end"),
        *("prev_data_interval_start_success", "prev_data_interval_end_success"),
        *("execution_date", "next_ds", "next_ds_nodash", "next_execution_date"),
        *("prev_ds", "prev_ds_nodash", "prev_execution_date", "prev_execution_date_success"),
        *("tomorrow_ds", "tomorrow_ds_nodash", "yesterday_ds", "yesterday_ds_nodash"),
        "task_instance_key_str",
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
    file: str = ""
    """The template file that reads it, named at `node`."""


def date_uses(facts: ModuleFacts, context: RuleContext) -> tuple[DateUse, ...]:
    """Every use in the module and in the template files it names, found once for all rules."""
    return facts.once(_uses, context)


def _uses(facts: ModuleFacts, context: RuleContext) -> tuple[DateUse, ...]:
    return (*_find(facts), *_in_files(facts, context))


def _in_files(facts: ModuleFacts, context: RuleContext) -> Iterator[DateUse]:
    if not context.template_dates:
        return
    ends = PathEnds(context.template_dates)
    for name, node in rendered(facts, context).files:
        for path in ends.named(name)[:1]:
            yield from (DateUse(key, node, name) for key in sorted(context.template_dates[path]))


def _find(facts: ModuleFacts) -> Iterator[DateUse]:
    for string in facts.names.strings if "{{" in facts.texts else ():
        text = string.value
        if (
            isinstance(text, str)
            and "{{" in text
            and any(key in text for key in ("ds", "ts", "date", "interval", "task_instance_key_str"))
        ) and not isinstance(facts.parents.get(id(string)), ast.Expr):
            yield from (DateUse(key, string) for key in sorted(dates_of(parse_template(text))))
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
        read: ast.expr = string
        if isinstance(parent, ast.Subscript) and parent.slice is string and isinstance(parent.ctx, ast.Load):
            owner = parent.value
        elif (
            isinstance(parent, ast.Call)
            and isinstance(parent.func, ast.Attribute)
            and parent.args[:1] == [string]
        ):
            owner = parent.func.value if parent.func.attr in ("get", "pop") else None
            read = parent
        if owner is not None and is_context(facts, owner) and not _is_tested(facts, read):
            yield DateUse(str(string.value), string)
    for use in () if _RUN_ATTRIBUTES.isdisjoint(facts.names.attributes) else facts.names.uses:
        if len(use.attrs) == 1 and use.attrs[0] in _RUN_ATTRIBUTES and use.head in _RUN_NAMES:
            tested = _is_tested(facts, use.node)
            yield DateUse(f"{use.head}.{use.attrs[0]}" if tested else use.attrs[0], use.node)


def _is_tested(facts: ModuleFacts, node: ast.expr) -> bool:
    """Whether the code asks if there is a date: `date or other`, `if date`, `date is None`."""
    match facts.parents.get(id(node)):
        case ast.BoolOp(op=ast.Or(), values=[*_, last]):
            return last is not node
        case ast.If(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
            return test is node
        case ast.Compare(ops=[ast.Is() | ast.IsNot()]) | ast.UnaryOp(op=ast.Not()):
            return True
    return False


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
        if isinstance(function, FunctionNode) and (is_task(facts, function) or function.name in _METHODS):
            yield function
    for found in constructors(facts):
        if found.role is not Role.OPERATOR or "python_callable" not in found.names:
            continue
        for argument in found.arguments:
            if argument.name == "python_callable":
                target = facts.function_of(argument.value)
                if isinstance(target, FunctionNode):
                    yield target


def dates_of(template: Template) -> frozenset[str]:
    """Dates of the run that a template reads; none when it is no valid template."""
    found: set[str] = set()
    for name in template.names:
        if name.guarded:
            continue
        if name.name in DATE_KEYS:
            found.add(name.name)
        elif name.name in _RUN_NAMES and name.attrs and name.attrs[0] in _RUN_ATTRIBUTES:
            found.add(f"{name.name}.{name.attrs[0]}")
    return frozenset(found)
