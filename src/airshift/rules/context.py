"""Context keys that Airflow 3 no longer sets, read in Python: `context["execution_date"]`, parameters.

https://airflow.apache.org/docs/apache-airflow/stable/installation/upgrading_to_airflow3.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.engine.names import FunctionNode
from airshift.engine.syntax import walk
from airshift.findings import Kind
from airshift.fix.rewrites import Needs, ReplaceExpression, ReplaceText, Rewrite
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.both_sides import serves_both_sides
from airshift.rules.context_functions import ContextFunctions, KeyParameter, context_functions
from airshift.rules.context_keys import RemovedKey, removed_keys
from airshift.rules.literals import plain_key
from airshift.rules.things import Thing

CODES: tuple[str, ...] = ("AS301", "AS302", "AS303", "AS304", "AS310")
TRIGGERS: tuple[bytes, ...] = (
    b"execution_date",
    b"next_ds",
    b"prev_ds",
    b"tomorrow_ds",
    b"yesterday_ds",
    b"conf",
    b"triggering_dataset_events",
    b"test_mode",
    b"expanded_ti_count",
    b"let_events",
)


_ALIAS = (".DatasetAlias", ".AssetAlias")


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield every read of a removed key from something that certainly is the context."""
    keys = removed_keys(context.catalogue)
    if not _mentions(facts, keys) and b"let_events" not in facts.source.utf8:
        return
    found = context_functions(facts)
    for string in facts.names.strings:
        key = keys.get(str(string.value))
        if key is not None and not serves_both_sides(facts, string, key.name, "KeyError"):
            yield from _read(facts, found, string, key)
    for parameter in found.key_parameters:
        key = keys.get(parameter.argument.arg)
        if key is not None:
            yield from _parameter(facts, parameter, key)
    yield from _through_variables(facts, found, keys)
    if b"let_events" in facts.source.utf8:
        yield from _by_uri(facts, found)


def _mentions(facts: ModuleFacts, keys: dict[str, RemovedKey]) -> bool:
    """Whether a string or a parameter is called like one of the keys."""
    if any(string.value in keys for string in facts.names.strings):
        return True
    arguments = (d.node.args for d in facts.functions if not isinstance(d.node, ast.ClassDef))
    return any(one.arg in keys for a in arguments for one in (*a.posonlyargs, *a.args, *a.kwonlyargs))


def _read(
    facts: ModuleFacts, found: ContextFunctions, string: ast.Constant, key: RemovedKey
) -> Iterator[Hit]:
    parent = facts.parents.get(id(string))
    match parent:
        case ast.Subscript(value=mapping, slice=slice_, ctx=ast.Load()) if slice_ is string:
            if found.thing_of(mapping) is Thing.CONTEXT:
                yield _hit(
                    facts,
                    "AS301",
                    string,
                    key,
                    "raises KeyError",
                    _rewrites(facts, string, key, mapping, parent),
                )
        case ast.Call(func=ast.Attribute(value=mapping, attr="get" | "pop" as method), args=[first, *rest]):
            if first is string and found.thing_of(mapping) is Thing.CONTEXT:
                fails = method == "pop" and not rest
                whole = parent if not rest and not parent.keywords else None
                rewrites = _rewrites(facts, string, key, mapping, whole)
                effect = "raises KeyError" if fails else "silently gives the default"
                yield _hit(facts, "AS301" if fails else "AS302", string, key, effect, rewrites)
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[mapping]):
            if left is string and found.thing_of(mapping) is Thing.CONTEXT:
                rewrites = _rewrites(facts, string, key, mapping, None)
                yield _hit(facts, "AS302", string, key, "is never found", rewrites)


def _hit(
    facts: ModuleFacts,
    code: str,
    string: ast.expr,
    key: RemovedKey,
    effect: str,
    rewrites: tuple[Rewrite, ...],
) -> Hit:
    message = f"The context key `{key.name}` is gone since Airflow 3.0 and {effect}. {key.advice}"
    return Hit(code, span_of(facts, string), message, key.name, rewrites, key.unsafe if rewrites else "")


