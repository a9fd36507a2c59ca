"""Classes of a module by what they derive from, and the members they define."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode
from airshift.engine.project import parameter_names


def derived(facts: ModuleFacts, is_base: Callable[[str], bool]) -> Iterator[ast.ClassDef]:
    """Classes with an ancestor whose dotted name satisfies `is_base`, through the estate's own classes."""
    for definition in facts.classes:
        node = definition.node
        if isinstance(node, ast.ClassDef) and any(map(is_base, ancestors(facts, node))):
            yield node


def ancestors(facts: ModuleFacts, node: ast.ClassDef) -> frozenset[str]:
    """Dotted names of the bases and of what they derive from in the estate."""
    direct = {name for base in node.bases for name in facts.names_of(base)}
    return frozenset(direct | {name for base in direct for name in facts.ancestors(base)})


def methods(node: ast.ClassDef) -> dict[str, FunctionNode]:
    """Methods by name."""
    return {item.name: item for item in node.body if isinstance(item, FunctionNode)}


def attributes(node: ast.ClassDef) -> Iterator[tuple[ast.Name, ast.expr]]:
    """Class attributes with the value they are given."""
    for item in node.body:
        if isinstance(item, ast.Assign):
            for target in item.targets:
                if isinstance(target, ast.Name):
                    yield target, item.value
        elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.value is not None:
            yield item.target, item.value


def accepts(function: FunctionNode, *names: str) -> bool:
    """Whether a function takes keyword arguments of all these names."""
    parameters = parameter_names(function.args)
    return any(name.startswith("**") for name in parameters) or all(name in parameters for name in names)


def name_span(facts: ModuleFacts, node: FunctionNode | ast.ClassDef) -> tuple[int, int]:
    """Byte range of the name in a definition, decorators left out."""
    start, end = facts.source.span(node)
    keyword = {ast.ClassDef: b"class", ast.FunctionDef: b"def", ast.AsyncFunctionDef: b"def"}[type(node)]
    name = node.name.encode()
    at = facts.source.utf8.index(name, facts.source.utf8.index(keyword, start, end) + len(keyword), end)
    return at, at + len(name)
