"""Service levels and e-mail on tasks: parameters that are accepted but work differently or not at all.

`sla` and `sla_miss_callback` have no effect since Airflow 3.0 (AIP-86 replaces them by deadlines from 3.1
on); `email` and its switches are deprecated.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.rules.arguments import Argument
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Role, constructors
from airshift.rules.default_args import default_arguments

CODES: tuple[str, ...] = ("AS205", "AS212")
TRIGGERS: tuple[bytes, ...] = (b"sla", b"email")

_OF_TASKS = frozenset({"sla", "email"})
_DEADLINES = (3, 1)
_NOTIFIER = (3, 2)


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield service levels that are no longer checked and e-mail settings of tasks."""
    for argument in _of_dags(facts):
        if argument.name == "sla_miss_callback" and not _is_nothing(argument.value):
            yield _service_level(facts, context, argument)
    for argument in _of_tasks(facts):
        if _is_nothing(argument.value):
            continue
        if argument.name == "sla":
            yield _service_level(facts, context, argument)
        elif argument.name == "email":
            yield _email(facts, context, argument)


def _of_dags(facts: ModuleFacts) -> Iterator[Argument]:
    for constructor in constructors(facts):
        if constructor.role is Role.DAG and "sla_miss_callback" in constructor.names:
            yield from constructor.arguments


def _of_tasks(facts: ModuleFacts) -> Iterator[Argument]:
    for constructor in constructors(facts):
        if constructor.role.makes_task and not _OF_TASKS.isdisjoint(constructor.names):
            yield from constructor.arguments
    yield from default_arguments(facts)


def _is_nothing(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=value):
            return not value
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return not elements
        case _:
            return False


def _service_level(facts: ModuleFacts, context: RuleContext, argument: Argument) -> Hit:
    instead = (
        "a `deadline=DeadlineAlert(...)` on the DAG is the nearest replacement"
        if context.target.release[:2] >= _DEADLINES
        else "there is no replacement before Airflow 3.1; watch run times outside Airflow"
    )
    version = context.target.version
    return Hit(
        code="AS205",
        span=span_of(facts, argument.node),
        message=f"`{argument.name}` is accepted but never checked on Airflow {version}: {instead}.",
        symbol=argument.name,
        rewrites=(argument.removed(),),
        unsafe="the service level is dropped: nobody is told any more when the task is late",
    )


def _email(facts: ModuleFacts, context: RuleContext, argument: Argument) -> Hit:
    sender = (
        "and the smtp provider sends it, through the connection smtp_default"
        if context.target.release[:2] >= _NOTIFIER
        else "and will be replaced by notifiers"
    )
    return Hit(
        code="AS212",
        span=span_of(facts, argument.node),
        message=(
            f"`email` on a task is deprecated on Airflow {context.target.version} {sender}: "
            "use `on_failure_callback=SmtpNotifier(...)` of apache-airflow-providers-smtp."
        ),
        symbol="email",
    )
