"""The names that a module of an installed Airflow hands out, lazily provided ones included. Runs inside the install."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
import sys
import types
import warnings
from pathlib import Path
from typing import Any

from airshift_dev.walk_imports import (
    ABSENT,
    DEPRECATED,
    DEPRECATIONS,
    FAILED,
    OK,
    attempt,
    is_package,
    ours,
    public,
    reason,
)


def lazy_targets(module: types.ModuleType) -> dict[str, str]:
    """Names that a module hands out through `__getattr__`, with the place they come from."""
    found: dict[str, str] = {}
    hook = vars(module).get("__getattr__")
    if isinstance(hook, functools.partial):
        for argument in (*hook.args, *hook.keywords.values()):
            if isinstance(argument, dict):
                found.update({str(key): value for key, value in argument.items() if isinstance(value, str)})
    if hook is None:
        return found
    for value in list(vars(module).values()):
        if isinstance(value, dict):
            found.update(_lazy_map(value))
    return found


def _lazy_map(table: dict[Any, Any]) -> dict[str, str]:
    found = {}
    for name, target in table.items():
        if not isinstance(name, str) or not public(name):
            continue
        if isinstance(target, tuple) and target and isinstance(target[0], str):
            target = ".".join(str(part) for part in target if isinstance(part, str) and part)
        if isinstance(target, str) and re.fullmatch(r"\.*[A-Za-z_][\w.]*", target) and ("." in target):
            found[name] = target
    return found


def candidates(module: types.ModuleType, extra: list[str]) -> set[str]:
    """Every public name that `from module import` might give."""
    names = {name for name in vars(module) if public(name)}
    exported = vars(module).get("__all__")
    names.update(str(name) for name in exported or () if public(str(name)))
    names.update(lazy_targets(module))
    if "__getattr__" in vars(module):
        names.update(_answerable(module))
        names.update(extra)
    return names


def _answerable(module: types.ModuleType) -> set[str]:
    """All that a lazy hook could answer to: strings of its module, names of what the hook imports."""
    file = getattr(module, "__file__", None)
    if not file:
        return set()
    nodes = list(ast.walk(ast.parse(Path(file).read_text())))
    constants = (node.value for node in nodes if isinstance(node, ast.Constant))
    found = {value for value in constants if isinstance(value, str) and public(value)}
    for hook in nodes:
        if isinstance(hook, ast.FunctionDef) and hook.name == "__getattr__":
            imports = (node for node in ast.walk(hook) if isinstance(node, ast.Import))
            for alias in (alias for node in imports for alias in node.names):
                found.update(name for name in dir(sys.modules.get(alias.name)) if public(name))
    return found


def probe(module: types.ModuleType, name: str) -> int:
    """Whether `from module import name` works, and whether it warns; submodules speak for themselves."""
    inside = f"{module.__name__}.{name}"
    hook = vars(module).get("__getattr__")
    value = vars(module).get(name, module)
    submodule = isinstance(value, types.ModuleType) and value.__name__ == inside
    if name in vars(module) and not (submodule and hook):
        return FAILED if submodule else OK
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = hook(name) if hook else getattr(module, name)
        except BaseException as error:
            return ABSENT if reason(error).startswith("absent:") else FAILED
    if isinstance(value, types.ModuleType) and value.__name__ == inside:
        return FAILED
    return DEPRECATED if any(issubclass(item.category, DEPRECATIONS) for item in caught) else OK


def describe(module: types.ModuleType, extra: list[str]) -> dict[str, Any]:
    """The importable names of a loaded module."""
    targets = lazy_targets(module)
    whole = targets.pop("*", None)
    wanted = candidates(module, [*extra, *_public_names(whole)])
    names = {name: probe(module, name) for name in sorted(wanted - {"*"})}
    if whole:
        given = (name for name, state in names.items() if state and name not in vars(module))
        targets.update({name: targets.get(name, f"{whole}.{name}") for name in given})
    targets.update(
        _homes(module, [name for name, state in names.items() if state == DEPRECATED and name not in targets])
    )
    package = module.__name__ if hasattr(module, "__path__") else module.__name__.rpartition(".")[0]
    lazy = {name: _absolute(target, package, name) for name, target in targets.items()}
    return {
        "names": {name: state for name, state in names.items() if state},
        "lazy": lazy,
        "hook": "__getattr__" in vars(module),
    }


def _public_names(module: str | None) -> list[str]:
    """The names of a module that another one hands out as a whole."""
    if module is None or attempt(module):
        return []
    return [name for name in dir(sys.modules[module]) if public(name)]


def _homes(module: types.ModuleType, names: list[str]) -> dict[str, str]:
    """Where the objects behind deprecated names are defined."""
    found = {}
    for name in names:
        with warnings.catch_warnings(record=True):
            value = getattr(module, name)
        home = getattr(value, "__module__", None)
        qualified = getattr(value, "__qualname__", None)
        if isinstance(home, str) and isinstance(qualified, str) and home != module.__name__ and ours(home):
            found[name] = f"{home}.{qualified}"
    return found


def _absolute(target: str, package: str, name: str) -> str:
    if target.startswith("."):
        target = importlib.util.resolve_name(target, package)
    if not is_package(target):
        return target
    return (
        f"{target}.{name}"
        if hasattr(sys.modules.get(target), name) or not target.endswith(f".{name}")
        else target
    )
