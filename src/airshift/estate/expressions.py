"""Expressions of a DAG file: literals, names, operators, comprehensions."""

from __future__ import annotations

import ast
from typing import Any

from airshift.estate import attributes, builtin_calls
from airshift.estate.builder import connect, nodes_in
from airshift.estate.model import Unknown
from airshift.estate.places import FileName, Located, continued, divided, ended, located
from airshift.estate.state import OutOfSteps, State, Uncertain
from airshift.estate.values import (
    Combined,
    Function,
    Instance,
    Name,
    Opaque,
)


class Expressions(State):
    """Evaluates expressions; what cannot be known is `Unknown`."""

    def value(self, node: ast.expr) -> Any:
        """Evaluate an expression."""
        self.steps += 1
        if self.steps > self.limit:
            raise OutOfSteps
        handler = getattr(self, f"eval_{type(node).__name__.lower()}", None)
        return handler(node) if handler is not None else self.unknown(node)

    def eval_constant(self, node: ast.Constant) -> Any:
        return node.value

    def eval_name(self, node: ast.Name) -> Any:
        for scope in reversed(self.scopes):
            if node.id in scope:
                return scope[node.id]
        dotted = self.facts.name_of(node)
        if dotted is not None:
            return self.named(dotted)
        possible = sorted(self.facts.names_of(node))
        if possible:
            return Name(possible[0])
        if builtin_calls.is_builtin(node.id):
            return Name(f"builtins.{node.id}")
        return self.unknown(node)

    def eval_attribute(self, node: ast.Attribute) -> Any:
        head: ast.expr = node
        while isinstance(head, ast.Attribute):
            head = head.value
        if isinstance(head, ast.Name) and not any(head.id in scope for scope in self.scopes):
            dotted = self.facts.name_of(node) if node.attr != "partial" else None
            if dotted is not None and not attributes.is_constant(dotted):
                return self.named(dotted)
        owner = self.value(node.value)
        return attributes.attribute(self, owner, node)

    def place(self, value: Any) -> Any:
        """`__file__` within a longer text is a place whose beginning nobody knows."""
        return located(self, value) if isinstance(value, FileName) else value

    def eval_joinedstr(self, node: ast.JoinedStr) -> Any:
        parts: list[str] = []
        start: Located | Unknown | None = None
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(str(part.value))
                continue
            assert isinstance(part, ast.FormattedValue)
            value = self.value(part.value)
            value = self.place(value)
            if isinstance(value, Located | Unknown) and part is node.values[0]:
                start = value
                continue
            spec = self.value(part.format_spec) if part.format_spec is not None else ""
            if not isinstance(value, str | int | float) or not isinstance(spec, str):
                return self.unknown(node)
            try:
                parts.append(format(repr(value) if part.conversion == ord("r") else value, spec))
            except ValueError:
                return self.unknown(node)
        text = "".join(parts)
        if isinstance(start, Unknown):
            return (ended(start, text) if text.startswith("/") else None) or self.unknown(node)
        return continued(start, text, self.unknown(node)) if start is not None else text

    def eval_list(self, node: ast.List) -> Any:
        return self.elements(node.elts, node)

    def eval_tuple(self, node: ast.Tuple) -> Any:
        found = self.elements(node.elts, node)
        return tuple(found) if isinstance(found, list) else found

    def eval_set(self, node: ast.Set) -> Any:
        found = self.elements(node.elts, node)
        return tuple(found) if isinstance(found, list) else found

    def elements(self, nodes: list[ast.expr], whole: ast.expr) -> list[Any] | Unknown:
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                inner = builtin_calls.iterate(self.value(node.value))
                if inner is None:
                    return self.unknown(whole)
                found += inner
            else:
                found.append(self.value(node))
        return found

    def eval_dict(self, node: ast.Dict) -> Any:
        found: dict[Any, Any] = {}
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            value = self.value(value_node)
            if key_node is None:
                if isinstance(value, dict):
                    found.update(value)
                else:
                    found[Unknown(self.text(value_node))] = value
                continue
            key = self.value(key_node)
            found[
                key
                if isinstance(key, str | int | float | bool) or key is None
                else Unknown(self.text(key_node))
            ] = value
        return found

    def eval_subscript(self, node: ast.Subscript) -> Any:
        owner, key = self.value(node.value), self.value(node.slice)
        if isinstance(owner, dict) and isinstance(key, str | int | float | bool):
            return owner.get(key, self.unknown(node))
        if isinstance(owner, list | tuple | str) and isinstance(key, int) and -len(owner) <= key < len(owner):
            return owner[key]
        if isinstance(owner, list | tuple | str) and isinstance(key, slice):
            return owner[key]
        if isinstance(owner, Name) and owner.dotted == "os.environ" and isinstance(key, str):
            return (self.files.variables or {}).get(key, self.unknown(node))
        inside = list(nodes_in(owner))
        return Opaque(tuple(inside), self.text(node)) if inside else self.unknown(node)

    def eval_slice(self, node: ast.Slice) -> Any:
        parts = [
            self.value(part) if part is not None else None for part in (node.lower, node.upper, node.step)
        ]
        if all(part is None or isinstance(part, int) for part in parts):
            return slice(*parts)
        return self.unknown(node)

    def eval_binop(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.RShift | ast.LShift):
            return self.shift(left, right, node)
        if isinstance(node.op, ast.BitOr | ast.BitAnd) and isinstance(left, Instance | Combined):
            return Combined("|" if isinstance(node.op, ast.BitOr) else "&", (left, right))
        left, right = self.place(left), self.place(right)
        if isinstance(left, Located) and isinstance(node.op, ast.Div | ast.Add):
            join = divided if isinstance(node.op, ast.Div) else continued
            return join(left, right, self.unknown(node))
        if isinstance(left, Unknown) and isinstance(node.op, ast.Div | ast.Add):
            return ended(left, right) or self.unknown(node)
        found = builtin_calls.binary(node.op, left, right)
        if found is NotImplemented:
            inside = [*nodes_in(left), *nodes_in(right)]
            if inside:
                return Opaque(tuple(inside), self.text(node))
            return (
                Instance("", (left, right), {}, self.text(node))
                if _is_instance(left, right)
                else self.unknown(node)
            )
        return found

    def shift(self, left: Any, right: Any, node: ast.BinOp) -> Any:
        forward = isinstance(node.op, ast.RShift)
        if isinstance(left, int) and isinstance(right, int):
            return left >> right if forward else left << right
        left, right = _as_nodes(left), _as_nodes(right)
        dag = next((task.dag for task in (*nodes_in(left), *nodes_in(right))), self.dag)
        doubtful = self.is_doubtful(dag)
        if doubtful or not (connect(left, right) if forward else connect(right, left)):
            self.doubt(f"edge at line {node.lineno}: {self.text(node)}", edges=True, dag=dag)
        return right

    def eval_boolop(self, node: ast.BoolOp) -> Any:
        value: Any = None
        for operand in node.values:
            value = self.value(operand)
            truth = self.truth(value)
            if truth is None:
                return self.unknown(node)
            if truth is isinstance(node.op, ast.Or):
                return value
        return value

    def eval_unaryop(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            truth = self.truth(value)
            return self.unknown(node) if truth is None else not truth
        if isinstance(node.op, ast.USub) and isinstance(value, int | float):
            return -value
        return self.unknown(node)

    def eval_compare(self, node: ast.Compare) -> Any:
        left = self.value(node.left)
        for operator, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node)
            found = builtin_calls.compare(operator, left, right)
            if found is None:
                return self.unknown(node)
            if not found:
                return False
            left = right
        return True

    def eval_ifexp(self, node: ast.IfExp) -> Any:
        truth = self.truth(self.value(node.test))
        if truth is None:
            return self.unknown(node)
        return self.value(node.body if truth else node.orelse)

    def eval_namedexpr(self, node: ast.NamedExpr) -> Any:
        value = self.value(node.value)
        self.bind(node.target, value)
        return value

    def eval_lambda(self, node: ast.Lambda) -> Any:
        return Function(node, tuple(self.scopes), facts=self.facts)

    def eval_starred(self, node: ast.Starred) -> Any:
        return self.value(node.value)

    def eval_await(self, node: ast.Await) -> Any:
        return self.value(node.value)

    def eval_listcomp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Any:
        self.scopes.append({})
        try:
            found: list[Any] = []
            if not self.generate(node.generators, lambda: found.append(self.value(node.elt))):
                with Uncertain(self):
                    self.value(node.elt)
                return self.unknown(node)
            return found
        finally:
            self.scopes.pop()

    eval_setcomp = eval_listcomp

    eval_generatorexp = eval_listcomp

    def eval_dictcomp(self, node: ast.DictComp) -> Any:
        self.scopes.append({})
        try:
            found: dict[Any, Any] = {}

            def take() -> None:
                key = self.value(node.key)
                found[key if isinstance(key, str | int) else Unknown(self.text(node.key))] = self.value(
                    node.value
                )

            return found if self.generate(node.generators, take) else self.unknown(node)
        finally:
            self.scopes.pop()

    def generate(self, generators: list[ast.comprehension], take: Any) -> bool:
        """Run `take` for each combination of a comprehension's loops; False if one is unknown."""
        if not generators:
            take()
            return True
        first, rest = generators[0], generators[1:]
        items = builtin_calls.iterate(self.value(first.iter))
        if items is None:
            self.bind(first.target, Unknown(self.text(first.target)))
            return False
        for item in items:
            self.bind(first.target, item)
            tests = [self.truth(self.value(test)) for test in first.ifs]
            if None in tests:
                return False
            if all(tests) and not self.generate(rest, take):
                return False
        return True


def _as_nodes(value: Any) -> Any:
    """What an edge to a computed value really connects: the tasks it was computed from."""
    if isinstance(value, Opaque):
        return list(dict.fromkeys(nodes_in(value)))
    if isinstance(value, list | tuple):
        return [_as_nodes(item) for item in value]
    return value


def _is_instance(*values: Any) -> bool:
    return any(isinstance(value, Instance) for value in values)