def _rewrites(
    facts: ModuleFacts, string: ast.Constant, key: RemovedKey, mapping: ast.expr, whole: ast.expr | None
) -> tuple[Rewrite, ...]:
    if key.key:
        place = plain_key(facts.source, string)
        return (ReplaceText(*place, key.key),) if place else ()
    if whole is None or not isinstance(mapping, ast.Name | ast.Attribute):
        return ()
    if key.module:
        module, _, name = key.module.partition(":")
        return (ReplaceExpression(whole, "{0}", (Needs(module, name),)),)
    if key.python:
        return (ReplaceExpression(whole, key.python.replace("{context}", facts.source.segment(mapping))),)
    return ()


def _through_variables(
    facts: ModuleFacts, found: ContextFunctions, keys: dict[str, RemovedKey]
) -> Iterator[Hit]:
    """`KEY = "next_ds"` and `context[KEY]`: reported where it is read."""
    if not any(string.value in keys for string in facts.names.strings):
        return
    for function in found.functions:
        for node in walk(function):
            if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Name):
                continue
            values = {literal_text(value) for value in facts.values_of(node.slice)}
            key = keys.get(next(iter(values)) or "") if len(values) == 1 else None
            if key is not None and found.thing_of(node.value) is Thing.CONTEXT:
                yield _hit(facts, "AS301", node.slice, key, "raises KeyError", ())


def _parameter(facts: ModuleFacts, parameter: KeyParameter, key: RemovedKey) -> Iterator[Hit]:
    code = "AS303" if parameter.default is None else "AS304"
    if parameter.default is not None:
        effect = "keeps its default on every run"
    elif parameter.is_task:
        effect = "has no value when the file is parsed"
    else:
        effect = "is missing when the task runs"
    message = (
        f"The parameter `{key.name}` was filled from the context; that key is gone since Airflow 3.0, so the "
        f"parameter {effect}. {key.advice}"
    )
    rewrites = _renamed(facts, parameter, key)
    reason = key.unsafe or "callers and tests that pass the parameter by name have to follow"
    kind = Kind.PARSE if code == "AS303" and parameter.is_task else None
    span = facts.source.span(parameter.argument)
    yield Hit(code, span, message, key.name, rewrites, reason if rewrites else "", kind=kind)


def _renamed(facts: ModuleFacts, parameter: KeyParameter, key: RemovedKey) -> tuple[Rewrite, ...]:
    """Rename the parameter and every use of it, when the new name is free."""
    function = parameter.function
    scope = facts.definition_of[id(function)].scope if id(function) in facts.definition_of else None
    if not key.key or scope is None or key.key in scope.bindings or not isinstance(function, FunctionNode):
        return ()
    spots: list[Rewrite] = []
    start, _ = facts.source.span(parameter.argument)
    spots.append(ReplaceText(start, start + len(key.name), key.key))
    for node in walk(function):
        if not isinstance(node, ast.Name):
            continue
        if node.id == key.key:
            return ()
        if node.id == key.name:
            bindings = facts.names.bindings_of(node)
            if not isinstance(node.ctx, ast.Load) or any(b.node is not parameter.argument for b in bindings):
                return ()
            spots.append(ReplaceText(*span_of(facts, node), key.key))
    return tuple(spots)


def _by_uri(facts: ModuleFacts, found: ContextFunctions) -> Iterator[Hit]:
    for function in found.functions:
        for node in walk(function):
            if not isinstance(node, ast.Subscript) or found.thing_of(node.value) is not Thing.EVENTS:
                continue
            names = [literal_text(value) for value in facts.values_of(node.slice)]
            if names and None not in names:
                kind = "AssetAlias" if _aliases(facts).issuperset(names) else "Asset"
                yield Hit(
                    "AS310",
                    span_of(facts, node.slice),
                    f"Events are found by the {kind} since Airflow 3.0; a string raises TypeError. Write "
                    f"`{kind}({facts.source.segment(node.slice)})`.",
                    symbol="outlet_events",
                )


def _aliases(facts: ModuleFacts) -> frozenset[str | None]:
    """Names of the asset aliases that the module makes."""
    calls = (call for call in facts.calls if any(name.endswith(_ALIAS) for name in call.names))
    given = (
        (call.node.args[:1] or [k.value for k in call.node.keywords if k.arg == "name"]) for call in calls
    )
    return frozenset(literal_text(value) for values in given for value in values)
