"""Start and end dates that are not a datetime, and the first run of tasks that depend on the past."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.fix.rewrites import AddKeyword, Needs, ReplaceExpression, ReplaceText, Rewrite
from airshift.rules.arguments import Argument, Item, Keyword, mappings
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Role, constructors
from airshift.rules.default_args import default_arguments

CODES: tuple[str, ...] = ("AS210", "AS211")
TRIGGERS: tuple[bytes, ...] = (b"start_date", b"depends_on_past", b"wait_for_downstream")

_FIRST = "ignore_first_depends_on_past"
_PAST = ("depends_on_past", "wait_for_downstream")
_WANTED = frozenset({"start_date", *_PAST})
_PENDULUM = (Needs("pendulum"),)


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield dates of the wrong type on tasks, and depends_on_past whose default for the first run changed."""
    of_tasks = list(_of_tasks(facts))
    for argument in of_tasks:
        if argument.name == "start_date":
            yield from _date(facts, context, argument)
    for argument in (*of_tasks, *default_arguments(facts)):
        if _depends(argument):
            yield _first_run(facts, context, argument)


def _depends(argument: Argument) -> bool:
    """Whether the argument is the one that makes a task depend on its past, without the old default."""
    if argument.name == "wait_for_downstream" and "depends_on_past" in argument.beside:
        return False
    return argument.name in _PAST and _FIRST not in argument.beside and _is_true(argument.value)


def _of_tasks(facts: ModuleFacts) -> Iterator[Argument]:
    """Arguments of tasks, with the default arguments that no DAG converts."""
    for constructor in constructors(facts):
        if not constructor.role.makes_task and constructor.role is not Role.GROUP:
            continue
        if constructor.role.makes_task and not _WANTED.isdisjoint(constructor.names):
            yield from constructor.arguments
        given = constructor.argument("default_args")
        if given is not None and isinstance(given.value, ast.Dict):
            yield from mappings(facts).items(given.value)


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _date(facts: ModuleFacts, context: RuleContext, argument: Argument) -> Iterator[Hit]:
    version = context.target.version
    for value in facts.values_of(argument.value):
        written = facts.source.segment(value)
        if literal_text(value) is not None:
            text = f'{{0}}.parse({written}, tz="UTC")'
            rewrites: tuple[Rewrite, ...] = (ReplaceExpression(value, text, _PENDULUM),)
            advice = f"text raises an error: write `{text.format('pendulum')}`"
        elif isinstance(value, ast.Call) and facts.names_of(value.func) == {"datetime.date"}:
            rewrites = ()
            advice = "a date raises an error: write a datetime"
        else:
            continue
        yield Hit(
            code="AS210",
            span=span_of(facts, value),
            message=f"`start_date` of a task must be a datetime on Airflow {version}, {advice}.",
            symbol=argument.name,
            rewrites=rewrites,
            unsafe="Airflow 2 ignored the text with a warning, from now on the date applies"
            if rewrites
            else "",
        )


def _first_run(facts: ModuleFacts, context: RuleContext, argument: Argument) -> Hit:
    rewrite = _keep(facts, argument)
    return Hit(
        code="AS211",
        span=span_of(facts, argument.node),
        message=(
            f"On Airflow {context.target.version} a task with `{argument.name}` that is added to a DAG with "
            f"earlier runs never starts: write `{_FIRST}=True` to keep the default of Airflow 2."
        ),
        symbol=argument.name,
        rewrites=(rewrite,) if rewrite else (),
    )


def _keep(facts: ModuleFacts, argument: Argument) -> Rewrite | None:
    match argument.spot:
        case Keyword(call=call):
            return AddKeyword(call, _FIRST, "True")
        case Item():
            return ReplaceText(*_after(facts, argument), _continued(facts, argument))
        case _:
            return None


def _after(facts: ModuleFacts, argument: Argument) -> tuple[int, int]:
    end = span_of(facts, argument.value)[1]
    return end, end


def _continued(facts: ModuleFacts, argument: Argument) -> str:
    """The added item, on its own line when the item it follows has one."""
    start = span_of(facts, argument.node)[0]
    utf8 = facts.source.utf8
    line = utf8[utf8.rfind(b"\n", 0, start) + 1 : start]
    gap = f"{facts.source.newline}{line.decode()}" if not line.strip() else " "
    return f',{gap}"{_FIRST}": True'
