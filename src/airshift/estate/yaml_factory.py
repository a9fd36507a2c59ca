"""DAGs that dag-factory builds: the configuration a call names, and the DAGs it describes.

A configuration is followed when it is a mapping of the code or leads to one file of the estate; what dag-factory
would look up at run time (environment variables, callables) stays unknown.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from airshift.estate.builder import DagBuilder, GroupNode, TaskNode, connect
from airshift.estate.contents import parse_yaml
from airshift.estate.model import Unknown
from airshift.estate.places import Located, located
from airshift.estate.values import Instance

if TYPE_CHECKING:
    from airshift.estate.state import State

CALLS = frozenset({"dagfactory.DagFactory", "dagfactory.load_yaml_dags", "dagfactory.dagfactory.DagFactory"})
_PATHS = ("config_filepath", "config_file")
_CONFIGS = ("config_dict", "config")
_NO_DAGS = frozenset({"default", "task_groups"})
_DEFAULTS = ("defaults.yml", "defaults.yaml")
_DATASET = "airflow.datasets.Dataset"
_VARIABLE = re.compile(r"\$\w|\$\{")
_RESULT = re.compile(r"\A\+(\w+)(?:\[.*\])?\Z|\A(\w+)\.output\b|XcomArg\((\w+)\)")


def factory_dags(
    interpreter: State, dotted: str, arguments: list[Any], keywords: dict[str, Any], node: ast.Call
) -> list[DagBuilder]:
    """The DAGs of a dag-factory call; one of unknown id where its configuration is not found."""
    is_class = dotted.endswith("DagFactory")
    given = {**({"config_filepath": arguments[0]} if is_class and arguments else {}), **keywords}
    config = next((given[name] for name in _CONFIGS if isinstance(given.get(name), dict)), None)
    path = next((given[name] for name in _PATHS if name in given), None)
    if config is not None:
        return _dags(config, {}, interpreter.path, node.lineno)
    if path is None and not is_class:
        folder = (
            located(interpreter, given["dags_folder"])
            if "dags_folder" in given
            else _dags_folder(interpreter)
        )
        files = [file for ending in ("*.yml", "*.yaml") for file in _below(interpreter, folder, ending)]
        return [dag for file in files for dag in _file_dags(interpreter, file, node.lineno) or ()]
    file = located(interpreter, path, loose=True)
    found = _file_dags(interpreter, file, node.lineno) if file is not None else None
    if found is not None:
        return found
    return [DagBuilder(Unknown(interpreter.text(node)), {}, node.lineno, interpreter.path)]


def _dags_folder(interpreter: State) -> Located:
    """The folder called `dags` that the file is in, else the estate's root."""
    parents = PurePosixPath(interpreter.path).parents
    return Located(next((folder for folder in parents if folder.name == "dags"), parents[-1]))


def _below(interpreter: State, folder: Located | None, pattern: str) -> list[Located]:
    found = interpreter.files.below(folder.path, pattern, deep=True) if folder is not None else []
    return [file for file in found if file.path.name not in _DEFAULTS]


def _file_dags(interpreter: State, file: Located, line: int) -> list[DagBuilder] | None:
    content = _content(interpreter, file.path)
    if content is None:
        return None
    defaults: dict[str, Any] = {}
    for folder in file.path.parents:
        for name in _DEFAULTS:
            defaults = _merged(defaults, _content(interpreter, folder / name) or {})
    return _dags(content, defaults, interpreter.path, line)


def _content(interpreter: State, path: PurePosixPath) -> dict[str, Any] | None:
    text = interpreter.files.read(path.as_posix())
    try:
        content = _values(parse_yaml(text)) if text is not None else None
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _values(value: Any) -> Any:
    """Strings with environment variables are unknown, `__type__` makes an object, `__join__` a text."""
    match value:
        case {"__type__": str(dotted), **more}:
            return _made(dotted, _values(more))
        case {"__join__": list(parts)} if all(isinstance(part, str) for part in parts):
            return _values("".join(parts))
        case dict():
            return {_values(key): _values(item) for key, item in value.items()}
        case list():
            return [_values(item) for item in value]
        case str() if _VARIABLE.search(value):
            return Unknown(value)
        case _:
            return value


def _made(dotted: str, more: dict[str, Any]) -> Instance:
    positional = more.pop("__args__", [])
    parts = [repr(item) for item in positional] + [f"{name}={item!r}" for name, item in more.items()]
    return Instance(dotted, tuple(positional), more, f"{dotted.rpartition('.')[2]}({', '.join(parts)})")


def _dags(content: dict[Any, Any], defaults: dict[str, Any], path: str, line: int) -> list[DagBuilder]:
    default = content.get("default")
    common = _merged(
        default if isinstance(default, dict) else {}, {"default_args": defaults.pop("default_args", {})}
    )
    return [
        _dag(name, _merged({**defaults, **settings}, common), path, line)
        for name, settings in content.items()
        if name not in _NO_DAGS and isinstance(settings, dict)
    ]


def _merged(settings: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """Settings, completed by defaults at every depth."""
    found = {**default, **settings}
    for name, value in default.items():
        if isinstance(value, dict) and isinstance(found[name], dict):
            found[name] = _merged(found[name], value)
    return found


def _dag(dag_id: Any, settings: dict[str, Any], path: str, line: int) -> DagBuilder:
    arguments = {key: _argument(key, value) for key, value in settings.items()}
    tags = arguments.get("tags")
    arguments["tags"] = [*(tags if isinstance(tags, list) else ()), "dagfactory"]
    dag = DagBuilder(dag_id if isinstance(dag_id, str | Unknown) else str(dag_id), arguments, line, path)
    groups = _groups(dag, _items(settings.get("task_groups"), "group_name"))
    tasks = dict(_tasks(dag, groups, _items(settings.get("tasks"), "task_id")))
    for name, (node, given) in {**tasks, **groups}.items():
        for other in given.get("dependencies") or ():
            before = tasks.get(other) or groups.get(other)
            if before is None or not connect(before[0], node):
                dag.doubt(f"dependency of {name}: {other}")
    for node, given in tasks.values():
        for other in _results(given):
            if other in tasks:
                connect(tasks[other][0], node)
    return dag


def _results(given: Mapping[str, Any]) -> Iterator[str]:
    """Names of the tasks whose results are handed to a task."""
    for value in (
        *given.values(),
        *(v for key in ("expand", "partial") for v in _mapping(given.get(key)).values()),
    ):
        if isinstance(value, str) and (match := _RESULT.search(value)):
            yield next(name for name in match.groups() if name)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _argument(name: str, value: Any) -> Any:
    if (
        name in ("schedule", "schedule_interval")
        and isinstance(value, str)
        and value.strip().lower() == "none"
    ):
        return None
    if name in ("schedule", "outlets") and isinstance(value, list):
        return [
            Instance(_DATASET, (uri,), {}, f"Dataset({uri!r})") if isinstance(uri, str) else uri
            for uri in value
        ]
    if name in ("schedule", "schedule_interval") and isinstance(value, dict):
        uris = value.get("datasets")
        is_list = isinstance(uris, list) and all(isinstance(uri, str) for uri in uris)
        return (
            _argument("schedule", uris)
            if is_list and set(value) == {"datasets"}
            else Unknown(str(value)[:120])
        )
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
        name: (GroupNode(name, dag, item.get("prefix_group_id") is not False), item)
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
        dag.tasks[full] = task
        if group is not None:
            group[0].members.append(task)
        yield name, (task, item)
