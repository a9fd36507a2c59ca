"""Runs inside a real Airflow install: which keywords the constructors of its classes accept.

Reads a list of [class, keywords] from stdin, or the packages whose classes are to be tried with each of their
parameters, and writes {class: {keyword: accepted}} to the file named on the command line. A keyword is rejected
when constructing with it raises an error that names it; null means that the class cannot be constructed here
with or without it.
"""

from __future__ import annotations

import importlib
import inspect
import json
import logging
import pkgutil
import re
import signal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PARTS = re.compile(r"\.(operators|sensors|transfers|hooks|triggers)(\.|$)")
_DUMMIES: dict[str, Any] = {"python_callable": print, "parameters": {}, "python": sys.executable}


def main() -> None:
    """Answer the questions of the calling test."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, _stop)
    answers: dict[str, dict[str, bool | None]] = {}
    asked = json.load(sys.stdin)
    for dotted, keywords in asked if isinstance(asked, list) else _walk(asked["packages"], asked.get("only")):
        found = _load(dotted)
        if found is not None:
            own = parameters(found)
            answers[dotted] = {name: _accepts(found, name, own) for name in keywords or own}
    Path(sys.argv[1]).write_text(json.dumps(answers))


def _stop(*_: object) -> None:
    raise TimeoutError


def _walk(packages: list[str], only: list[str]) -> Iterator[tuple[str, None]]:
    for name in _modules(packages):
        try:
            module = importlib.import_module(name)
        except BaseException:
            continue
        for key, value in list(vars(module).items()):
            own = inspect.isclass(value) and value.__module__ == name and not key.startswith("_")
            if own and (not only or key in only):
                yield f"{name}.{key}", None


def _modules(packages: list[str]) -> Iterator[str]:
    for package in packages:
        yield package
        path = getattr(importlib.import_module(package), "__path__", [])
        for info in pkgutil.walk_packages(path, f"{package}.", onerror=lambda name: None):
            if _PARTS.search(info.name):
                yield info.name


def _load(dotted: str) -> type | None:
    module, _, name = dotted.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except BaseException:
        return None
    return found if inspect.isclass(found) else None


def parameters(class_: type) -> dict[str, bool]:
    """Names of what the constructors of a class and its ancestors take, and whether it must be given."""
    found: dict[str, bool] = {}
    for ancestor in class_.__mro__:
        init = ancestor.__dict__.get("__init__")
        if init is None or ancestor is object or ancestor.__name__ in ("BaseOperator", "LoggingMixin"):
            break
        try:
            signature = inspect.signature(inspect.unwrap(init))
        except (TypeError, ValueError):
            break
        own = list(signature.parameters.values())[1:]
        for parameter in own:
            if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                found.setdefault(parameter.name, parameter.default is parameter.empty)
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in own):
            break
    return found


def _accepts(class_: type, keyword: str, own: dict[str, bool]) -> bool | None:
    arguments: dict[str, Any] = {name: _DUMMIES.get(name, "x") for name, needed in own.items() if needed}
    if _is_task(class_):
        arguments.setdefault("task_id", "x")
    given = {**arguments, keyword: _DUMMIES.get(keyword, "x")}
    error = _error(class_, given)
    if error is None or _blames(error, keyword):
        return error is None
    without = _error(class_, arguments)
    return None if without is not None and str(without) == str(error) else True


def _error(class_: type, arguments: dict[str, Any]) -> BaseException | None:
    signal.alarm(10)
    try:
        class_(**arguments)
    except BaseException as error:
        return error
    finally:
        signal.alarm(0)
    return None


def _is_task(class_: type) -> bool:
    return any(ancestor.__name__ == "BaseOperator" for ancestor in class_.__mro__)


def _blames(error: BaseException, keyword: str) -> bool:
    text = str(error)
    unexpected = f"unexpected keyword argument '{keyword}'" in text
    invalid = "Invalid arguments were passed" in text and f"'{keyword}'" in text
    gone = isinstance(error, RuntimeError) and f"`{keyword}`" in text
    return unexpected or invalid or gone


if __name__ == "__main__":
    main()
