"""What the interpreter of DAG files knows while it reads one, and what its parts ask of each other."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import FunctionNode
from airshift.estate.builder import DagBuilder, GroupNode, LabelNode, TaskNode
from airshift.estate.fixtures import Fixtures
from airshift.estate.model import Unknown
from airshift.estate.places import FileName, Files
from airshift.estate.values import (
    Class,
    Environment,
    Function,
    Instance,
    Name,
    Opaque,
)
from airshift.redact import redact_source

if TYPE_CHECKING:
    from airshift.estate.modules import Modules

STEPS = 200_000
DEPTH = 12


class OutOfSteps(Exception):  # noqa: N818
    """The file's own loops take more work than we are willing to spend."""


class Returned(Exception):  # noqa: N818
    def __init__(self, value: Any) -> None:
        self.value = value


class Left(Exception):  # noqa: N818
    """`break`, `continue` or `raise`: leave the current block."""

    def __init__(self, how: type[ast.stmt]) -> None:
        self.how = how


class State(ABC):
    """The state of one interpretation; statements, expressions and calls are parts of their own."""

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

    @abstractmethod
    def apart(self, facts: ModuleFacts, scopes: tuple[Environment, ...]) -> State:
        """An interpreter for code of the estate outside of any DAG."""

    @abstractmethod
    def block(self, body: list[ast.stmt]) -> None:
        """Interpret statements in order."""

    @abstractmethod
    def bind(self, target: ast.expr, value: Any) -> None:
        """Assign a value to a target."""

    @abstractmethod
    def enter(self, value: Any) -> bool:
        """Enter a context manager; whether it is one of setup or teardown tasks."""

    @abstractmethod
    def leave(self, value: Any) -> None:
        """Leave a context manager."""

    @abstractmethod
    def value(self, node: ast.expr) -> Any:
        """Evaluate an expression."""

    @abstractmethod
    def call(self, callee: Any, arguments: list[Any], keywords: dict[str, Any], node: ast.Call) -> Any:
        """Call a value."""

    @abstractmethod
    def function(self, node: FunctionNode) -> Any:
        """The value a function definition binds, with Airflow's decorators applied."""

    @abstractmethod
    def inline(
        self, function: Function, arguments: list[Any], keywords: dict[str, Any], node: ast.AST
    ) -> Any:
        """Interpret a function's body with known arguments; the value it returns."""

    @property
    def uncertain_here(self) -> bool:
        """Whether the current statement may not run."""
        return self.uncertain > 0

    def text(self, node: ast.AST) -> str:
        """Source text of a node, shortened and without secrets: it is shown."""
        if isinstance(node, ast.expr | ast.stmt) and hasattr(node, "lineno"):
            with suppress(IndexError):
                return redact_source(" ".join(self.facts.source.segment(node).split()), is_code=True)[:120]
        return redact_source(ast.unparse(node), is_code=True)[:120]

    def unknown(self, node: ast.AST) -> Unknown:
        """The value of an expression that only running the code would tell."""
        return Unknown(self.text(node))

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

    def truth(self, value: Any) -> bool | None:
        """Whether a value is true; None when that is unknown."""
        if isinstance(value, Unknown | Opaque | Instance | Name):
            return None
        if isinstance(value, TaskNode | DagBuilder | GroupNode | LabelNode | Function):
            return True
        if isinstance(value, list | tuple | dict | set | str | int | float | bool | bytes) or value is None:
            return bool(value)
        return None

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


class Uncertain:
    """Marks code that may or may not run; tasks and edges made inside are doubted."""

    def __init__(self, interpreter: State) -> None:
        self.interpreter = interpreter

    def __enter__(self) -> None:
        self.interpreter.uncertain += 1

    def __exit__(self, *_: object) -> None:
        self.interpreter.uncertain -= 1
