"""Read the signatures of DAG authors' classes in an installed Airflow.

Runs inside the interpreter of the install. For every class only what it adds itself is written, with the class that
gets the remaining keywords, so that the sixty parameters of BaseOperator are not told three thousand times.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Facts = dict[str, Any]
Signatures = dict[str, dict[str, Any]]
PACKAGES = ("airflow", "airflow.models", "airflow.sdk", "airflow.datasets")
AUTHORS = {
    "AbstractOperator", "BaseHook", "BaseNotifier", "BaseTrigger", "DAG", "TaskGroup", "Timetable", "BaseAsset",
    "BaseDataset", "Dataset", "Asset", "AssetAlias", "DatasetAlias", "BaseOperatorLink", "Param", "Connection",
    "Variable", "DagBag", "AssetModel", "BaseExecutor", "BaseSecretsBackend", "FileTaskHandler", "EdgeModifier",
}  # fmt: skip
"""A class is of interest when it is, or comes from, a class of this name in Airflow."""
CLOSED = {"airflow.models.baseoperator.BaseOperator", "airflow.sdk.bases.operator.BaseOperator"}
"""Constructors that take `**kwargs` and reject what is in it, unless they hand it on."""
ORDERED = {"DAG", "TaskGroup", "Dataset", "Asset", "Param", "DagBag"}
FUNCTIONS = re.compile(r"\.decorators\..*_task$|\.(dag|task_group|setup|teardown|days_ago|trigger_dag)$")


def path_of(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"


def of_interest(class_: type) -> bool:
    return any(item.__name__ in AUTHORS and item.__module__.startswith("airflow.") for item in class_.__mro__)


def own_parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    found = list(inspect.signature(function).parameters.values())
    return found[1:] if found and found[0].name in {"self", "cls"} else found


def signature(class_: type) -> Facts:
    """What one class accepts on top of its ancestors."""
    lineage = [item for item in class_.__mro__ if "__init__" in vars(item)]
    holder = lineage[0]
    facts: Facts = {"open": False, "next": None}
    if holder is not class_:
        facts["next"] = None if holder is object else path_of(holder)
    elif holder is not object:
        facts.update(constructor(class_, lineage[1]))
    facts["fields"] = _strings(getattr(class_, "template_fields", ()))
    facts["ext"] = _strings(getattr(class_, "template_ext", ()))
    return facts


def constructor(class_: type, above: type) -> Facts:
    try:
        found = own_parameters(class_) if _by_attrs(class_) else own_parameters(vars(class_)["__init__"])
    except (TypeError, ValueError):
        return {"open": True}
    named = [item for item in found if item.kind not in {item.VAR_POSITIONAL, item.VAR_KEYWORD}]
    takes_more = any(item.kind is item.VAR_KEYWORD for item in found)
    use = _use(vars(class_)["__init__"], {item.name for item in named})
    passes_on = takes_more and use.handed_on and above is not object
    facts: Facts = {
        "own": [item.name for item in named],
        "required": [item.name for item in named if item.default is item.empty],
        "popped": sorted(use.popped) if takes_more else [],
        "fixed": sorted(use.fixed - use.popped),
        "open": takes_more and not passes_on and path_of(class_) not in CLOSED,
        "next": path_of(above) if passes_on else None,
    }
    if class_.__name__ in ORDERED:
        facts["order"] = [item.name for item in named if item.kind is not item.KEYWORD_ONLY]
    return facts


def _by_attrs(class_: type) -> bool:
    return "__attrs_attrs__" in vars(class_)


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, tuple | list | set) else []


@dataclass
class Use:
    """What a constructor does with the keywords it does not name."""

    popped: set[str] = field(default_factory=set)
    """Taken out of `**kwargs` by name."""
    fixed: set[str] = field(default_factory=set)
    """Given to the parent by the class itself."""
    handed_on: bool = False
    """Whether the parent gets the rest."""


def _use(function: Callable[..., Any], named: set[str]) -> Use:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError, SyntaxError):
        return Use(handed_on=True)
    use = Use()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in {"pop", "get", "setdefault"} and ast.unparse(node.func.value) == "kwargs":
            use.popped.update(str(item.value) for item in node.args[:1] if isinstance(item, ast.Constant))
        if node.func.attr == "__init__":
            use.fixed.update(item.arg for item in node.keywords if item.arg and item.arg not in named)
            use.handed_on = use.handed_on or any(item.arg is None for item in node.keywords)
    return use


def function_facts(function: Callable[..., Any]) -> Facts | None:
    try:
        found = own_parameters(function)
    except (TypeError, ValueError):
        return None
    named = [item.name for item in found if item.kind not in {item.VAR_POSITIONAL, item.VAR_KEYWORD}]
    facts: Facts = {"own": named, "open": any(item.kind is item.VAR_KEYWORD for item in found)}
    behind = _decorated_class(function)
    return {**facts, "operator": behind} if behind else facts


def _decorated_class(function: Callable[..., Any]) -> str | None:
    """The operator class behind a task decorator."""
    plain = inspect.unwrap(function)
    try:
        found = re.search(r"decorated_operator_class=(\w+)", inspect.getsource(plain))
    except (OSError, TypeError):
        return None
    class_ = getattr(plain, "__globals__", {}).get(found[1]) if found else None
    return path_of(class_) if isinstance(class_, type) else None


def new_signatures() -> Signatures:
    return {"classes": {}, "functions": {}, "aliases": {}}


def read_signatures(module: Any, found: Signatures, every_alias: bool) -> None:
    """Note the signatures a module defines, and the short names of classes defined elsewhere."""
    for name, value in list(vars(module).items()):
        if inspect.isclass(value) and of_interest(value):
            if value.__module__ == module.__name__ and value.__qualname__ == name:
                found["classes"][path_of(value)] = signature(value)
            elif not name.startswith("_") and (every_alias or hasattr(module, "__path__")):
                found["aliases"][f"{module.__name__}.{name}"] = path_of(value)
        elif (
            inspect.isfunction(value)
            and value.__module__ == module.__name__
            and FUNCTIONS.search(path_of(value))
        ):
            facts = function_facts(value)
            if facts is not None:
                found["functions"][f"{module.__name__}.{name}"] = facts


def decorators() -> dict[str, str]:
    """`@task.<name>` and the function behind it."""
    try:
        manager = importlib.import_module(
            "airflow.sdk.providers_manager_runtime"
        ).ProvidersManagerTaskRuntime()
    except ImportError:
        manager = importlib.import_module("airflow.providers_manager").ProvidersManager()
    collection = importlib.import_module("airflow.decorators").task
    found = {name: getattr(collection, name) for name in dir(collection) if not name.startswith("_")}
    for name in manager.taskflow_decorators:
        # Newer managers import a decorator when it is asked for, which may need a library that is not here.
        with contextlib.suppress(Exception):
            found[name] = manager.taskflow_decorators[name]
    paths = {name: path_of(function) for name, function in found.items() if inspect.isfunction(function)}
    return {name: path for name, path in paths.items() if re.fullmatch(r"[\w.]+_task", path)}


def lazy_classes() -> dict[str, str]:
    """Classes that a package hands out lazily, such as `airflow.sdk.DAG`."""
    found = {}
    for package in PACKAGES:
        try:
            module = importlib.import_module(package)
        except ImportError:
            continue
        for name in (
            name for name in {*dir(module), *getattr(module, "__all__", ())} if not name.startswith("_")
        ):
            value = getattr(module, name, None)
            if (
                inspect.isclass(value)
                and value.__module__.startswith("airflow.")
                and value.__module__ != package
            ):
                found[f"{package}.{name}"] = path_of(value)
    return found
