"""When the code at a place runs: while the file is parsed, or later in a task.

A function called from the top level (directly or through another such function), a `@dag` or
`@task_group` function and the `__init__` of a class that is instantiated there run at parse time. Calls
through containers, `getattr` or another module are not followed.
"""

from __future__ import annotations

import ast
from enum import StrEnum
from functools import cached_property, lru_cache

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import CallSite, FunctionNode, Scope, ScopeKind
from airshift.engine.syntax import walk

_STRUCTURE_DECORATORS = frozenset(
    f"airflow.{module}.{name}"
    for module in ("decorators", "sdk", "decorators.task_group", "models.dag", "sdk.definitions.dag")
    for name in ("dag", "task_group")
)
_TASK_CLASS_SUFFIXES = ("Operator", "Sensor", "SensorAsync", "OperatorAsync", "Hook", "Trigger", "Notifier")


class Moment(StrEnum):
    """When code runs."""

    PARSE = "parse"
    TASK = "task"
    MAIN = "main"
    """Only when the file is started as a script."""


class Places:
    """Answers for the places of one module."""

    def __init__(self, facts: ModuleFacts) -> None:
        self._facts = facts

    def moment(self, scope: Scope, node: ast.AST) -> Moment:
        """When the code at `node`, which stands in `scope`, runs."""
        function = scope.function
        if function is not None:
            return Moment.PARSE if id(function.node) in self._called_at_parse else Moment.TASK
        return Moment.MAIN if self._under_main(node) else Moment.PARSE

    def in_task_class(self, scope: Scope) -> bool:
        """Whether the place belongs to an operator, sensor, hook, trigger or notifier class."""
        current: Scope | None = scope
        while current is not None:
            if current.kind is ScopeKind.CLASS and self._is_task_class(current):
                return True
            current = current.parent
        return False

    def _is_task_class(self, scope: Scope) -> bool:
        module = self._facts.module
        dotted = f"{module}.{scope.qualname}" if module else scope.qualname
        return any(
            name.startswith("airflow.") and name.endswith(_TASK_CLASS_SUFFIXES)
            for name in self._facts.lineage(dotted)
        )

    def is_structure(self, function: FunctionNode) -> bool:
        """Whether a function is decorated with `@dag` or `@task_group`."""
        found = (item.func if isinstance(item, ast.Call) else item for item in function.decorator_list)
        return any(self._facts.names_of(item) & _STRUCTURE_DECORATORS for item in found)

    @cached_property
    def _called_at_parse(self) -> frozenset[int]:
        by_scope: dict[int, list[CallSite]] = {}
        for site in self._facts.names.calls:
            function = site.scope.function
            by_scope.setdefault(id(function.node) if function else 0, []).append(site)
        waiting = [site for site in by_scope.get(0, []) if not self._under_main(site.node)]
        found: set[int] = set()
        for definition in self._facts.functions:
            if isinstance(definition.node, FunctionNode) and self.is_structure(definition.node):
                found.add(id(definition.node))
                waiting += by_scope.get(id(definition.node), [])
        while waiting:
            callee = self._callee(waiting.pop())
            if callee is not None and id(callee) not in found:
                found.add(id(callee))
                waiting += by_scope.get(id(callee), [])
        return frozenset(found)

    def _callee(self, site: CallSite) -> FunctionNode | None:
        for binding in self._facts.names.bindings_of(site.node.func):
            if isinstance(binding.node, ast.ClassDef):
                return _method(binding.node, "__init__")
            if isinstance(binding.node, FunctionNode) and not self._is_task(binding.node):
                return binding.node
        return None

    def _is_task(self, function: FunctionNode) -> bool:
        found = (item.func if isinstance(item, ast.Call) else item for item in function.decorator_list)
        names = frozenset(name for item in found for name in self._facts.names_of(item))
        return any(_is_task_decorator(name) for name in names)

    def _under_main(self, node: ast.AST) -> bool:
        if b"__name__" not in self._facts.source.utf8:
            return False
        current: ast.AST | None = node
        while current is not None:
            parent = self._facts.parents.get(id(current))
            if isinstance(parent, ast.If) and current is not parent.test and _tests_main(parent.test):
                return True
            current = parent
        return False


def _is_task_decorator(name: str) -> bool:
    return name.startswith(("airflow.decorators.", "airflow.sdk.")) and name not in _STRUCTURE_DECORATORS


def _tests_main(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in walk(test))


def _method(node: ast.ClassDef, name: str) -> FunctionNode | None:
    methods = (item for item in node.body if isinstance(item, FunctionNode))
    return next((method for method in methods if method.name == name), None)


@lru_cache(maxsize=1)
def places_of(facts: ModuleFacts) -> Places:
    """The places of a module; the last module's answers are kept for the next rule."""
    return Places(facts)
