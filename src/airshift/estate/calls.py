"""Calls of values: Airflow's own, the estate's functions and classes, built-in ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from airshift.engine.names import FunctionNode
from airshift.engine.syntax import children
from airshift.estate import airflow_calls, builtin_calls, data_files, decorators
from airshift.estate.builder import nodes_in
from airshift.estate.constructors import constructed, is_super_init
from airshift.estate.model import Unknown
from airshift.estate.state import DEPTH, Left, Returned, State
from airshift.estate.values import (
    Class,
    Environment,
    Function,
    Method,
    Name,
    Opaque,
    PartialOperator,
)


class Calls(State):
    """Evaluates calls and interprets the bodies of functions."""

    def eval_call(self, node: ast.Call) -> Any:
        callee = self.value(node.func)
        arguments: list[Any] = []
        spread = False
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                items = builtin_calls.iterate(self.value(argument.value))
                spread = spread or items is None
                arguments += items or []
            else:
                arguments.append(self.value(argument))
        keywords: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value, dict):
                keywords.update({key: item for key, item in value.items() if isinstance(key, str)})
                spread = spread or any(isinstance(key, Unknown) for key in value)
            else:
                spread = True
        if spread:
            keywords["**"] = self.unknown(node)
        return self.call(callee, arguments, keywords, node)

    def call(self, callee: Any, arguments: list[Any], keywords: dict[str, Any], node: ast.Call) -> Any:
        """Call a value."""
        if is_super_init(node) and self.handed_on is None and not self.uncertain:
            self.handed_on = (arguments, keywords)
            return None
        if isinstance(callee, Class):
            arguments, keywords = constructed(self, callee, arguments, keywords)
        if isinstance(callee, Method):
            return callee.call(arguments, keywords, node)
        if isinstance(callee, Function):
            return airflow_calls.call_function(self, callee, arguments, keywords, node)
        if isinstance(callee, PartialOperator):
            return self.unknown(node)
        if isinstance(callee, Name):
            found = data_files.call(self, callee.dotted, arguments, node)
            if found is not NotImplemented:
                return found
            if callee.dotted.startswith("builtins."):
                return builtin_calls.call(
                    self, callee.dotted.removeprefix("builtins."), arguments, keywords, node
                )
            return airflow_calls.call_name(self, callee.dotted, arguments, keywords, node)
        inside = [*nodes_in(callee), *nodes_in(arguments), *nodes_in(list(keywords.values()))]
        if inside:
            return Opaque(tuple(inside), self.text(node))
        return self.unknown(node)

    def function(self, node: FunctionNode) -> Any:
        """The value a function definition binds, with Airflow's decorators applied."""
        plain = Function(node, tuple(self.scopes), facts=self.facts)
        for decorator in reversed(node.decorator_list):
            found = decorators.decorate(self, plain, decorator)
            if found is None:
                continue
            if not isinstance(found, Function):
                return found
            plain = found
        return plain

    def inline(
        self, function: Function, arguments: list[Any], keywords: dict[str, Any], node: ast.AST
    ) -> Any:
        """Interpret a function's body with known arguments; the value it returns."""
        if self.depth >= DEPTH:
            return self.unknown(node)
        scope = self.parameters(function, arguments, keywords)
        saved, self.scopes = (self.scopes, self.facts), [*function.scopes, scope]
        self.facts = function.facts or self.facts
        self.depth += 1
        left, self.left = self.left, frozenset()
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body)
            if _is_generator(function.node):
                return self.unknown(node)
            self.block(function.node.body)
        except Returned as returned:
            return returned.value
        except Left:
            return self.unknown(node)
        finally:
            self.scopes, self.facts = saved
            self.depth -= 1
            self.left = left
        if self.uncertain or _returns_value(function.node):
            return self.unknown(node)
        return None

    def parameters(self, function: Function, arguments: list[Any], keywords: dict[str, Any]) -> Environment:
        """The scope a call starts with."""
        spec = function.node.args
        positional = [*spec.posonlyargs, *spec.args]
        scope: Environment = {}
        defaults = dict(
            zip(
                [a.arg for a in positional][len(positional) - len(spec.defaults) :],
                spec.defaults,
                strict=True,
            )
        )
        defaults |= {
            a.arg: d for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None
        }
        given = {**function.partial, **keywords}
        unclear = given.pop("**", None)
        for parameter in (*positional, *spec.kwonlyargs):
            name = parameter.arg
            if parameter in positional and positional.index(parameter) < len(arguments):
                scope[name] = arguments[positional.index(parameter)]
            elif name in given:
                scope[name] = given.pop(name)
            elif name in defaults and unclear is None:
                scope[name] = self.value(defaults[name])
            else:
                scope[name] = Unknown(name)
        for name in [a.arg for a in (*positional, *spec.kwonlyargs)]:
            given.pop(name, None)
        if spec.vararg is not None:
            scope[spec.vararg.arg] = tuple(arguments[len(positional) :])
        if spec.kwarg is not None:
            scope[spec.kwarg.arg] = given if unclear is None else Unknown(spec.kwarg.arg)
        return scope


def _is_generator(node: FunctionNode) -> bool:
    return any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in _own_nodes(node))


def _returns_value(node: FunctionNode) -> bool:
    return any(isinstance(inner, ast.Return) and inner.value is not None for inner in _own_nodes(node))


def _own_nodes(node: FunctionNode) -> Iterator[ast.AST]:
    stack: list[ast.AST] = list(node.body)
    while stack:
        inner = stack.pop()
        yield inner
        if not isinstance(inner, FunctionNode | ast.Lambda | ast.ClassDef):
            stack.extend(children(inner))
