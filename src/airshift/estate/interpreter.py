"""Read a DAG file by interpreting it symbolically: literals, loops over known lists, factories, TaskFlow.

Nothing of the file runs. What cannot be known (environment, files, network, unknown calls) is `Unknown`,
and whatever depends on it is reported as unknown rather than guessed. Work is bounded by `STEPS`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode
from airshift.estate import airflow_calls, builtin_calls, data_files
from airshift.estate.builder import DagBuilder, GroupNode, LabelNode, TaskNode, connect, nodes_in
from airshift.estate.constructors import constructed, is_super_init
from airshift.estate.data_files import FileName, Files, Located, continued, divided, ended
from airshift.estate.fixtures import Fixtures
from airshift.estate.model import Unknown
from airshift.estate.values import (
    Class,
    Combined,
    Environment,
    Function,
    Instance,
    Method,
    Name,
    Opaque,
    PartialOperator,
)

STEPS = 200_000
DEPTH = 12


class OutOfSteps(Exception):  # noqa: N818
    """The file's own loops take more work than we are willing to spend."""


class _Return(Exception):  # noqa: N818
    def __init__(self, value: Any) -> None:
        self.value = value


class _Leave(Exception):  # noqa: N818
    """`break`, `continue` or `raise`: leave the current block."""

    def __init__(self, how: type[ast.stmt]) -> None:
        self.how = how


