"""Values of `params` that cannot be written as JSON: a warning on Airflow 2, an error while parsing on 3."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.fix.rewrites import ReplaceExpression, Rewrite
from airshift.rules.arguments import mappings
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Role, constructors
from airshift.rules.default_args import default_arguments

CODES: tuple[str, ...] = ("AS217",)
TRIGGERS: tuple[bytes, ...] = (b"params", b"Param(")

_PARAMS = frozenset(
    {
        "airflow.models.param.Param",
        "airflow.models.Param",
        "airflow.sdk.Param",
        "airflow.sdk.definitions.param.Param",
    }
)
_DATES = frozenset(
    {"datetime.datetime", "datetime.date", "pendulum.datetime", "pendulum.date", "pendulum.now"}
)
_OTHERS = frozenset(
    {
        "datetime.timedelta",
        "datetime.time",
        "pendulum.duration",
        "decimal.Decimal",
        "pathlib.Path",
        "pathlib.PurePosixPath",
        "uuid.UUID",
        "uuid.uuid4",
    }
)
_BUILTINS = frozenset({"set", "frozenset", "range", "object", "bytes", "bytearray", "complex"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every value of params that is certainly not JSON."""
    for value in _values(facts):
        for part in _parts(facts, value):
            what = _not_json(facts, part)
            if what:
                yield _hit(facts, context, part, what)


def _values(facts: ModuleFacts) -> Iterator[ast.expr]:
    for constructor in constructors(facts):
        given = constructor.argument("params")
        if given is not None and (constructor.role is Role.DAG or constructor.role.makes_task):
            yield from (item.value for item in mappings(facts).items(given.value))
    for argument in default_arguments(facts):
        if argument.name == "params":
            yield from (item.value for item in mappings(facts).items(argument.value))
    for call in facts.calls_of(*_PARAMS):
        default = call.keyword("default")
        yield from call.node.args[:1] or ([default.value] if default else [])


def _parts(facts: ModuleFacts, node: ast.expr) -> Iterator[ast.expr]:
    """The value itself, or the members of lists and dictionaries it is made of."""
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            for element in elements:
                yield from _parts(facts, element)
        case ast.Dict(values=values):
            for value in values:
                yield from _parts(facts, value)
        case ast.Name():
            yield from (value for value in facts.values_of(node) if isinstance(value, ast.Call | ast.Set))
        case _:
            yield node


def _not_json(facts: ModuleFacts, node: ast.expr) -> str:
    match node:
        case ast.Set() | ast.SetComp():
            return "a set"
        case ast.Lambda():
            return "a function"
        case ast.Constant(value=bytes()):
            return "bytes"
        case ast.Call(func=ast.Name(id=name)) if name in _BUILTINS and not facts.names_of(node.func):
            return f"`{name}`"
        case ast.Call():
            made = facts.names_of(node.func)
            return f"`{facts.source.segment(node.func)}`" if made and made <= _DATES | _OTHERS else ""
        case _:
            return ""


def _hit(facts: ModuleFacts, context: RuleContext, node: ast.expr, what: str) -> Hit:
    rewrites: tuple[Rewrite, ...] = ()
    if isinstance(node, ast.Call) and facts.names_of(node.func) <= _DATES and facts.names_of(node.func):
        rewrites = (ReplaceExpression(node, f"{facts.source.segment(node)}.isoformat()"),)
    return Hit(
        code="AS217",
        span=span_of(facts, node),
        message=(
            f"Params must be JSON on Airflow {context.target.version}, {what} raises ParamValidationError: "
            "use text, numbers, lists or dictionaries, and convert the value where it is used."
        ),
        symbol="params",
        rewrites=rewrites,
        unsafe="templates and tasks receive text instead of a date" if rewrites else "",
    )
