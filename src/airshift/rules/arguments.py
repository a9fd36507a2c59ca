"""Which named arguments reach a constructor: written as keywords, or gathered in dictionaries.

A dictionary is followed through the forms DAG files use: displays, `dict(...)`, `{**base, ...}`,
`base | extra`, copies, variables that are later updated key by key, and functions that return one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple, assert_never

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.engine.handed import Handing
from airshift.engine.names import Binding, FunctionNode
from airshift.engine.syntax import walk
from airshift.fix.rewrites import ChangeItem, ChangeKeyword, DropStatement, Needs, ReplaceExpression, Rewrite

_COPIES = frozenset({"copy.copy", "copy.deepcopy"})
_DEPTH = 6


class Keyword(NamedTuple):
    """`call(name=value)`."""

    call: ast.Call
    keyword: ast.keyword


class Item(NamedTuple):
    """`{"name": value}`."""

    display: ast.Dict
    position: int


class Store(NamedTuple):
    """`mapping["name"] = value`."""

    statement: ast.Assign
    key: ast.expr


Spot = Keyword | Item | Store


class Argument(NamedTuple):
    """A named argument, where it is written, and the names that are given together, its own among them."""

    name: str
    value: ast.expr
    spot: Spot
    together: frozenset[str] = frozenset()

    @property
    def beside(self) -> frozenset[str]:
        """The names that travel with it."""
        return self.together - {self.name}

    @property
    def node(self) -> ast.keyword | ast.expr:
        """What to underline."""
        match self.spot:
            case Keyword(keyword=keyword):
                return keyword
            case Item(display, position):
                return display.keys[position] or display.values[position]
            case Store(key=key):
                return key
            case _:
                assert_never(self.spot)

    def renamed(self, name: str, value: str | None = None, imports: tuple[Needs, ...] = ()) -> Rewrite:
        """The rewrite that gives the argument another name, and possibly another value."""
        match self.spot:
            case Keyword(call, keyword):
                return ChangeKeyword(call, keyword, name, value, imports)
            case Item(display, position):
                return ChangeItem(display, position, name, value, imports)
            case Store(key=key):
                return ReplaceExpression(key, f'"{name}"')
            case _:
                assert_never(self.spot)

    def removed(self) -> Rewrite:
        """The rewrite that takes the argument away."""
        match self.spot:
            case Keyword(call, keyword):
                return ChangeKeyword(call, keyword, None)
            case Item(display, position):
                return ChangeItem(display, position, None)
            case Store(statement=statement):
                return DropStatement(statement)
            case _:
                assert_never(self.spot)

    def revalued(self, value: str, imports: tuple[Needs, ...] = ()) -> Rewrite:
        """The rewrite that keeps the name and changes the value."""
        return ReplaceExpression(self.value, value, imports)


class Mappings:
    """The dictionaries of one module, expanded on demand; what was asked once is kept."""

    def __init__(self, facts: ModuleFacts) -> None:
        self.facts = facts
        self._known: dict[int, tuple[Argument, ...]] = {}
        self._unpacked: dict[int, tuple[Argument, ...]] = {}

    def arguments(self, call: ast.Call) -> tuple[Argument, ...]:
        """Every named argument of a call, those of unpacked dictionaries included."""
        found = self._known.get(id(call))
        if found is None:
            found = self._known[id(call)] = _written(call) or _with_neighbours(self._keywords(call, _DEPTH))
        return found

    def names(self, call: ast.Call) -> frozenset[str]:
        """The names of the arguments of a call."""
        written = frozenset([keyword.arg for keyword in call.keywords if keyword.arg is not None])
        if len(written) == len(call.keywords):
            return written
        arguments = self.arguments(call)
        return arguments[0].together if arguments else frozenset()

    def items(self, node: ast.expr) -> tuple[Argument, ...]:
        """Every key that a mapping expression is known to hold."""
        found = self._unpacked.get(id(node))
        if found is None:
            found = self._unpacked[id(node)] = _with_neighbours(self._items(node, _DEPTH))
        return found

    def returned(self, function: FunctionNode) -> tuple[Argument, ...]:
        """Every key of the mappings that a function is known to return."""
        return _with_neighbours(self._returned(function, _DEPTH))

    def _keywords(self, call: ast.Call, depth: int) -> Iterator[Argument]:
        for keyword in call.keywords:
            if keyword.arg is None:
                yield from self._items(keyword.value, depth)
            else:
                yield Argument(keyword.arg, keyword.value, Keyword(call, keyword))

    def _items(self, node: ast.expr, depth: int) -> Iterator[Argument]:
        if depth == 0:
            return
        match node:
            case ast.Dict():
                yield from self._display(node, depth)
            case ast.Name():
                yield from self._variable(node, depth)
            case ast.Call():
                yield from self._call(node, depth)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                yield from self._items(left, depth - 1)
                yield from self._items(right, depth - 1)
            case ast.IfExp(body=body, orelse=orelse):
                yield from self._items(body, depth - 1)
                yield from self._items(orelse, depth - 1)
            case ast.BoolOp(values=values):
                for value in values:
                    yield from self._items(value, depth - 1)

    def _display(self, node: ast.Dict, depth: int) -> Iterator[Argument]:
        for index, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            if key is None:
                yield from self._items(value, depth - 1)
            elif (name := literal_text(key)) is not None:
                yield Argument(name, value, Item(node, index))

    def _call(self, node: ast.Call, depth: int) -> Iterator[Argument]:
        match node.func:
            case ast.Name(id="dict"):
                for positional in node.args:
                    yield from self._items(positional, depth - 1)
                yield from self._keywords(node, depth - 1)
            case ast.Attribute(value=inner, attr="copy") if not node.args:
                yield from self._items(inner, depth - 1)
            case _ if node.args and self.facts.names_of(node.func) & _COPIES:
                yield from self._items(node.args[0], depth - 1)
            case _:
                function = self.facts.function_of(node.func)
                if isinstance(function, FunctionNode):
                    yield from self._returned(function, depth - 1)

    def _returned(self, function: FunctionNode, depth: int) -> Iterator[Argument]:
        for statement in walk(function):
            if isinstance(statement, ast.Return) and statement.value is not None:
                yield from self._items(statement.value, depth)

    def _variable(self, node: ast.Name, depth: int) -> Iterator[Argument]:
        bindings = self.facts.names.bindings_of(node)
        for binding in bindings:
            if binding.value is not None:
                yield from self._items(binding.value, depth - 1)
            yield from self._changes.get(id(binding), ())
            for update in self._updates.get(id(binding), ()):
                for positional in update.args:
                    yield from self._items(positional, depth - 1)
                yield from self._keywords(update, depth - 1)

    @cached_property
    def _changes(self) -> dict[int, list[Argument]]:
        """`name["key"] = value` by `id` of the binding that is changed."""
        found: dict[int, list[Argument]] = {}
        for node in self.facts.nodes if self.facts.names.item_stores else ():
            if node.__class__ is not ast.Assign:
                continue
            match node:
                case ast.Assign(targets=[ast.Subscript(value=ast.Name() as owner, slice=key)], value=value):
                    name = literal_text(key)
                    for binding in self._bindings(owner) if name else ():
                        found.setdefault(id(binding), []).append(
                            Argument(name or "", value, Store(node, key))
                        )
        return found

    @cached_property
    def _updates(self) -> dict[int, list[ast.Call]]:
        """`name.update(...)` calls by `id` of the binding that is changed."""
        found: dict[int, list[ast.Call]] = {}
        for site in self.facts.names.calls:
            match site.node.func:
                case ast.Attribute(value=ast.Name() as owner, attr="update"):
                    for binding in self._bindings(owner):
                        found.setdefault(id(binding), []).append(site.node)
        return found

    def _bindings(self, owner: ast.Name) -> tuple[Binding, ...]:
        return self.facts.names.bindings_of(owner)


def _written(call: ast.Call) -> tuple[Argument, ...]:
    """The keywords of a call; none when it unpacks mappings."""
    keywords = [(keyword.arg, keyword) for keyword in call.keywords if keyword.arg is not None]
    if len(keywords) < len(call.keywords):
        return ()
    names = frozenset([name for name, _ in keywords])
    return tuple([Argument(name, k.value, Keyword(call, k), names) for name, k in keywords])


def _with_neighbours(found: Iterable[Argument]) -> tuple[Argument, ...]:
    unique = {id(argument.value): argument for argument in found}
    names = frozenset([argument.name for argument in unique.values()])
    return tuple([Argument(name, value, spot, names) for name, value, spot, _ in unique.values()])


def mappings(facts: ModuleFacts) -> Mappings:
    """The mappings of a module, made once for all rules."""
    return facts.once(Mappings)


def handed_items(facts: ModuleFacts, handing: Handing) -> Iterator[Argument]:
    """Keys of the mappings of this module that other modules of the estate hand over in this way."""
    for name, entries in facts.handed().items():
        if not any(entry.handing is handing for entry in entries):
            continue
        for binding in facts.names.exported(name):
            if binding.value is not None:
                yield from mappings(facts).items(binding.value)
            elif isinstance(binding.node, FunctionNode):
                yield from mappings(facts).returned(binding.node)