class Interpreter:
    """Interprets one module and collects its DAGs."""

    Stopped = (OutOfSteps, RecursionError)
    """What ends an interpretation early."""

    def __init__(
        self, facts: ModuleFacts, modules: Modules | None = None, files: Files | None = None
    ) -> None:
        self.facts = facts
        self.path = facts.path
        self.modules = modules
        self.files = files or (modules.files if modules is not None else Files())
        name, file = PurePosixPath(facts.path).stem, FileName(f"/{facts.path}")
        self.module: Environment = {"__name__": name, "__file__": file}
        self.scopes: list[Environment] = [self.module]
        self.dags: list[DagBuilder] = []
        self.dag_stack: list[DagBuilder] = []
        self.group_stack: list[GroupNode] = []
        self.fixtures = Fixtures()
        self.steps = 0
        self.limit = STEPS
        self.depth = 0
        self.left: frozenset[type[ast.stmt]] = frozenset()
        """`return`, `break` and `continue` that may have been reached."""
        self.uncertain = 0
        """Greater than zero inside code that may or may not run, or runs an unknown number of times."""
        self.handed_on: tuple[list[Any], dict[str, Any]] | None = None
        """The arguments of the first `super().__init__(...)` that was reached."""

    def apart(self, facts: ModuleFacts, scopes: tuple[Environment, ...]) -> Interpreter:
        """An interpreter for code of the estate outside of any DAG."""
        inner = Interpreter(facts, self.modules, self.files)
        inner.scopes = list(scopes)
        return inner

    def run(self) -> list[DagBuilder]:
        """Interpret the module's top level."""
        with suppress(_Leave, _Return):
            self.block(self.facts.tree.body)
        return self.dags

    # Statements

    def block(self, body: list[ast.stmt]) -> None:
        """Interpret statements in order; those after a `return` that may have happened are uncertain."""
        for number, statement in enumerate(body):
            if self.left:
                with _Uncertain(self):
                    for late in body[number:]:
                        self.statement(late)
                return
            self.statement(statement)

    def statement(self, statement: ast.stmt) -> None:
        """Interpret one statement."""
        self.steps += 1
        if self.steps > self.limit:
            raise OutOfSteps
        handler = getattr(self, f"do_{type(statement).__name__.lower()}", None)
        if handler is not None:
            handler(statement)

    def do_expr(self, node: ast.Expr) -> None:
        self.value(node.value)

    def do_assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            self.bind(target, value)

    def do_annassign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.bind(node.target, self.value(node.value))

    def do_augassign(self, node: ast.AugAssign) -> None:
        combined = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
        self.bind(node.target, self.value(combined))

    def do_functiondef(self, node: FunctionNode) -> None:
        self.scopes[-1][node.name] = self.function(node)

    do_asyncfunctiondef = do_functiondef

    def do_classdef(self, node: ast.ClassDef) -> None:
        definition = self.facts.definition_of.get(id(node))
        prefix = f"{self.facts.module}." if self.facts.module else ""
        dotted = prefix + (definition.scope.qualname if definition else node.name)
        self.scopes[-1][node.name] = Class(dotted, node, tuple(self.scopes), self.facts)

    def do_return(self, node: ast.Return) -> None:
        value = self.value(node.value) if node.value is not None else None
        if self.uncertain_here:
            self.left |= {ast.Return}
            return
        raise _Return(value)

    def do_raise(self, node: ast.Raise) -> None:
        if not self.uncertain_here:
            raise _Leave(ast.Raise)

    def do_break(self, node: ast.Break) -> None:
        if not self.uncertain_here:
            raise _Leave(ast.Break)
        self.left |= {ast.Break}

    def do_continue(self, node: ast.Continue) -> None:
        if not self.uncertain_here:
            raise _Leave(ast.Continue)
        self.left |= {ast.Continue}

    @property
    def uncertain_here(self) -> bool:
        """Whether the current statement may not run."""
        return self.uncertain > 0

    def do_if(self, node: ast.If) -> None:
        test = self.truth(self.value(node.test))
        if test is None:
            with _Uncertain(self):
                self.block(node.body)
                self.block(node.orelse)
            return
        self.block(node.body if test else node.orelse)

    def do_try(self, node: ast.Try) -> None:
        try:
            self.block(node.body)
        except _Leave as left:
            if left.how is not ast.Raise:
                raise
        self.block(node.orelse)
        self.block(node.finalbody)

    do_trystar = do_try

    def do_for(self, node: ast.For) -> None:
        before = self.left
        try:
            self.loop(node)
        finally:
            self.left = before | self.left & {ast.Return}

    def loop(self, node: ast.For) -> None:
        """Interpret a `for` statement."""
        items = builtin_calls.iterate(self.value(node.iter))
        if items is None:
            self.bind(node.target, Unknown(self.text(node.target)))
            with _Uncertain(self), suppress(_Leave):
                self.block(node.body)
            return
        before = self.left
        for item in items:
            self.left = before | self.left - {ast.Continue}
            self.bind(node.target, item)
            try:
                self.block(node.body)
            except _Leave as left:
                if left.how is ast.Break:
                    return
                if left.how is not ast.Continue:
                    raise
        self.block(node.orelse)

    do_asyncfor = do_for

    def do_while(self, node: ast.While) -> None:
        if self.truth(self.value(node.test)) is False:
            return
        self.forget(node.body)
        before = self.left
        with _Uncertain(self), suppress(_Leave):
            self.block(node.body)
        self.left = before | self.left & {ast.Return}

    def do_match(self, node: ast.Match) -> None:
        with _Uncertain(self):
            for case in node.cases:
                self.block(case.body)

    def do_with(self, node: ast.With) -> None:
        opened = []
        try:
            for item in node.items:
                value = self.value(item.context_expr)
                is_fixture = self.enter(value)
                opened.append(self.fixtures if is_fixture else value)
                if item.optional_vars is not None:
                    self.bind(item.optional_vars, opened[-1])
            self.block(node.body)
        finally:
            for value in reversed(opened):
                self.leave(value)

    do_asyncwith = do_with

    def enter(self, value: Any) -> bool:
        """Enter a context manager; whether it is one of setup or teardown tasks."""
        if isinstance(value, DagBuilder):
            self.dag_stack.append(value)
        elif isinstance(value, GroupNode):
            self.group_stack.append(value)
        elif (tasks := list(dict.fromkeys(nodes_in(value)))) and self.fixtures.enter(tasks):
            return True
        elif tasks:
            self.doubt("edges inside a setup/teardown context", edges=True)
        return False

    def leave(self, value: Any) -> None:
        """Leave a context manager."""
        if isinstance(value, DagBuilder):
            self.dag_stack.pop()
        elif isinstance(value, GroupNode):
            self.group_stack.pop()
        elif isinstance(value, Fixtures):
            value.leave()

    def do_delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.scopes[-1].pop(target.id, None)

    def do_import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.scopes[-1].pop(alias.asname or alias.name.partition(".")[0], None)

    def do_importfrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self.scopes[-1].pop(alias.asname or alias.name, None)

    def forget(self, body: list[ast.stmt]) -> None:
        """Names assigned in a body that runs an unknown number of times are unknown."""
        for statement in body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    self.scopes[-1][node.id] = Unknown(node.id)

    def bind(self, target: ast.expr, value: Any) -> None:
        """Assign a value to a target; in uncertain code a name that had another value becomes unknown."""
        if isinstance(target, ast.Name):
            scope = self.scopes[-1]
            if self.uncertain and target.id in scope and scope[target.id] is not value:
                keep = isinstance(value, TaskNode | DagBuilder | GroupNode | Function)
                value = value if keep else Unknown(target.id)
            scope[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            self.unpack(target.elts, value)
        elif isinstance(target, ast.Subscript):
            self.store_item(target, value)
        elif isinstance(target, ast.Attribute):
            self.store_attribute(target, value)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, value)

    def store_item(self, target: ast.Subscript, value: Any) -> None:
        container, key = self.value(target.value), self.value(target.slice)
        if isinstance(container, dict) and isinstance(key, str | int):
            container[key] = Unknown(self.text(target)) if self.uncertain else value
        elif isinstance(container, list) and isinstance(key, int) and -len(container) <= key < len(container):
            container[key] = value

    def store_attribute(self, target: ast.Attribute, value: Any) -> None:
        owner = self.value(target.value)
        if isinstance(owner, TaskNode) and target.attr == "dag" and isinstance(value, DagBuilder):
            owner.join(value)
        elif isinstance(owner, TaskNode | DagBuilder):
            owner.arguments[target.attr] = value

    def unpack(self, targets: list[ast.expr], value: Any) -> None:
        if isinstance(value, list | tuple) and len(value) == len(targets):
            for target, item in zip(targets, value, strict=True):
                self.bind(target, item)
            return
        for target in targets:
            self.bind(target, Unknown(self.text(target)))

    # Expressions

    def text(self, node: ast.AST) -> str:
        """Source text of a node, shortened."""
        if isinstance(node, ast.expr | ast.stmt) and hasattr(node, "lineno"):
            with suppress(IndexError):
                return " ".join(self.facts.source.segment(node).split())[:120]
        return ast.unparse(node)[:120]

    def unknown(self, node: ast.AST) -> Unknown:
        """The value of an expression that only running the code would tell."""
        return Unknown(self.text(node))

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
            if dotted is not None and not airflow_calls.is_constant(dotted):
                return self.named(dotted)
        owner = self.value(node.value)
        return airflow_calls.attribute(self, owner, node)

    def named(self, dotted: str) -> Any:
        """What a dotted name stands for: a value of another module of the estate, or just itself."""
        found = self.foreign(dotted)
        if isinstance(found, Class):
            return found
        return Name(dotted) if found is None or isinstance(found, Name | Unknown | Function) else found

    def foreign(self, dotted: str) -> Any:
        """A module-level value of another module of the estate; None when there is none."""
        if self.modules is None or dotted.startswith(("airflow.", "builtins.")):
            return None
        return self.modules.value(dotted, self.facts)

    def eval_joinedstr(self, node: ast.JoinedStr) -> Any:
        parts: list[str] = []
        start: Located | Unknown | None = None
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(str(part.value))
                continue
            assert isinstance(part, ast.FormattedValue)
            value = self.value(part.value)
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
                with _Uncertain(self):
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

    def truth(self, value: Any) -> bool | None:
        """Whether a value is true; None when that is unknown."""
        if isinstance(value, Unknown | Opaque | Instance | Name):
            return None
        if isinstance(value, TaskNode | DagBuilder | GroupNode | LabelNode | Function):
            return True
        if isinstance(value, list | tuple | dict | set | str | int | float | bool | bytes) or value is None:
            return bool(value)
        return None

    # Calls

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
            found = airflow_calls.decorate(self, plain, decorator)
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
        except _Return as returned:
            return returned.value
        except _Leave:
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

    # What is noted about DAGs

    @property
    def dag(self) -> DagBuilder | None:
        """The DAG whose context is open."""
        return self.dag_stack[-1] if self.dag_stack else None

    def is_doubtful(self, dag: DagBuilder | None) -> bool:
        """Whether what happens to a DAG here stands under more conditions than the DAG itself."""
        return self.uncertain > (dag.certainty if dag is not None else 0)

    def doubt(self, what: str, *, edges: bool = False, dag: DagBuilder | None = None) -> None:
        """Note on the current DAG that something is not known."""
        dag = dag or self.dag
        if dag is not None:
            dag.doubt(what)
            dag.edges_unknown = dag.edges_unknown or edges


