"""Positional arguments of a DAG behind its id.

Airflow 3.1 takes the id only. On 3.0 the second and third argument are taken by internal parameters, so that
description and schedule vanish without an error.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.errors import DataError
from airshift.findings import Kind
from airshift.fix.rewrites import NameArguments
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import DAG_DECORATORS, Constructor, Role, constructors
from airshift.rules.data import applies, texts_of
from airshift.rules.parameters import parameters

CODES: tuple[str, ...] = ("AS204",)
TRIGGERS: tuple[bytes, ...] = (b"DAG", b"dag")
_SWALLOWED = 2


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every DAG that is given more than its id by position."""
    for constructor in constructors(facts):
        if constructor.role is Role.DAG and constructor.positional > 1:
            yield _hit(facts, context, constructor)


def _hit(facts: ModuleFacts, context: RuleContext, constructor: Constructor) -> Hit:
    call = constructor.call
    extra = [argument for argument in call.args if not isinstance(argument, ast.Starred)][1:]
    first = extra[0] if extra else call.args[-1]
    names = _names(context)[: len(call.args) - 1]
    rewrite = _rewrite(context, constructor, names)
    listed = ", ".join(f"`{name}`" for name in names)
    swallowed = _is_swallowed(context, constructor)
    effect = "are ignored without an error" if swallowed else "raise a TypeError"
    return Hit(
        code="AS204",
        span=(span_of(facts, first)[0], span_of(facts, call.args[-1])[1]),
        message=(
            f"Positional arguments of a DAG behind its id {effect} on Airflow {context.target.version}: "
            f"write them as keywords ({listed})."
        ),
        symbol=names[0] if names else "",
        rewrites=(rewrite,) if rewrite else (),
        kind=Kind.BEHAVIOUR if swallowed else None,
    )


def _is_swallowed(context: RuleContext, constructor: Constructor) -> bool:
    return (
        context.target.release[:2] == (3, 0)
        and len(constructor.call.args) <= 1 + _SWALLOWED
        and constructor.qualified not in DAG_DECORATORS
        and not constructor.qualified.startswith("airflow.sdk.")
    )


def _names(context: RuleContext) -> tuple[str, ...]:
    """The positional parameters behind the id, in the order of the source version."""
    for row in context.catalogue.rows("keywords", "positional"):
        if applies(row, context.source):
            return texts_of(row, "names", "rules/keywords.toml: positional")
    raise DataError(f"rules/keywords.toml: positional: no row for Airflow {context.source.version}")


def _rewrite(context: RuleContext, constructor: Constructor, names: tuple[str, ...]) -> NameArguments | None:
    """Name the arguments as the target calls them; None when one of them has no place there."""
    call = constructor.call
    if any(isinstance(argument, ast.Starred) for argument in call.args) or len(call.args) - 1 > len(names):
        return None
    known = parameters(context.catalogue, context.target)
    now: list[str] = []
    for name in names:
        row = next((row for row in known.get(name, ()) if row.role is Role.DAG), None)
        if row is not None and row.becomes is None:
            return None
        now.append(row.becomes if row is not None and row.becomes else name)
    written = {keyword.arg for keyword in call.keywords}
    if len(set(now)) < len(now) or written & set(now):
        return None
    return NameArguments(call, 1, tuple(now))
