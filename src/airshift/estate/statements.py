"""Statements of a DAG file: assignments, branches, loops, contexts, definitions."""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import Any

from airshift.engine.names import FunctionNode
from airshift.engine.syntax import walk
from airshift.estate import builtin_calls
from airshift.estate.builder import DagBuilder, GroupNode, TaskNode, nodes_in
from airshift.estate.fixtures import Fixtures
from airshift.estate.model import Unknown
from airshift.estate.state import Left, OutOfSteps, Returned, State, Uncertain
from airshift.estate.values import (
    Class,
    Function,
)


class Statements(State):
    """Interprets statements; code that may not run makes what it touches uncertain."""

    def block(self, body: list[ast.stmt]) -> None:
        """Interpret statements in order; those after a `return` that may have happened are uncertain."""
        for number, statement in enumerate(body):
            if self.left:
                with Uncertain(self):
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
        raise Returned(value)

    def do_raise(self, node: ast.Raise) -> None:
        if not self.uncertain_here:
            raise Left(ast.Raise)

    def do_break(self, node: ast.Break) -> None:
        if not self.uncertain_here:
            raise Left(ast.Break)
        self.left |= {ast.Break}

    def do_continue(self, node: ast.Continue) -> None:
        if not self.uncertain_here:
            raise Left(ast.Continue)
        self.left |= {ast.Continue}

    def do_if(self, node: ast.If) -> None:
        test = self.truth(self.value(node.test))
        if test is None:
            with Uncertain(self):
                self.block(node.body)
                self.block(node.orelse)
            return
        self.block(node.body if test else node.orelse)

    def do_try(self, node: ast.Try) -> None:
        try:
            self.block(node.body)
        except Left as left:
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
            with Uncertain(self), suppress(Left):
                self.block(node.body)
            return
        before = self.left
        for item in items:
            self.left = before | self.left - {ast.Continue}
            self.bind(node.target, item)
            try:
                self.block(node.body)
            except Left as left:
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
        with Uncertain(self), suppress(Left):
            self.block(node.body)
        self.left = before | self.left & {ast.Return}

    def do_match(self, node: ast.Match) -> None:
        with Uncertain(self):
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
            for node in walk(statement):
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
