"""Calls of helpers that are gone, spelled out: `days_ago(2)` as `pendulum.today("UTC").add(days=-2)`."""

from __future__ import annotations

import ast

from airshift.engine.facts import ModuleFacts
from airshift.fix.rewrites import Needs, ReplaceExpression
from airshift.rules.moves import Move

_PENDULUM = Needs("pendulum")
_RESET = ("hour", "minute", "second", "microsecond")
_ATOMS = (ast.Constant, ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def replaced_call(facts: ModuleFacts, callee: ast.expr, move: Move) -> ReplaceExpression | None:
    """The expression that replaces the call of `callee`; None when it is no call, or not a simple one."""
    call = next((site.node for site in facts.names.calls if site.node.func is callee), None)
    if call is None or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    if move.inline == "days_ago":
        return _days_ago(facts, call)
    template = move.templates.get(str(len(call.args)))
    if template is None or call.keywords:
        return None
    arguments = [_atom(facts, argument) for argument in call.args]
    if any("{" in argument for argument in arguments):
        return None
    for number, argument in enumerate(arguments, 1):
        template = template.replace(f"<{number}>", argument)
    needs = tuple(Needs(module) for module in move.needs) if "{0}" in template else ()
    return ReplaceExpression(call, template, needs)


def _days_ago(facts: ModuleFacts, call: ast.Call) -> ReplaceExpression | None:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    given = dict(zip(("n", *_RESET), call.args, strict=False)) | named
    if "n" not in given or not set(given) <= {"n", *_RESET}:
        return None
    days = _negated(facts, given["n"])
    times = ", ".join(f"{name}={facts.source.segment(given[name])}" for name in _RESET if name in given)
    text = f'{{0}}.today("UTC").add(days={days})' + (f".replace({times})" if times else "")
    return ReplaceExpression(call, text, (_PENDULUM,))


def _negated(facts: ModuleFacts, node: ast.expr) -> str:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return facts.source.segment(node.operand)
    if isinstance(node, ast.Constant) and node.value == 0:
        return facts.source.segment(node)
    return f"-{_atom(facts, node)}"


def _atom(facts: ModuleFacts, node: ast.expr) -> str:
    text = facts.source.segment(node)
    return text if isinstance(node, _ATOMS) else f"({text})"
