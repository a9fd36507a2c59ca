"""Keys of `default_args` that tasks no longer take: nothing is raised, the value is dropped.

A dictionary counts as default arguments when a DAG, task group or operator of the file gets it, or when
it sits in a module of shared defaults and holds several of the keys that only operators have.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.handed import Handing
from airshift.engine.names import FunctionNode
from airshift.findings import Kind, Severity
from airshift.rules.arguments import Argument, handed_items, mappings
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Role, constructors
from airshift.rules.keywords import rewrites_of
from airshift.rules.parameters import Parameter, parameters

CODES: tuple[str, ...] = ("AS206", "AS207")
TRIGGERS: tuple[bytes, ...] = (b"task_concurrency", b"provide_context")

TELLING = frozenset(
    {
        "owner",
        "depends_on_past",
        "email_on_failure",
        "email_on_retry",
        "retries",
        "retry_delay",
        "retry_exponential_backoff",
        "wait_for_downstream",
        "on_failure_callback",
        "on_retry_callback",
        "execution_timeout",
        "start_date",
        "provide_context",
        "task_concurrency",
        "max_active_tis_per_dag",
        "trigger_rule",
        "sla",
    }
)
"""Keys by which a dictionary is recognised as default arguments when no DAG of the file uses it."""
_ENOUGH = 3


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield the keys that the target drops silently."""
    known = parameters(context.catalogue, context.target)
    for argument in default_arguments(facts):
        for row in known.get(argument.name, ()):
            if row.role is Role.OPERATOR:
                yield _dropped(facts, context, argument, row)


def _dropped(facts: ModuleFacts, context: RuleContext, argument: Argument, row: Parameter) -> Hit:
    if row.inert:
        message = f"`{argument.name}` in default_args has no effect: remove it. {row.note}"
    else:
        advice = f"write `{row.becomes}`." if row.becomes else "remove it."
        message = (
            f"`{argument.name}` in default_args is dropped without an error on Airflow "
            f"{context.target.version}: {advice}"
        )
    return Hit(
        code=row.code,
        span=span_of(facts, argument.node),
        message=message,
        symbol=argument.name,
        rewrites=rewrites_of(facts, argument, row),
        kind=Kind.BEHAVIOUR,
        severity=Severity.INFO if row.inert else Severity.WARNING,
    )


def default_arguments(facts: ModuleFacts) -> tuple[Argument, ...]:
    """Every key of every dictionary that serves as default arguments, found once for all rules."""
    return facts.once(_unique)


def _unique(facts: ModuleFacts) -> tuple[Argument, ...]:
    return tuple({id(argument.node): argument for argument in _find(facts)}.values())


def _find(facts: ModuleFacts) -> Iterator[Argument]:
    for constructor in constructors(facts):
        given = constructor.argument("default_args")
        if given is not None and constructor.role is not Role.OTHER:
            yield from mappings(facts).items(given.value)
    yield from handed_items(facts, Handing.DEFAULT_ARGS)
    for argument in handed_items(facts, Handing.DAG_ARGUMENTS):
        if argument.name == "default_args":
            yield from mappings(facts).items(argument.value)
    for display in _shared(facts):
        yield from mappings(facts).items(display)


def _shared(facts: ModuleFacts) -> Iterator[ast.expr]:
    """Mappings bound at module level, or returned by a function, that look like default arguments."""
    for bindings in facts.names.root.bindings.values():
        for binding in bindings:
            value = binding.value
            if isinstance(value, ast.Dict | ast.Call) and _is_telling(facts, value):
                yield value
    for definition in facts.functions:
        if definition.outer is facts.names.root and isinstance(definition.node, FunctionNode):
            returned = (item.value for item in definition.node.body if isinstance(item, ast.Return))
            yield from (value for value in returned if value is not None and _is_telling(facts, value))


def _is_telling(facts: ModuleFacts, node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id == "dict"):
        return False
    if not isinstance(node, ast.Dict | ast.Call):
        return False
    own = {argument.name for argument in mappings(facts).items(node)}
    return len(own & TELLING) >= _ENOUGH
