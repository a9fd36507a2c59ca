"""A `start_date` that is computed at each parse: missing runs, and a new DAG version every time."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.syntax import walk
from airshift.profiles import Profile, profile
from airshift.rules.arguments import Argument, mappings
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Constructor, Role, constructors

CODES: tuple[str, ...] = ("AS605",)
TRIGGERS: tuple[bytes, ...] = (b"start_date",)
NOW = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "datetime.date.today",
        "pendulum.now",
        "pendulum.today",
        "pendulum.yesterday",
        "pendulum.tomorrow",
        "time.time",
        "airflow.utils.timezone.utcnow",
        "airflow.sdk.timezone.utcnow",
        "airflow.utils.dates.days_ago",
    }
)


_HOLDERS = frozenset({"start_date", "default_args"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield `start_date` arguments, those in default_args included, that depend on the clock."""
    if profile(facts.path) is Profile.TEST or NOW.isdisjoint(facts.called):
        return
    seen: set[int] = set()
    for found in constructors(facts):
        for argument in _start_dates(facts, found):
            clock = clock_in(facts, argument.value)
            if clock is None or id(argument.value) in seen:
                continue
            seen.add(id(argument.value))
            yield Hit(
                "AS605",
                span_of(facts, argument.value),
                f"`start_date` follows the clock (`{clock}`): each parse gives another DAG version on "
                "Airflow 3, "
                "and runs may never become due. Write a fixed date.",
                symbol="start_date",
            )


def _start_dates(facts: ModuleFacts, found: Constructor) -> Iterator[Argument]:
    if _HOLDERS.isdisjoint(found.names) or (found.role is not Role.DAG and not found.role.makes_task):
        return
    for argument in found.arguments:
        if argument.name == "start_date":
            yield argument
        elif argument.name == "default_args":
            items = mappings(facts).items(argument.value)
            yield from (item for item in items if item.name == "start_date")


def clock_in(facts: ModuleFacts, node: ast.expr) -> str | None:
    """The call in an expression, or in the value of a name it mentions, that reads the clock."""
    for value in facts.values_of(node):
        for inner in walk(value):
            for bound in facts.values_of(inner) if isinstance(inner, ast.Name) else (inner,):
                if isinstance(bound, ast.Call) and facts.names_of(bound.func) & NOW:
                    return f"{facts.source.segment(bound.func)}()"
    return None
