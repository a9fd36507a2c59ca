"""Parameters of a function definition."""

from __future__ import annotations

import ast

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode
from airshift.engine.syntax import walk
from airshift.fix.edits import Refused, Replacement


def drop_parameter(facts: ModuleFacts, function: FunctionNode, name: str, owner: int) -> Replacement:
    """Remove a parameter that the body does not use, with its comma, annotation and default."""
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    index = next((i for i, argument in enumerate(plain) if argument.arg == name), None)
    if index is None or _is_used(function, name):
        raise Refused(owner, f"parameter {name} is used in {function.name}")
    source = facts.source
    start, end = source.span(plain[index])
    end = max(end, _default_end(facts, arguments, plain[index]))
    utf8 = source.utf8
    after = end
    while utf8[after : after + 1].isspace():
        after += 1
    if utf8[after : after + 1] == b",":
        after += 1
        while utf8[after : after + 1] in (b" ", b"\t"):
            after += 1
        return Replacement(start, after, "", owner)
    before = start
    while utf8[before - 1 : before].isspace():
        before -= 1
    if utf8[before - 1 : before] == b",":
        before -= 1
    return Replacement(before, end, "", owner)


def _is_used(function: FunctionNode, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name
        for statement in function.body
        for node in walk(statement)
    )


def _default_end(facts: ModuleFacts, arguments: ast.arguments, argument: ast.arg) -> int:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: dict[int, ast.expr | None] = {
        id(a): d for a, d in zip(reversed(positional), reversed(arguments.defaults), strict=False)
    }
    defaults |= {id(a): d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)}
    default = defaults.get(id(argument))
    return facts.source.span(default)[1] if default is not None else 0
