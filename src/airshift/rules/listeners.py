"""Listener hooks whose signature or name changed (https://github.com/apache/airflow/pull/44899)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import Definition, FunctionNode, Use
from airshift.fix.rewrites import DropParameter, ReplaceExpression, ReplaceText, Rewrite
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.classes import name_span

CODES: tuple[str, ...] = ("AS705", "AS706")
TRIGGERS: tuple[bytes, ...] = (b"hookimpl",)
_HOOKIMPL = frozenset({"airflow.listeners.hookimpl", "airflow.listeners.listener.hookimpl"})
_TASK_HOOKS = frozenset(f"on_task_instance_{event}" for event in ("running", "success", "failed"))
_DATASET_HOOKS = {"on_dataset_created": "on_asset_created", "on_dataset_changed": "on_asset_changed"}


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield hook implementations that Airflow 3 rejects or never calls."""
    for definition in facts.functions:
        function = definition.node
        if not isinstance(function, FunctionNode) or not _is_hook(facts, function):
            continue
        if function.name in _TASK_HOOKS:
            yield from _session(facts, definition, function)
        elif function.name in _DATASET_HOOKS:
            yield _dataset(facts, definition, function)


def _is_hook(facts: ModuleFacts, function: FunctionNode) -> bool:
    callees = (item.func if isinstance(item, ast.Call) else item for item in function.decorator_list)
    return any(facts.names_of(callee) & _HOOKIMPL for callee in callees)


def _session(facts: ModuleFacts, definition: Definition, function: FunctionNode) -> Iterator[Hit]:
    arguments = function.args
    parameter = next((a for a in (*arguments.args, *arguments.kwonlyargs) if a.arg == "session"), None)
    if parameter is None:
        return
    is_used = any(use.head == "session" for use in _uses(facts, definition))
    yield Hit(
        "AS705",
        span_of(facts, parameter),
        f"`{function.name}` no longer gets a `session`: Airflow 3 refuses to load the plugin "
        "(PluginValidationError). "
        + ("Do without the session, then drop the parameter." if is_used else "Drop the parameter."),
        symbol=function.name,
        rewrites=() if is_used else (DropParameter(function, "session"),),
    )


def _dataset(facts: ModuleFacts, definition: Definition, function: FunctionNode) -> Hit:
    new = _DATASET_HOOKS[function.name]
    start, end = name_span(facts, function)
    rewrites: list[Rewrite] = [ReplaceText(start, end, new)]
    parameter = next((a for a in function.args.args if a.arg == "dataset"), None)
    if parameter is not None:
        at = facts.source.span(parameter)[0]
        rewrites.append(ReplaceText(at, at + len("dataset"), "asset"))
        rewrites += [
            ReplaceExpression(node, "asset")
            for use in _uses(facts, definition)
            if (node := _head(use.node, "dataset"))
        ]
    return Hit(
        "AS706",
        (start, end),
        f"`{function.name}` is never called on Airflow 3; the hook is `{new}(asset)`.",
        symbol=function.name,
        rewrites=tuple(rewrites),
    )


def _uses(facts: ModuleFacts, definition: Definition) -> Iterator[Use]:
    return (use for use in facts.names.uses if use.scope.function is definition.scope)


def _head(node: ast.expr, name: str) -> ast.Name | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node if isinstance(node, ast.Name) and node.id == name else None
