"""What one file adds to the inventory of an estate."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from airshift.engine.facts import ModuleFacts
from airshift.engine.project import Project
from airshift.engine.source import Source
from airshift.errors import SourceError
from airshift.estate.builder import DagBuilder
from airshift.estate.dags import Shared, finished, strings_in
from airshift.estate.edges import Links, links
from airshift.estate.interpreter import Interpreter
from airshift.estate.model import Dag, Reference, Unknown
from airshift.estate.modules import Modules
from airshift.estate.places import Files
from airshift.estate.references import conn_ids, connection_calls, jinja_references, variable_keys
from airshift.estate.state import OutOfSteps
from airshift.files import EstateFile, read_file
from airshift.findings import Problem
from airshift.judge import is_candidate
from airshift.patience import GaveUpError, at_most

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FileInventory:
    """What one file adds to the inventory."""

    dags: tuple[Dag, ...] = ()
    unlocated: tuple[Reference, ...] = ()
    links: Links = field(default_factory=lambda: Links((), ()))
    connections: tuple[Reference, ...] = ()
    variables: tuple[Reference, ...] = ()
    custom_operators: tuple[Reference, ...] = ()
    plugins: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Reader:
    """Reads the files of one estate, in any process: what it remembers of other modules stays in its own."""

    project: Project
    files: tuple[EstateFile, ...]
    variables: Mapping[str, str] | None = None
    """Environment variables that the code may read; None when they are unknown."""

    def __getstate__(self) -> dict[str, object]:
        return {"project": self.project, "files": self.files, "variables": self.variables}

    @cached_property
    def _by_path(self) -> dict[str, EstateFile]:
        return {file.path: file for file in self.files}

    @cached_property
    def _data(self) -> Files:
        paths = (path for path in self._by_path if not path.endswith((".py", ".pyc")))
        return Files(paths, self._text, self.variables)

    @cached_property
    def _modules(self) -> Modules:
        return Modules(self._load, self._data)

    def _text(self, path: str) -> str | None:
        raw = read_file(self._by_path[path]) if path in self._by_path else None
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else None

    def _load(self, path: str) -> ModuleFacts | None:
        raw = read_file(self._by_path[path]) if path in self._by_path else None
        if not isinstance(raw, bytes):
            return None
        try:
            return ModuleFacts(Source.from_bytes(path, raw), self.project)
        except (SourceError, RecursionError):
            return None

    def inventory(self, file: EstateFile) -> FileInventory | Problem | None:
        """What a Python file adds; None for one that has nothing to do with Airflow."""
        return self.read(file, inventory_file)

    def read(
        self, file: EstateFile, reading: Callable[[ModuleFacts, Modules, Files], T]
    ) -> T | Problem | None:
        """What `reading` makes of a Python file; None for one that has nothing to do with Airflow."""
        raw = read_file(file)
        if isinstance(raw, Problem):
            return raw
        if not is_candidate(raw) and b"dagfactory" not in raw and file.path not in self.project.by_path:
            return None
        try:
            with at_most():
                facts = ModuleFacts(Source.from_bytes(file.path, raw), self.project)
                return reading(facts, self._modules, self._data)
        except GaveUpError as error:
            return Problem(file.path, str(error))
        except SourceError as error:
            return Problem(file.path, error.reason, error.line)
        except RecursionError:
            return Problem(file.path, "nested too deeply to be analysed")


def read_builders(
    facts: ModuleFacts, modules: Modules | None = None, files: Files | None = None
) -> list[DagBuilder]:
    """The DAGs of one module with every argument, as far as the source shows them."""
    interpreter = Interpreter(facts, modules, files)
    try:
        return interpreter.run()
    except (OutOfSteps, RecursionError):
        for builder in interpreter.dags:
            builder.doubt("the file's loops take more steps than are followed")
        return interpreter.dags


def inventory_file(
    facts: ModuleFacts, modules: Modules | None = None, files: Files | None = None
) -> FileInventory:
    """Inventory one module; `modules` gives values of the estate's other modules, `files` its data files."""
    builders = read_builders(facts, modules, files)
    said = links(facts, builders, modules)
    shared = Shared(
        frozenset(reference.name for reference in variable_keys(facts)),
        frozenset(reference.name for reference in connection_calls(facts)),
    )
    dags = tuple(dag for builder in builders if (dag := finished(builder, shared)) is not None)
    unlocated = tuple(
        Reference(builder.dag_id.expression, facts.path, builder.line)
        for builder in builders
        if isinstance(builder.dag_id, Unknown)
    )
    return FileInventory(
        dags,
        unlocated,
        said,
        tuple(_connections(facts, builders)),
        tuple(_variables(facts, builders)),
        tuple(_classes(facts, operators=True)),
        tuple(_classes(facts, operators=False)),
    )


def _connections(facts: ModuleFacts, builders: Iterable[DagBuilder]) -> Iterable[Reference]:
    yield from conn_ids(facts)
    for builder in builders:
        for task in builder.tasks.values():
            for text in strings_in(task.arguments):
                for name in jinja_references(text, "conn"):
                    yield Reference(name, facts.path, task.line)


def _variables(facts: ModuleFacts, builders: Iterable[DagBuilder]) -> Iterable[Reference]:
    yield from variable_keys(facts)
    for builder in builders:
        for task in builder.tasks.values():
            for text in strings_in(task.arguments):
                for name in jinja_references(text, "var"):
                    yield Reference(name, facts.path, task.line)


def _classes(facts: ModuleFacts, *, operators: bool) -> Iterable[Reference]:
    for definition in facts.classes:
        node = definition.node
        assert isinstance(node, ast.ClassDef)
        prefix = f"{facts.module}." if facts.module else ""
        ancestors = facts.ancestors(prefix + definition.scope.qualname)
        if operators and any(facts.is_operator(name) for name in ancestors):
            yield Reference(node.name, facts.path, node.lineno)
        if not operators and any(name.endswith(".AirflowPlugin") for name in ancestors):
            yield Reference(node.name, facts.path, node.lineno)
