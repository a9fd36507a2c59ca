"""DAG definitions that differ from one parse to the next, so that Airflow 3 stores version after version.

https://github.com/apache/airflow/issues/54285
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.syntax import children, walk
from airshift.findings import Severity
from airshift.profiles import Profile, profile
from airshift.rules.arguments import mappings
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Constructor, Form, Role, constructors
from airshift.rules.moving_dates import NOW

CODES: tuple[str, ...] = ("AS901", "AS902")
TRIGGERS: tuple[bytes, ...] = (b"airflow", b"Operator(", b"DAG(")
_RANDOM_MODULES = (
    "random.",
    "secrets.",
    "uuid.uuid1",
    "uuid.uuid4",
    "numpy.random.",
    "os.urandom",
    "time.time_ns",
)
_LISTINGS = frozenset({"os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.iglob"})
_PATH_LISTINGS = frozenset({"iterdir", "glob", "rglob"})
_SKIPPED = frozenset(
    {"start_date", "end_date", "python_callable", "default_args", "dag", "subdag", "task_group"}
)


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield arguments that change with each parse, and tasks made in an order that may change."""
    if profile(facts.path) is Profile.TEST:
        return
    found = [item for item in constructors(facts) if item.role is not Role.OTHER]
    suspects = _suspects(facts)
    if suspects:
        yield from _changing(facts, context, found, suspects)
    yield from _loops(facts, found)


def _suspects(facts: ModuleFacts) -> set[int]:
    """Ids of the calls, wherever they stand, that give another value at each parse, or take the order of a set."""
    found = {
        id(node)
        for node in (site.node for site in facts.names.calls)
        if node.args and _keeps_order(node.func) and _unordered_source(facts, node.args[0])
    }
    if any(map(_is_unstable, facts.called)):
        found |= {id(call.node) for call in facts.calls if any(map(_is_unstable, call.names))}
    return found


def _changing(
    facts: ModuleFacts, context: RuleContext, found: list[Constructor], suspects: set[int]
) -> Iterator[Hit]:
    starts: set[int] = set()
    visited: set[int] = set()
    valued = _valued(facts)
    for constructor in found:
        for value in _values(facts, context, constructor):
            calls = [call for call in _calls(facts, value, visited, valued) if id(call) in suspects]
            for hit in (*_unstable(facts, calls), *_unordered(facts, calls)) if calls else ():
                if hit.span[0] not in starts:
                    starts.add(hit.span[0])
                    yield hit


def _valued(facts: ModuleFacts) -> set[str]:
    """Names that are given the value of an expression somewhere; most names are imported or parameters."""
    scopes = [facts.names.root, *[definition.scope for definition in facts.names.definitions]]
    return {
        name
        for scope in scopes
        for name, bindings in scope.bindings.items()
        for binding in bindings
        if binding.value is not None
    }


def _values(facts: ModuleFacts, context: RuleContext, constructor: Constructor) -> Iterator[ast.expr]:
    """Expressions that become part of the stored DAG; constants are left out, which never change."""
    yield from (a for a in constructor.call.args if not isinstance(a, ast.Starred | ast.Constant))
    left_out = _left_out(context, constructor)
    for argument in constructor.arguments:
        if isinstance(argument.value, ast.Constant):
            continue
        if argument.name not in _SKIPPED and argument.name not in left_out:
            yield argument.value
        elif argument.name == "default_args":
            yield from (i.value for i in mappings(facts).items(argument.value) if i.name not in _SKIPPED)


def _left_out(context: RuleContext, constructor: Constructor) -> frozenset[str]:
    """Parameters that are no part of the stored DAG: an operator's own ones that are not template fields.

    With `start_from_trigger` the arguments of the trigger are stored, and they may come from any of them.
    """
    if constructor.role is not Role.OPERATOR or constructor.form is not Form.CALL:
        return frozenset()
    if constructor.argument("start_from_trigger") is not None:
        return frozenset()
    return context.index.own_parameters(constructor.qualified, context.target.version)


def _is_unstable(name: str) -> bool:
    return name in NOW or name.startswith(_RANDOM_MODULES)


def _unstable(facts: ModuleFacts, calls: list[ast.Call]) -> Iterator[Hit]:
    for call in calls:
        names = facts.names_of(call.func)
        if not any(map(_is_unstable, names)):
            continue
        yield Hit(
            "AS901",
            span_of(facts, call),
            f"`{facts.source.segment(call.func)}()` gives another value at each parse, so each parse "
            "stores a new DAG "
            "version on Airflow 3; compute it in the task or in a template.",
            symbol=min(names),
        )


def _calls(facts: ModuleFacts, value: ast.expr, seen: set[int], valued: set[str]) -> list[ast.Call]:
    """Calls not seen yet that run when the argument is evaluated; names are followed to the value they were given."""
    stack = [value]
    found: list[ast.Call] = []
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Constant | ast.Lambda) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, ast.Name):
            stack += facts.values_of(node) if node.id in valued else ()
        elif isinstance(node, ast.Call):
            found.append(node)
            stack += [node.func, *node.args, *[keyword.value for keyword in node.keywords]]
        else:
            stack += [child for child in children(node) if isinstance(child, ast.expr)]
        if isinstance(node, ast.JoinedStr):
            stack += [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    return found


def _unordered(facts: ModuleFacts, calls: list[ast.Call]) -> Iterator[Hit]:
    """`list(set(...))` and `",".join({...})`: text or list in the order of a set."""
    for call in calls:
        if call.args and _keeps_order(call.func) and (what := _unordered_source(facts, call.args[0])):
            yield _order(facts, call, what, None)


def _keeps_order(function: ast.expr) -> bool:
    """Whether it is `list`, `tuple` or `enumerate`, or the `join` of a text."""
    if isinstance(function, ast.Name):
        return function.id in ("list", "tuple", "enumerate")
    return isinstance(function, ast.Attribute) and function.attr == "join"


def _loops(facts: ModuleFacts, found: list[Constructor]) -> Iterator[Hit]:
    calls = {id(constructor.call) for constructor in found}
    for node in facts.names.loops if calls else ():
        what = _unordered_source(facts, node.iter)
        if what and any(id(inner) in calls for child in node.body for inner in walk(child)):
            yield _order(facts, node.iter, what, Severity.INFO)


def _unordered_source(facts: ModuleFacts, node: ast.expr) -> str | None:
    for value in facts.values_of(node):
        if isinstance(value, ast.Set | ast.SetComp):
            return "a set"
        if not isinstance(value, ast.Call):
            continue
        function = value.func
        names = facts.names_of(function)
        if isinstance(function, ast.Name) and function.id in ("set", "frozenset") and not names:
            return "a set"
        if names & _LISTINGS:
            return f"`{facts.source.segment(function)}()`"
        if (
            isinstance(function, ast.Attribute)
            and function.attr in _PATH_LISTINGS
            and _is_path(facts, function.value)
        ):
            return f"`.{function.attr}()`"
    return None


def _is_path(facts: ModuleFacts, node: ast.expr) -> bool:
    for value in facts.values_of(node):
        for inner in walk(value):
            if isinstance(inner, ast.Call) and facts.names_of(inner.func) & {
                "pathlib.Path",
                "pathlib.PurePath",
            }:
                return True
    return False


def _order(facts: ModuleFacts, node: ast.expr, what: str, severity: Severity | None) -> Hit:
    return Hit(
        "AS902",
        span_of(facts, node),
        f"The order of {what} may differ from parse to parse, and with it the DAG version on Airflow 3; "
        "wrap it in "
        "`sorted(...)`.",
        symbol="order",
        severity=severity,
    )
