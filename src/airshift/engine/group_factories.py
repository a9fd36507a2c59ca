"""Functions that make the DAG of a SubDAG and are simple enough to make a TaskGroup in its place.

Such a function makes one DAG, hands it to its tasks as `dag=` or in a `with` statement, and returns it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.names import CallSite, Definition, FunctionNode, Names, Use
from airshift.engine.syntax import walk
from airshift.records import dataclass

_DAG = frozenset({"airflow.DAG", "airflow.models.DAG", "airflow.models.dag.DAG", "airflow.sdk.DAG"})
_RENDERING = frozenset(
    {
        "params",
        "template_searchpath",
        "user_defined_macros",
        "user_defined_filters",
        "jinja_environment_kwargs",
    }
    | {"render_template_as_native_obj", "template_undefined"}
)
"""Arguments of a DAG that its tasks' templates rely on."""
_TASKS = ("Operator", "Sensor", "OperatorAsync", "SensorAsync")


@dataclass(frozen=True, slots=True)
class GroupFactory:
    """What has to change in such a function."""

    function: FunctionNode
    dag: ast.Call
    """The call that makes the DAG."""
    dag_id: ast.expr
    handed: tuple[tuple[ast.Call, ast.keyword], ...]
    """The `dag=` arguments of its tasks."""


def group_factories(names: Names) -> dict[str, GroupFactory]:
    """The module-level functions of that kind, by name."""
    made = [site for site in names.calls if _makes_dag(names, site)]
    found: dict[str, GroupFactory] = {}
    for definition in names.definitions if made else ():
        node = definition.node
        if definition.outer is names.root and isinstance(node, ast.FunctionDef) and not node.decorator_list:
            factory = _factory(names, definition, node, made)
            if factory is not None:
                found[node.name] = factory
    return found


def _makes_dag(names: Names, site: CallSite) -> bool:
    """Whether a function calls DAG under its own name; asked of every call of an estate, so cheap tests first."""
    func = site.node.func
    name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
    return name == "DAG" and site.scope.function is not None and bool(names.resolve(func).names & _DAG)


def _factory(
    names: Names, definition: Definition, node: FunctionNode, made: list[CallSite]
) -> GroupFactory | None:
    own = [site for site in made if site.scope.function is definition.scope]
    local = _bound_to(node, own[0].node) if len(own) == 1 else None
    dag_id = _dag_id(own[0].node) if local is not None else None
    if local is None or dag_id is None or len(definition.scope.bindings.get(local, ())) != 1:
        return None
    handed = dict(_handed(names, definition, local))
    uses = [use for use in names.uses_of(local) if _is_inside(use, definition)]
    followed = {id(keyword.value) for keyword in handed.values()} | _followed(node, local)
    if not all(isinstance(use.node, ast.Name) and _is_read(use, followed) for use in uses):
        return None
    returned = [statement for statement in walk(node) if isinstance(statement, ast.Return)]
    if not returned or not all(isinstance(r.value, ast.Name) and r.value.id == local for r in returned):
        return None
    calls = {id(site.node): site.node for site in names.calls}
    return GroupFactory(node, own[0].node, dag_id, tuple((calls[id_], k) for id_, k in handed.items()))


def _bound_to(function: FunctionNode, call: ast.Call) -> str | None:
    """The local name that a DAG gets, by assignment or as the only item of a `with` statement."""
    for statement in walk(function):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is call:
                return name
            case ast.With(items=[ast.withitem(context_expr=value, optional_vars=ast.Name(id=name))]) if (
                value is call
            ):
                return name
    return None


def _dag_id(call: ast.Call) -> ast.expr | None:
    """The DAG's id; None when the arguments hold what a group cannot take over."""
    written = {keyword.arg: keyword.value for keyword in call.keywords}
    if None in written or _RENDERING & written.keys() or len(call.args) > 1:
        return None
    if call.args:
        return None if isinstance(call.args[0], ast.Starred) else call.args[0]
    return written.get("dag_id")


def _handed(names: Names, definition: Definition, local: str) -> Iterator[tuple[int, ast.keyword]]:
    for site in names.calls:
        if site.scope.function is not definition.scope or not _makes_task(names, site.node):
            continue
        for keyword in site.node.keywords:
            if keyword.arg == "dag" and isinstance(keyword.value, ast.Name) and keyword.value.id == local:
                yield id(site.node), keyword


def _makes_task(names: Names, call: ast.Call) -> bool:
    return any(name.endswith(_TASKS) for name in names.resolve(call.func).names)


def _is_inside(use: Use, definition: Definition) -> bool:
    scope = use.scope
    while scope.parent is not None and scope is not definition.scope:
        scope = scope.parent
    return scope is definition.scope


def _followed(function: FunctionNode, local: str) -> set[int]:
    """Reads of the DAG that mean the same for a group: returned, or entered by `with`."""
    found: set[int] = set()
    for statement in walk(function):
        match statement:
            case ast.Return(value=ast.Name(id=name) as read) if name == local:
                found.add(id(read))
            case ast.withitem(context_expr=ast.Name(id=name) as read) if name == local:
                found.add(id(read))
    return found


def _is_read(use: Use, followed: set[int]) -> bool:
    return id(use.node) in followed or isinstance(getattr(use.node, "ctx", None), ast.Store)
