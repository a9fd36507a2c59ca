"""Import modules of an installed Airflow, and tell why an import fails or warns. Runs inside the install."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

DEPRECATIONS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
SECONDS = 180

FAILED, OK, DEPRECATED, ABSENT = 0, 1, 2, 3
"""How importing a name went; ABSENT: the library behind it is not installed here, so nobody can tell."""

deprecated_modules: set[str] = set()
"""Modules whose own body warned, whoever imported them first."""


def watch_warnings() -> None:
    """Note which module bodies warn about their own deprecation, however they come to be imported."""
    original = warnings.warn

    @functools.wraps(original)
    def warn(message: Any, category: Any = None, stacklevel: int = 1, *rest: Any, **named: Any) -> Any:
        caller = sys._getframe(1)
        kind = type(message) if isinstance(message, Warning) else category
        if caller.f_code.co_name == "<module>" and isinstance(kind, type) and issubclass(kind, DEPRECATIONS):
            deprecated_modules.add(caller.f_globals.get("__name__", ""))
        return original(message, category, stacklevel + 1, *rest, **named)

    warnings.warn = warn


def attempt(module: str) -> str | None:
    """Import a module; return why it failed, or None."""
    signal.signal(signal.SIGALRM, _too_slow)
    signal.alarm(SECONDS)
    try:
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            importlib.import_module(module)
    except BaseException as error:
        return reason(error)
    finally:
        signal.alarm(0)
    return None


def _too_slow(*_: object) -> None:
    raise TimeoutError(f"import took more than {SECONDS} s")


def reason(error: BaseException) -> str:
    """What went wrong, led by `absent:` when the cause is a library that is not installed."""
    text = f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, ModuleNotFoundError) and not ours(cause.name or ""):
            return f"absent: {cause.name or text}"
        if isinstance(cause, ImportError) and ".so" in str(cause):
            return f"absent: {str(cause)[:120]}"
        cause = cause.__cause__ or cause.__context__
    return text


def ours(module: str) -> bool:
    """Whether `module` belongs to core or to a provider that is installed."""
    if module.split(".")[0] != "airflow":
        return False
    parts = module.split(".")
    if parts[:2] != ["airflow", "providers"]:
        return True
    return (
        any(is_package(".".join(parts[:size])) for size in (3, 4) if len(parts) >= size)
        and importlib.util.find_spec(".".join(parts[:3])) is not None
    )


def is_package(name: str) -> bool:
    try:
        spec = importlib.util.find_spec(name)
    except Exception:
        return False
    return spec is not None and spec.origin is not None


def public(name: str) -> bool:
    return name.isidentifier() and (not name.startswith("_") or name == "__version__")


def static(file: Path) -> dict[str, Any]:
    """Top-level names of a module that cannot be imported here, read from its source."""
    names = {}
    for node in ast.parse(file.read_text()).body:
        for name in _bound(node):
            if public(name):
                names[name] = OK
    return {"names": names, "lazy": {}, "hook": False, "static": True}


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    if isinstance(node, ast.Try):
        return [name for child in node.body for name in _bound(child)]
    if isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.dump(node.test):
        return [name for child in [*node.body, *node.orelse] for name in _bound(child)]
    return []