class Modules:
    """Values of the estate's other modules: each is interpreted once, and copied for each who asks."""

    KEPT = 64

    def __init__(self, load: Callable[[str], ModuleFacts | None], files: Files | None = None) -> None:
        self._load = load
        self.files = files or Files()
        self._kept: dict[str, Environment] = {}
        self._running: set[str] = set()

    def value(self, dotted: str, importer: ModuleFacts) -> Any:
        """The module-level value that a canonical dotted name stands for; None when unknown."""
        module, _, name = dotted.rpartition(".")
        summary = importer.project.find(module, importer.path)
        if summary is None or summary.path == importer.path:
            return None
        return _copied(self._environment(summary.path).get(name))

    def _environment(self, path: str) -> Environment:
        if path in self._running:
            return {}
        if path not in self._kept:
            self._kept[path] = self._interpret(path)
            while len(self._kept) > self.KEPT:
                del self._kept[next(iter(self._kept))]
        return self._kept[path]

    def _interpret(self, path: str) -> Environment:
        facts = self._load(path)
        if facts is None:
            return {}
        self._running.add(path)
        interpreter = Interpreter(facts, self)
        try:
            with suppress(OutOfSteps, RecursionError):
                interpreter.run()
        finally:
            self._running.discard(path)
        return interpreter.module


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value


class _Uncertain:
    """Marks code that may or may not run; tasks and edges made inside are doubted."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter

    def __enter__(self) -> None:
        self.interpreter.uncertain += 1

    def __exit__(self, *_: object) -> None:
        self.interpreter.uncertain -= 1


def _as_nodes(value: Any) -> Any:
    """What an edge to a computed value really connects: the tasks it was computed from."""
    if isinstance(value, Opaque):
        return list(dict.fromkeys(nodes_in(value)))
    if isinstance(value, list | tuple):
        return [_as_nodes(item) for item in value]
    return value


def _is_instance(*values: Any) -> bool:
    return any(isinstance(value, Instance) for value in values)


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
            stack.extend(ast.iter_child_nodes(inner))
