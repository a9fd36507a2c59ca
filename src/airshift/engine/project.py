"""What one module of the estate offers to the others: re-exported names, classes and functions.

A file is judged with a `Project`, so that `from common.operators import PythonOperator` is known to be
Airflow's PythonOperator, and `class Mine(BaseTeamOperator)` to be an operator wherever its base is defined.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import field
from functools import cached_property
from pathlib import PurePosixPath

from airshift.engine.group_factories import group_factories
from airshift.engine.handed import Handed
from airshift.engine.lookups import lookups
from airshift.engine.module_names import module_name
from airshift.engine.names import FunctionNode, Names
from airshift.records import dataclass


@dataclass(frozen=True, slots=True)
class ModuleSummary:
    """The outside of a module, small enough to keep for every file of an estate."""

    path: str
    exports: dict[str, str]
    """Module-level name -> dotted name it stands for; own definitions stand for themselves."""
    classes: dict[str, tuple[str, ...]]
    """Class name -> dotted names of its bases."""
    parameters: dict[str, tuple[str, ...]]
    """Function name -> its parameter names, `*args` and `**kwargs` with their stars."""
    stars: tuple[str, ...] = ()
    constructors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Class name -> parameter names of its own `__init__`, without `self`."""
    forwards: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Function name -> dotted names of the callables that are handed its `**kwargs`."""
    imported: tuple[str, ...] = ()
    """Dotted names this module imports from anything but Airflow; `module.*` for whole modules."""
    handed: tuple[Handed, ...] = ()
    """Names of other modules that this one hands to Airflow as callables, callbacks or templates."""
    groups: tuple[str, ...] = ()
    """Functions that make the DAG of a SubDAG and could make a TaskGroup."""
    lookups: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    """Function or class -> what a call of it looks up (with the line) or calls (line 0); airshift.engine.lookups."""


def summarise(path: str, names: Names, handed: tuple[Handed, ...] = ()) -> ModuleSummary:
    """Reduce a walked module to what other modules can see of it."""
    exports: dict[str, str] = {}
    for name in names.root.bindings:
        targets = {names.target_of(binding) for binding in names.exported(name)}
        known = [target for target in targets if target]
        if len(known) == len(targets) and known:
            exports[name] = sorted(known)[0]
    classes: dict[str, tuple[str, ...]] = {}
    parameters: dict[str, tuple[str, ...]] = {}
    constructors: dict[str, tuple[str, ...]] = {}
    for definition in names.definitions:
        if definition.outer is not names.root:
            continue
        node = definition.node
        if isinstance(node, ast.ClassDef):
            resolved = (sorted(names.resolve(base).names) for base in node.bases)
            classes[node.name] = tuple(found[0] for found in resolved if found)
            own = next((s for s in node.body if isinstance(s, FunctionNode) and s.name == "__init__"), None)
            if own is not None:
                constructors[node.name] = parameter_names(own.args)[1:]
        elif isinstance(node, FunctionNode):
            parameters[node.name] = parameter_names(node.args)
    stars = tuple(star.module for star in names.stars)
    return ModuleSummary(
        path,
        exports,
        classes,
        parameters,
        stars,
        constructors,
        _forwards(names),
        _imported(names),
        handed,
        tuple(group_factories(names)),
        lookups(names),
    )


def _forwards(names: Names) -> dict[str, tuple[str, ...]]:
    """Which callables the module-level functions hand their `**kwargs` to."""
    found: dict[str, tuple[str, ...]] = {}
    for site in names.calls:
        unpacked = [k.value.id for k in site.node.keywords if k.arg is None and isinstance(k.value, ast.Name)]
        function = site.scope.function if unpacked else None
        if (
            function is None
            or function.parent is not names.root
            or not isinstance(function.node, FunctionNode)
        ):
            continue
        variadic = function.node.args.kwarg
        if variadic is not None and variadic.arg in unpacked:
            targets = sorted(names.resolve(site.node.func).names)
            found[function.node.name] = (*found.get(function.node.name, ()), *targets)
    return found


def _imported(names: Names) -> tuple[str, ...]:
    found = {
        f"{imported.module}.*" if imported.name is None else f"{imported.module}.{imported.name}"
        for imported in names.imports
        if imported.module.partition(".")[0] != "airflow"
    }
    return tuple(sorted(found))


def parameter_names(arguments: ast.arguments) -> tuple[str, ...]:
    """Parameter names in order, variadic ones with their stars."""
    found = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg is not None:
        found.append(f"*{arguments.vararg.arg}")
    found += [argument.arg for argument in arguments.kwonlyargs]
    if arguments.kwarg is not None:
        found.append(f"**{arguments.kwarg.arg}")
    return tuple(found)


_MOST_STEPS = 50
"""Re-exports that are followed; a module named like the package it imports from leads to ever longer names."""


class Project:
    """All module summaries of an estate, found by any dotted name an import may use for them."""

    def __init__(self, summaries: Iterable[ModuleSummary] = ()) -> None:
        self.by_path = {summary.path: summary for summary in summaries}
        self._by_suffix: dict[str, list[ModuleSummary]] = {}
        for summary in self.by_path.values():
            parts = module_name(summary.path)[0].split(".")
            for start in range(len(parts)):
                self._by_suffix.setdefault(".".join(parts[start:]), []).append(summary)

    @cached_property
    def wanted(self) -> frozenset[tuple[str, str]]:
        """(path, name) of everything that some module imports from another one; name `*` for all."""
        found: set[tuple[str, str]] = set()
        for summary in self.by_path.values():
            for dotted in summary.imported:
                module, _, name = dotted.rpartition(".")
                owner = self.find(module, summary.path)
                if owner is not None:
                    found.add((owner.path, name))
                whole = self.find(dotted, summary.path)
                if whole is not None:
                    found.add((whole.path, "*"))
        return frozenset(found)

    @cached_property
    def _handed(self) -> dict[str, dict[str, list[Handed]]]:
        """What other modules hand to Airflow, by the path and name of its definition."""
        found: dict[str, dict[str, list[Handed]]] = {}
        for summary in self.by_path.values():
            for entry in summary.handed:
                module, _, name = self.canonical(entry.name, summary.path).rpartition(".")
                owner = self.find(module, summary.path)
                if owner is not None:
                    found.setdefault(owner.path, {}).setdefault(name, []).append(entry)
        return found

    @property
    def receivers(self) -> frozenset[str]:
        """Paths of the modules of which another one hands something to Airflow."""
        return frozenset(self._handed)

    def handed(self, path: str) -> dict[str, list[Handed]]:
        """What other modules hand to Airflow of the module at `path`, by name."""
        return self._handed.get(path, {})

    def is_wanted(self, path: str, name: str) -> bool:
        """Whether another module of the estate may import `name` from the module at `path`."""
        return (path, name) in self.wanted or (path, "*") in self.wanted

    def has_module(self, dotted: str) -> bool:
        """Whether the estate has a module that may be imported as `dotted`, below `airflow` or not."""
        return dotted in self._by_suffix

    def find(self, dotted: str, importer: str = "") -> ModuleSummary | None:
        """The module of the estate that `dotted` names when imported from the file `importer`."""
        if not dotted or dotted == "airflow" or dotted.startswith("airflow."):
            return None
        found = self._by_suffix.get(dotted, [])
        if len(found) < 2:
            return found[0] if found else None
        near = PurePosixPath(importer).parts
        return max(
            found, key=lambda summary: (_common(near, PurePosixPath(summary.path).parts), summary.path)
        )

    def canonical(self, dotted: str, importer: str = "") -> str:
        """Follow re-exports of the estate's own modules until the name is defined or leaves the estate."""
        if not self.by_path or dotted.startswith("airflow."):
            return dotted
        seen: set[str] = set()
        written = dotted
        while dotted not in seen:
            if len(seen) == _MOST_STEPS:
                return written
            seen.add(dotted)
            step = self._step(dotted, importer)
            if step is None:
                return dotted
            dotted, importer = step
        return dotted

    def _step(self, dotted: str, importer: str) -> tuple[str, str] | None:
        parts = dotted.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            summary = self.find(".".join(parts[:cut]), importer)
            if summary is None:
                continue
            name, rest = parts[cut], parts[cut + 1 :]
            target = summary.exports.get(name)
            if target is None:
                target = self._through_star(summary, name)
            if target is None or target == dotted:
                return None
            return ".".join([target, *rest]), summary.path
        return None

    def _through_star(self, summary: ModuleSummary, name: str) -> str | None:
        for module in summary.stars:
            inner = self.find(module, summary.path)
            if inner is not None and name in inner.exports:
                return inner.exports[name]
        return None

    def bases(self, dotted: str, importer: str = "") -> tuple[str, ...]:
        """Dotted names of all ancestors of a class, nearest first; the estate's own ones are expanded."""
        found: list[str] = []
        queue = [(self.canonical(dotted, importer), importer)]
        while queue:
            name, origin = queue.pop(0)
            owner = self.defining(name, origin)
            if owner is None:
                continue
            for base in owner.classes.get(name.rpartition(".")[2], ()):
                canonical = self.canonical(base, owner.path)
                if canonical not in found:
                    found.append(canonical)
                    queue.append((canonical, owner.path))
        return tuple(found)

    def defining(self, dotted: str, importer: str = "") -> ModuleSummary | None:
        """The estate's module that defines `dotted`, if any."""
        module, _, name = dotted.rpartition(".")
        summary = self.find(module, importer)
        if summary is None or (name not in summary.classes and name not in summary.parameters):
            return None
        return summary


def _common(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
