"""What a function looks up or reaches when it is called, told to the modules that call it while they are parsed.

Kept are the functions of a module's top level and the `__init__` of its classes. A function that does not run at its
call is left out: tasks, generators, coroutines, and those under a decorator that nobody knows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from airshift.engine.names import CallSite, Definition, FunctionNode, Names
from airshift.engine.standard_library import STANDARD_LIBRARY
from airshift.engine.syntax import walk

if TYPE_CHECKING:
    from airshift.engine.project import Project

LOOKUPS = frozenset(
    f"airflow.{owner}"
    for owner in (
        "models.Variable.get",
        "models.variable.Variable.get",
        "sdk.Variable.get",
        "sdk.Connection.get",
        "models.Connection.get_connection_from_secrets",
        "models.connection.Connection.get_connection_from_secrets",
        "hooks.base.BaseHook.get_connection",
        "hooks.base_hook.BaseHook.get_connection",
        "sdk.BaseHook.get_connection",
        "sdk.bases.hook.BaseHook.get_connection",
    )
)
"""Calls that read a Variable or a connection."""
REACHING = frozenset(
    {
        *(
            f"{module}.{verb}"
            for module in ("requests", "httpx")
            for verb in ("get", "post", "put", "request", "head")
        ),
        "urllib.request.urlopen",
        "psycopg2.connect",
        "pymysql.connect",
        "snowflake.connector.connect",
        "pandas.read_sql",
        "pandas.read_sql_query",
    }
)
"""Calls that reach a network or a database."""
_TRANSPARENT = frozenset(
    {"functools.cache", "functools.lru_cache", "airflow.decorators.dag", "airflow.decorators.task_group"}
    | {"airflow.sdk.dag", "airflow.sdk.task_group"}
)
"""Decorators under which a call still runs the function at once."""
_MAKE_DAGS = frozenset({"DAG", "dag"})
_MOST = 50
"""Functions that are followed from one call."""


class Reached(NamedTuple):
    """A look-up or call that reaches out, and where it stands."""

    name: str
    path: str
    line: int


def lookups(names: Names) -> dict[str, tuple[tuple[str, int], ...]]:
    """Function or class -> what a call of it calls: look-ups with their lines, functions of others with line 0.

    Functions of others are left out in modules of DAGs, whose functions nobody else calls.
    """
    owners = dict(_owners(names))
    follows = not any(imported.name in _MAKE_DAGS for imported in names.imports)
    found: dict[str, dict[tuple[str, int], None]] = {}
    for site in names.calls if owners else ():
        scope = site.scope.function
        owner = owners.get(id(scope.node)) if scope is not None else None
        for called in _called(names, site, follows) if owner is not None else ():
            found.setdefault(owner or "", {})[called] = None
    return {owner: tuple(called) for owner, called in found.items()}


def _owners(names: Names) -> Iterator[tuple[int, str]]:
    """`id` of each function that runs when a name of the top level is called, with that name."""
    for definition in names.definitions:
        node = definition.node
        if not isinstance(node, ast.FunctionDef) or not _runs_at_once(names, node):
            continue
        if definition.outer is names.root:
            yield id(node), node.name
        elif node.name == "__init__" and _is_class_of(definition, names):
            yield id(node), definition.outer.qualname


def _is_class_of(definition: Definition, names: Names) -> bool:
    return isinstance(definition.outer.node, ast.ClassDef) and definition.outer.parent is names.root


def _runs_at_once(names: Names, node: FunctionNode) -> bool:
    for decorator in node.decorator_list:
        callee = decorator.func if isinstance(decorator, ast.Call) else decorator
        found = names.resolve(callee).names
        if not found or not found <= _TRANSPARENT:
            return False
    return not any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in walk(node))


def _called(names: Names, site: CallSite, follows: bool) -> Iterator[tuple[str, int]]:
    found = names.resolve(site.node.func)
    if not found.certain:
        return
    for name in found.names:
        if name in LOOKUPS or name in REACHING:
            yield name, site.node.lineno
        elif name.startswith(f"{names.module}.") or (follows and _is_of_others(name)):
            yield name, 0


def _is_of_others(name: str) -> bool:
    head = name.partition(".")[0]
    return "." in name and head != "airflow" and head not in STANDARD_LIBRARY


def reached(project: Project, dotted: str, importer: str) -> tuple[Reached, ...]:
    """Everything that a call of a function of the estate looks up or reaches, through the functions it calls."""
    found: dict[Reached, None] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(dotted, importer)]
    while waiting and len(seen) < _MOST:
        name, origin = waiting.pop(0)
        canonical = project.canonical(name, origin)
        owner = project.defining(canonical, origin)
        if owner is None or (owner.path, canonical) in seen:
            continue
        seen.add((owner.path, canonical))
        for called, line in owner.lookups.get(canonical.rpartition(".")[2], ()):
            if line:
                found[Reached(called, owner.path, line)] = None
            else:
                waiting.append((called, owner.path))
    return tuple(found)
