"""DAGs that dag-factory builds from YAML: the file a call names, and the DAGs that file describes.

A path is followed only when it leads to one file of the estate; what dag-factory would compute at run time
stays unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from airshift.engine.facts import ModuleFacts
from airshift.estate.builder import DagBuilder, GroupNode, TaskNode, connect
from airshift.estate.model import Unknown
from airshift.estate.values import Instance

ReadText = Callable[[str], str | None]
"""The text of an estate's file by path; None when there is no such file."""
_CALLS = {"dagfactory.DagFactory", "dagfactory.load_yaml_dags", "dagfactory.dagfactory.DagFactory"}
_PATHS = ("config_filepath", "config_file")
_PASSED = {"pathlib.Path", "builtins.str", "str", "os.path.abspath", "os.path.realpath", "os.fspath"}
_DATASET = "airflow.datasets.Dataset"


@dataclass(frozen=True, slots=True)
class _Found:
    """A path: relative to the DAG file's folder, or only its end is known."""

    parts: tuple[str, ...]
    here: bool


def factory_dags(facts: ModuleFacts, read: ReadText) -> list[DagBuilder]:
    """The DAGs of every dag-factory call of a module; one of unknown id where the file is not found."""
    found: list[DagBuilder] = []
    for node in ast.walk(facts.tree):
        if not isinstance(node, ast.Call) or facts.name_of(node.func) not in _CALLS:
            continue
        expression = _path_argument(node)
        text = _content(facts, expression, read) if expression is not None else None
        dags = _dags(text, facts.path, node.lineno) if text is not None else None
        if dags is None:
            unknown = Unknown(" ".join(facts.source.segment(node).split())[:120])
            dags = [DagBuilder(unknown, {}, node.lineno, facts.path)]
        found += dags
    return found


def _path_argument(node: ast.Call) -> ast.expr | None:
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    for name in _PATHS:
        if name in named:
            return named[name]
    is_class = not (
        isinstance(node.func, ast.Name | ast.Attribute) and ast.unparse(node.func).endswith("dags")
    )
    return node.args[0] if node.args and is_class else None


def _content(facts: ModuleFacts, expression: ast.expr, read: ReadText) -> str | None:
    path = _path(facts, expression, 0)
    if path is None or ".." in path.parts:
        return None
    folder = PurePosixPath(facts.path).parent
    if path.here:
        return read(folder.joinpath(*path.parts).as_posix())
    tails = [path.parts[start:] for start in range(len(path.parts))]
    for tail in tails:
        for base in (PurePosixPath(), *folder.parents, folder):
            text = read(base.joinpath(*tail).as_posix())
            if text is not None:
                return text
    return None


def _path(facts: ModuleFacts, node: ast.expr, depth: int) -> _Found | None:
    if depth > 12:
        return None
    match node:
        case ast.Constant(value=str(text)):
            return _Found(tuple(part for part in text.split("/") if part), False)
        case ast.JoinedStr(values=[*_, ast.Constant(value=str(text))]) if "/" in text:
            return _Found(tuple(part for part in text[text.index("/") :].split("/") if part), False)
        case ast.BinOp(left=left, op=ast.Div() | ast.Add(), right=right):
            return _joined(facts, [left, right], depth)
        case ast.Name(id="__file__"):
            return _Found(("",), True)
        case ast.Name():
            return _assigned(facts, node, depth)
        case ast.Attribute(value=inner, attr="parent"):
            return _parent(_path(facts, inner, depth + 1))
        case ast.Call(func=ast.Attribute(value=inner, attr="resolve" | "absolute" | "as_posix")):
            return _path(facts, inner, depth + 1)
        case ast.Call(func=function, args=[first, *rest]):
            return _called(facts, facts.name_of(function) or ast.unparse(function), [first, *rest], depth)
    return None


def _called(facts: ModuleFacts, name: str, arguments: list[ast.expr], depth: int) -> _Found | None:
    if name == "os.path.dirname":
        return _parent(_path(facts, arguments[0], depth + 1))
    if name == "os.path.join" or (name in _PASSED and len(arguments) > 1):
        return _joined(facts, arguments, depth)
    return _path(facts, arguments[0], depth + 1) if name in _PASSED else None


def _joined(facts: ModuleFacts, nodes: list[ast.expr], depth: int) -> _Found | None:
    first = _path(facts, nodes[0], depth + 1)
    rest = [_path(facts, node, depth + 1) for node in nodes[1:]]
    tail: tuple[str, ...] = ()
    for part in rest:
        if part is None or part.here:
            return None
        tail += part.parts
    return _Found((*first.parts, *tail), first.here) if first is not None else _Found(tail, False)


