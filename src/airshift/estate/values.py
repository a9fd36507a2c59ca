"""Values of the static interpreter that are no plain Python values."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode

Environment = dict[str, Any]


@dataclass(frozen=True)
class Name:
    """An imported or built-in name that stands for itself, e.g. a class."""

    dotted: str


@dataclass(frozen=True, eq=False, repr=False)
class Class(Name):
    """A class of the estate."""

    node: ast.ClassDef
    scopes: tuple[Environment, ...]
    facts: ModuleFacts


@dataclass(frozen=True, eq=False, repr=False)
class Instance:
    """The result of calling something that is not interpreted, e.g. `timedelta(days=1)`."""

    dotted: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    text: str

    @property
    def nodes(self) -> list[Any]:
        """What it was built from: a task's result may hide in it."""
        return [*self.arguments, *self.keywords.values()]


@dataclass(frozen=True, eq=False, repr=False)
class Opaque:
    """Something computed from tasks, e.g. `task.output["x"]`, whose own value is unknown."""

    nodes: tuple[Any, ...]
    text: str


@dataclass(frozen=True, eq=False, repr=False)
class Combined:
    """Assets joined by `|` or `&`."""

    operator: str
    parts: tuple[Any, ...]


@dataclass(eq=False, repr=False)
class Function:
    """A function of the file (or a decorated one), with the variables it closes over."""

    node: FunctionNode | ast.Lambda
    scopes: tuple[Environment, ...]
    decorator: str = ""
    """`dag`, `task`, `task.branch`, `task_group`, `setup`, `teardown`, or empty for a plain function."""
    options: dict[str, Any] = field(default_factory=dict)
    partial: dict[str, Any] = field(default_factory=dict)
    facts: ModuleFacts | None = None
    """The module it is defined in."""

    def changed(self, **changes: Any) -> Function:
        """The same function with another decorator, other options or given arguments."""
        return replace(self, **changes)

    @property
    def name(self) -> str:
        """The function's name."""
        return "<lambda>" if isinstance(self.node, ast.Lambda) else self.node.name


@dataclass(eq=False, repr=False)
class PartialOperator:
    """`Operator.partial(...)`, waiting for `.expand(...)`."""

    dotted: str
    keywords: dict[str, Any]


@dataclass(frozen=True, eq=False, repr=False)
class Method:
    """A bound method that the interpreter implements."""

    call: Callable[[list[Any], dict[str, Any], ast.Call], Any]
