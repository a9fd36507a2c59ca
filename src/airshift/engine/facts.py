"""Facts about one module: what rules ask instead of walking the tree themselves."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TypeVar

from airshift.engine.handed import Handed, handed
from airshift.engine.module_names import module_name
from airshift.engine.names import Binding, CallSite, Definition, FunctionNode, Names, Resolution
from airshift.engine.names import walk as walk_names
from airshift.engine.project import ModuleSummary, Project, summarise
from airshift.engine.source import Source
from airshift.engine.syntax import walk_with_parents
from airshift.records import dataclass

Found = TypeVar("Found")
_UNKNOWN = object()
_FORWARDER = "airflow.providers.common.compat.sdk."
OPERATOR_SUFFIXES = ("Operator", "Sensor", "SensorAsync", "OperatorAsync")


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose callee is a known name; `names` are the canonical dotted names it may mean."""

    site: CallSite
    names: frozenset[str]
    certain: bool

    @property
    def node(self) -> ast.Call:
        """The call expression."""
        return self.site.node

    def keyword(self, name: str) -> ast.keyword | None:
        """The keyword argument `name`, if it is written out."""
        return next((keyword for keyword in self.node.keywords if keyword.arg == name), None)


class ModuleFacts:
    """A parsed module with its names resolved against the estate's other modules."""

    def __init__(self, source: Source, project: Project | None = None) -> None:
        self.source = source
        self.path = source.path
        self.project = project or Project()
        self.tree = source.parse()
        self.module, is_package = module_name(source.path)
        self.names: Names = walk_names(self.tree, self.module, is_package)
        self._memo: dict[object, object] = {}
        self._resolved: dict[int, Resolution] = {}

    def once(self, what: Callable[..., Found], *more: object) -> Found:
        """`what(self, *more)`, worked out at the first call and kept as long as the facts are."""
        key = (what, *more)
        found = self._memo.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = self._memo[key] = what(self, *more)
        return found  # type: ignore[return-value]

    def forget(self) -> None:
        """Let go of what `once` worked out: much of it refers back to the facts and would wait for the collector."""
        self._memo.clear()

    @cached_property
    def summary(self) -> ModuleSummary:
        """What other modules can see of this one."""
        return summarise(self.path, self.names, handed(self.names, self.tree))

    def resolve(self, node: ast.expr) -> Resolution:
        """The canonical names an expression may mean, through the estate's own re-exports."""
        resolved = self._resolved.get(id(node))
        if resolved is None:
            resolved = self._resolved[id(node)] = self._canonical(self.names.resolve(node))
        return resolved

    def _canonical(self, found: Resolution) -> Resolution:
        names = frozenset([_public(self.project.canonical(name, self.path)) for name in found.names])
        if names == found.names:
            return found
        return Resolution(names, found.certain, found.bindings, found.star)

    def name_of(self, node: ast.expr) -> str | None:
        """The one name an expression certainly means, else None."""
        found = self.resolve(node)
        return next(iter(found.names)) if found.certain and len(found.names) == 1 else None

    def names_of(self, node: ast.expr) -> frozenset[str]:
        """Every name an expression may mean; empty when nothing is known."""
        return self.resolve(node).names

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Calls of known names, in the order of execution."""
        found = ((site, self.resolve(site.node.func)) for site in self.names.calls)
        return tuple(Call(site, names.names, names.certain) for site, names in found if names.names)

    @cached_property
    def called(self) -> frozenset[str]:
        """Every name that some call may be of: a rule about others has no call to look at."""
        found: frozenset[str] = frozenset()
        return found.union(*[call.names for call in self.calls])

    def calls_of(self, *names: str) -> Iterator[Call]:
        """Calls that may mean one of the dotted `names`."""
        wanted = frozenset(names)
        if wanted.isdisjoint(self.called):
            return iter(())
        return (call for call in self.calls if call.names & wanted)

    @cached_property
    def texts(self) -> str:
        """All string constants, line ends around each: asks at once whether any of them holds something."""
        found = [string.value for string in self.names.strings if isinstance(string.value, str)]
        return "\n".join(["", *found, ""])

    @cached_property
    def functions(self) -> tuple[Definition, ...]:
        """Function definitions and lambdas."""
        return tuple(d for d in self.names.definitions if not isinstance(d.node, ast.ClassDef))

    @cached_property
    def classes(self) -> tuple[Definition, ...]:
        """Class definitions."""
        return tuple(d for d in self.names.definitions if isinstance(d.node, ast.ClassDef))

    @cached_property
    def definition_of(self) -> dict[int, Definition]:
        """Definition by `id` of its node."""
        return {id(definition.node): definition for definition in self.names.definitions}

    @cached_property
    def parents(self) -> dict[int, ast.AST]:
        """Parent node by `id` of the child."""
        return self._walked[1]

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the module, level by level; operators and contexts are left out."""
        return self._walked[0]

    @cached_property
    def _walked(self) -> tuple[list[ast.AST], dict[int, ast.AST]]:
        return walk_with_parents(self.tree)

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """The statement a node stands in."""
        while not isinstance(node, ast.stmt):
            node = self.parents[id(node)]
        return node

    def values_of(self, node: ast.expr) -> tuple[ast.expr, ...]:
        """Expressions a plain name was assigned at its place; the expression itself if it is no name."""
        if not isinstance(node, ast.Name):
            return (node,)
        bindings = self.names.bindings_of(node)
        return tuple(binding.value for binding in bindings if binding.value is not None)

    def instance_of(self, node: ast.expr) -> frozenset[str]:
        """Dotted names of the classes (or factories) whose call produced the value of `node`."""
        found: set[str] = set()
        for value in self.values_of(node):
            if isinstance(value, ast.Call):
                found |= self.names_of(value.func)
        return frozenset(found)

    def function_of(self, node: ast.expr) -> FunctionNode | ast.Lambda | None:
        """The function of this module that an expression names, or the lambda it is."""
        if isinstance(node, ast.Lambda):
            return node
        for binding in self._local_bindings(node):
            if isinstance(binding.node, FunctionNode):
                return binding.node
            if isinstance(binding.value, ast.Lambda):
                return binding.value
        return None

    def _local_bindings(self, node: ast.expr) -> tuple[Binding, ...]:
        return self.names.bindings_of(node) if isinstance(node, ast.Name) else ()

    def ancestors(self, dotted: str) -> tuple[str, ...]:
        """Dotted names of a class's ancestors as far as the estate defines them."""
        if dotted.startswith("airflow."):
            return ()
        return self._project_with_self.bases(dotted, self.path)

    @cached_property
    def _project_with_self(self) -> Project:
        if self.path in self.project.by_path:
            return self.project
        return Project([*self.project.by_path.values(), self.summary])

    def handed(self) -> dict[str, list[Handed]]:
        """What other modules of the estate hand to Airflow of this one, by name."""
        return self._project_with_self.handed(self.path) if self.project.by_path else {}

    def lineage(self, dotted: str) -> tuple[str, ...]:
        """A class and its ancestors, nearest first."""
        canonical = self.project.canonical(dotted, self.path)
        return (canonical, *self.ancestors(canonical))

    def _owner(self, dotted: str) -> ModuleSummary | None:
        """The estate's module that defines a name."""
        return None if dotted.startswith("airflow.") else self._project_with_self.defining(dotted, self.path)

    def constructor_of(self, dotted: str) -> tuple[str, ...] | None:
        """Parameter names of the `__init__` that a class of the estate defines itself, if it does."""
        owner = self._owner(dotted)
        return owner.constructors.get(dotted.rpartition(".")[2]) if owner else None

    def forwards(self, dotted: str) -> tuple[str, ...]:
        """Dotted names of what a function of the estate hands its `**kwargs` to."""
        owner = self._owner(dotted)
        found = owner.forwards.get(dotted.rpartition(".")[2], ()) if owner else ()
        return tuple(self.project.canonical(name, owner.path) for name in found) if owner else ()

    def parameters_of(self, dotted: str) -> tuple[str, ...] | None:
        """Parameter names of a function of the estate."""
        owner = self._owner(dotted)
        return owner.parameters.get(dotted.rpartition(".")[2]) if owner else None

    def makes_group(self, dotted: str) -> bool:
        """Whether a function of the estate makes the DAG of a SubDAG and could make a TaskGroup."""
        owner = self._owner(dotted)
        return owner is not None and dotted.rpartition(".")[2] in owner.groups

    def may_define(self, dotted: str) -> bool:
        """Whether the estate, this module included, could say more about a name: it has a module on its way."""
        module = dotted.rpartition(".")[0]
        while module and not self._project_with_self.has_module(module):
            module = module.rpartition(".")[0]
        return bool(module)

    def is_operator(self, dotted: str) -> bool:
        """Whether a class is an operator or sensor: an Airflow one, or derived from one in the estate."""
        return any(
            name.startswith("airflow.") and name.endswith(OPERATOR_SUFFIXES) for name in self.lineage(dotted)
        )


def _public(dotted: str) -> str:
    """The Task SDK's name of what the compatibility provider only forwards."""
    if not dotted.startswith(_FORWARDER):
        return dotted
    return "airflow.sdk." + dotted.removeprefix(_FORWARDER)


def literal_text(node: ast.expr | None) -> str | None:
    """The value of a string constant, else None."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