def _parent(path: _Found | None) -> _Found | None:
    return _Found(path.parts[:-1], path.here) if path is not None and path.parts else None


def _assigned(facts: ModuleFacts, name: ast.Name, depth: int) -> _Found | None:
    values = [
        statement.value
        for statement in facts.tree.body
        if isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name.id for target in statement.targets)
    ]
    return _path(facts, values[0], depth + 1) if len(values) == 1 else None


def _dags(text: str, path: str, line: int) -> list[DagBuilder] | None:
    import yaml

    try:
        content = yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    default = content.get("default")
    return [
        _dag(str(name), _merged(default, settings), path, line)
        for name, settings in content.items()
        if name != "default" and isinstance(settings, dict)
    ]


def _merged(default: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(default, dict):
        return dict(settings)
    both = [part.get("default_args") for part in (default, settings)]
    defaults = {key: value for part in both if isinstance(part, dict) for key, value in part.items()}
    return {**default, **settings, "default_args": defaults}


def _dag(dag_id: str, settings: dict[str, Any], path: str, line: int) -> DagBuilder:
    arguments = {key: _argument(key, value) for key, value in settings.items()}
    dag = DagBuilder(dag_id, arguments, line, path)
    groups = _groups(dag, _items(settings.get("task_groups"), "group_name"))
    tasks = dict(_tasks(dag, groups, _items(settings.get("tasks"), "task_id")))
    for name, (node, given) in {**tasks, **groups}.items():
        for other in given.get("dependencies") or ():
            before = tasks.get(other) or groups.get(other)
            if before is None or not connect(before[0], node):
                dag.doubt(f"dependency of {name}: {other}")
    return dag


def _argument(name: str, value: Any) -> Any:
    if name == "catchup" and value in ("true", "True", "false", "False"):
        return value.lower() == "true"
    if name in ("schedule", "schedule_interval") and value in ("null", "None", "~", ""):
        return None
    if name in ("schedule", "outlets") and isinstance(value, list):
        return [Instance(_DATASET, (uri,), {}, uri) if isinstance(uri, str) else uri for uri in value]
    if name in ("schedule", "schedule_interval") and isinstance(value, dict):
        uris = value.get("datasets")
        if (
            set(value) == {"datasets"}
            and isinstance(uris, list)
            and all(isinstance(uri, str) for uri in uris)
        ):
            return _argument("schedule", uris)
        return Unknown(str(value)[:120])
    return value


def _items(value: Any, key: str) -> dict[str, dict[str, Any]]:
    """Tasks or groups by name, from a mapping or from a list whose members name themselves."""
    if isinstance(value, dict):
        return {str(name): given for name, given in value.items() if isinstance(given, dict)}
    if isinstance(value, list):
        return {
            item[key]: item for item in value if isinstance(item, dict) and isinstance(item.get(key), str)
        }
    return {}


def _groups(
    dag: DagBuilder, given: Mapping[str, dict[str, Any]]
) -> dict[str, tuple[GroupNode, dict[str, Any]]]:
    found = {
        name: (GroupNode(name, dag, item.get("prefix_group_id") not in ("false", "False")), item)
        for name, item in given.items()
    }
    for group, item in found.values():
        parent = found.get(str(item.get("parent_group_name")))
        if parent is not None and not _inside(parent[0], group):
            group.parent = parent[0]
            parent[0].members.append(group)
    return found


def _inside(group: GroupNode | None, other: GroupNode) -> bool:
    while group is not None:
        if group is other:
            return True
        group = group.parent
    return False


def _tasks(
    dag: DagBuilder,
    groups: Mapping[str, tuple[GroupNode, dict[str, Any]]],
    given: Mapping[str, dict[str, Any]],
) -> Iterator[tuple[str, tuple[TaskNode, dict[str, Any]]]]:
    for name, item in given.items():
        group = groups.get(str(item.get("task_group_name")))
        full = group[0].label(name) if group is not None else name
        operator = item.get("operator") or item.get("decorator")
        if not isinstance(operator, str):
            dag.doubt(f"operator of task {full}")
            continue
        arguments = {key: _argument(key, value) for key, value in item.items()}
        task = TaskNode(full, operator, dag, dag.line, arguments, mapped="expand" in item)
        if "decorator" in item:
            dag.doubt(f"edges that the arguments of {full} make")
        dag.tasks[full] = task
        if group is not None:
            group[0].members.append(task)
        yield name, (task, item)
