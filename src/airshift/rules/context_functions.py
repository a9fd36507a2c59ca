"""Which functions of a module Airflow calls with the task context, and what their names then hold.

A function counts when the file shows it: it is a `python_callable`, a callback, a `@task`, a method of an
operator, its parameter is annotated `Context`, another file of the estate hands it to Airflow, or a
function that counts passes the context on. Parameters of the same name in other functions do not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import Binding, Definition, FunctionNode
from airshift.engine.syntax import walk
from airshift.records import dataclass
from airshift.rules.dag_bags import is_bagged, is_looped
from airshift.rules.receivers import Callee, Passes, Seed, seeds
from airshift.rules.things import GET_CONNECTION, GET_CONTEXT, OF_ATTRIBUTE, OF_CALL, OF_KEY, Thing

_LEVELS = 4
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class KeyParameter:
    """A parameter that Airflow fills from the context key of the same name."""

    argument: ast.arg
    function: Callee
    default: ast.expr | None
    is_task: bool
    """Whether the function is a `@task`, whose missing arguments already fail while parsing."""


class ContextFunctions:
    """The functions of one module that receive the context."""

    def __init__(self, facts: ModuleFacts) -> None:
        self._facts = facts
        self._things: dict[int, Thing] = {}
        self.key_parameters: list[KeyParameter] = []
        self._seen: dict[int, int] = {}
        self.functions: list[Callee] = []
        self._spread(list(seeds(facts)))

    def _spread(self, wave: list[Seed]) -> None:
        for _ in range(_LEVELS):
            if not wave:
                return
            for seed in wave:
                self._take(seed)
            fresh = [seed.function for seed in wave]
            wave = [found for function in fresh for found in self._passed_on(function)]
            wave = [seed for seed in wave if self._is_new(seed)]

    def _is_new(self, seed: Seed) -> bool:
        return id(seed.function) not in self._seen or seed.passes is Passes.THING

    def _take(self, seed: Seed) -> None:
        if id(seed.function) not in self._seen:
            self._seen[id(seed.function)] = len(self.functions)
            self.functions.append(seed.function)
        arguments = seed.function.args
        match seed.passes:
            case Passes.MAPPING | Passes.THING:
                argument = _positional(arguments, seed.position)
                if argument is not None:
                    self._things.setdefault(id(argument), seed.thing)
            case Passes.KEYWORDS:
                self._take_keywords(seed)

    def _take_keywords(self, seed: Seed) -> None:
        arguments = seed.function.args
        if arguments.kwarg is not None:
            self._things.setdefault(id(arguments.kwarg), Thing.CONTEXT)
        for position, (argument, default) in enumerate(_with_defaults(arguments)):
            if position < seed.position or argument.arg in seed.given:
                continue
            if argument.arg in OF_KEY:
                self._things.setdefault(id(argument), OF_KEY[argument.arg])
            self.key_parameters.append(KeyParameter(argument, seed.function, default, seed.is_task))

    def _passed_on(self, function: Callee) -> Iterator[Seed]:
        for node in walk(function):
            if isinstance(node, ast.Call):
                target = self._local_target(node.func)
                if target is not None and target[0] is not function:
                    yield from self._arguments(node, *target)

    def _local_target(self, callee: ast.expr) -> tuple[Callee, int] | None:
        """The function of this module that is called, and how many parameters are bound already."""
        function = self._facts.function_of(callee)
        if function is not None:
            return function, 0
        if isinstance(callee, ast.Attribute) and isinstance(callee.value, ast.Name):
            method = self.method_of(callee.value, callee.attr)
            return (method, 1) if method is not None else None
        return None

    def method_of(self, owner: ast.Name, name: str) -> FunctionNode | None:
        """The method `self.name` of the class around, when the file defines it."""
        if owner.id not in ("self", "cls"):
            return None
        for binding in self._facts.names.bindings_of(owner):
            definition = self._class_of(binding)
            if definition is not None:
                methods = (s for s in definition.body if isinstance(s, FunctionNode) and s.name == name)
                return next(methods, None)
        return None

    def _class_of(self, binding: Binding) -> ast.ClassDef | None:
        if not isinstance(binding.node, ast.arg):
            return None
        owner = self.owner_of_argument.get(id(binding.node))
        outer = owner.outer.node if owner is not None else None
        return outer if isinstance(outer, ast.ClassDef) else None

    @cached_property
    def owner_of_argument(self) -> dict[int, Definition]:
        """The function definition by `id` of its first parameter."""
        found: dict[int, Definition] = {}
        for definition in self._facts.functions:
            if not isinstance(definition.node, ast.ClassDef):
                first = _positional(definition.node.args, 0)
                if first is not None:
                    found[id(first)] = definition
        return found

    def _arguments(self, call: ast.Call, function: Callee, bound: int) -> Iterator[Seed]:
        for position, value in enumerate(call.args, bound):
            thing = None if isinstance(value, ast.Starred) else self.thing_of(value)
            if thing is not None:
                yield Seed(function, Passes.THING, position, thing=thing)
        names = [argument.arg for argument, _ in _with_defaults(function.args)]
        given = frozenset(keyword.arg for keyword in call.keywords if keyword.arg is not None)
        for keyword in call.keywords:
            thing = self.thing_of(keyword.value)
            if thing is None:
                continue
            if keyword.arg in names:
                yield Seed(function, Passes.THING, names.index(keyword.arg), thing=thing)
            elif keyword.arg is None and thing is Thing.CONTEXT:
                yield Seed(function, Passes.KEYWORDS, bound + len(call.args), given)

    def thing_of(self, node: ast.expr, depth: int = _DEPTH) -> Thing | None:
        """What an expression certainly holds, or None."""
        if depth == 0:
            return None
        match node:
            case ast.Name():
                return self._named(node, depth)
            case ast.Subscript() | ast.Call() if b"DagBag" in self._facts.source.utf8 and is_bagged(
                self._facts, node
            ):
                return Thing.BAGGED
            case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
                return OF_KEY.get(key) if self.thing_of(value, depth - 1) is Thing.CONTEXT else None
            case ast.Attribute(value=value, attr=attr):
                owner = self.thing_of(value, depth - 1)
                return OF_ATTRIBUTE.get((owner, attr)) if owner is not None else None
            case ast.Call():
                return self._called(node, depth)
            case ast.BoolOp(values=[first, *_]):
                return self.thing_of(first, depth - 1)
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self.thing_of(value, depth - 1)
            case ast.IfExp(body=body, orelse=orelse):
                return self.thing_of(body, depth - 1) or self.thing_of(orelse, depth - 1)
            case ast.Dict(keys=[None], values=[value]):
                return self.thing_of(value, depth - 1)
        return None

    def _named(self, node: ast.Name, depth: int) -> Thing | None:
        found: set[Thing | None] = set()
        for binding in self._facts.names.bindings_of(node):
            found.add(self._bound(binding, depth))
        found.discard(None)
        return found.pop() if len(found) == 1 else None

    def _bound(self, binding: Binding, depth: int) -> Thing | None:
        if isinstance(binding.node, ast.arg):
            thing = self._things.get(id(binding.node))
            if thing is None and binding.name == "self" and self._in_operator(binding):
                return Thing.SELF
            return thing
        if binding.value is not None:
            return self.thing_of(binding.value, depth - 1)
        if b"DagBag" in self._facts.source.utf8 and is_looped(self._facts, binding):
            return Thing.BAGGED
        return self._unpacked(binding, depth) if isinstance(binding.node, ast.Name) else None

    def _unpacked(self, binding: Binding, depth: int) -> Thing | None:
        """`ti, run = context["ti"], context["dag_run"]`."""
        assert isinstance(binding.node, ast.Name)
        display = self._facts.parents.get(id(binding.node))
        statement = (
            self._facts.parents.get(id(display)) if isinstance(display, ast.Tuple | ast.List) else None
        )
        if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Tuple | ast.List):
            return None
        assert isinstance(display, ast.Tuple | ast.List)
        values = statement.value.elts
        if len(values) != len(display.elts) or any(isinstance(item, ast.Starred) for item in values):
            return None
        position = next(index for index, item in enumerate(display.elts) if item is binding.node)
        return self.thing_of(values[position], depth - 1)

    def _in_operator(self, binding: Binding) -> bool:
        definition = self._class_of(binding)
        return definition is not None and id(definition) in self.operator_classes

    @cached_property
    def operator_classes(self) -> dict[int, tuple[str, ...]]:
        """Lineage of every operator or sensor class of the module, by `id` of its definition."""
        found: dict[int, tuple[str, ...]] = {}
        for definition in self._facts.classes:
            dotted = f"{self._facts.module}.{definition.scope.qualname}".lstrip(".")
            if self._facts.is_operator(dotted):
                found[id(definition.node)] = self._facts.lineage(dotted)
        return found

    def _called(self, node: ast.Call, depth: int) -> Thing | None:
        names = self._facts.names_of(node.func)
        if names & GET_CONTEXT:
            return Thing.CONTEXT
        if names & GET_CONNECTION:
            return Thing.CONNECTION
        if isinstance(node.func, ast.Name) and node.func.id == "dict" and len(node.args) == 1:
            return self.thing_of(node.args[0], depth - 1)
        if not isinstance(node.func, ast.Attribute):
            return Thing.DAG if names & _DAGS else None
        owner = self.thing_of(node.func.value, depth - 1)
        if owner is Thing.CONTEXT and node.func.attr in ("get", "pop") and node.args:
            key = node.args[0]
            return (
                OF_KEY.get(key.value)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
                else None
            )
        if owner is not None:
            return OF_CALL.get((owner, node.func.attr))
        return Thing.DAG if names & _DAGS else None


_DAGS = frozenset({"airflow.DAG", "airflow.models.DAG", "airflow.models.dag.DAG", "airflow.sdk.DAG"})


def _positional(arguments: ast.arguments, position: int) -> ast.arg | None:
    every = [argument for argument, _ in _with_defaults(arguments)]
    return every[position] if position < len(every) else None


def _with_defaults(arguments: ast.arguments) -> list[tuple[ast.arg, ast.expr | None]]:
    plain = [*arguments.posonlyargs, *arguments.args]
    missing: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    found = list(zip(plain, [*missing, *arguments.defaults], strict=True))
    return [*found, *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]


def context_functions(facts: ModuleFacts) -> ContextFunctions:
    """The context functions of a module, found once for all rules."""
    return facts.once(ContextFunctions)
