"""Walk an installed Airflow and print what can be imported from it, as JSON.

Runs inside the interpreter of the install, so it uses nothing but the standard library. Every distribution is walked
in a process of its own; a module that fails there is tried again in a fresh process before it counts as failing.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.metadata
import importlib.util
import json
import multiprocessing
import os
import re
import signal
import sys
import types
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

CORE = ("apache-airflow", "apache-airflow-core", "apache-airflow-task-sdk")
PROVIDER = "apache-airflow-providers-"
OPAQUE = re.compile(r"\.(tests?|migrations|example_dags|node_modules)(\.|$)|_vendor\.|__main__$|\.\d|-")
DEPRECATIONS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
SECONDS = 180

FAILED, OK, DEPRECATED, ABSENT = 0, 1, 2, 3
"""How importing a name went; ABSENT: the library behind it is not installed here, so nobody can tell."""

deprecated_modules: set[str] = set()
"""Modules whose own body warned, whoever imported them first."""


def distributions() -> dict[str, Any]:
    """Every installed Airflow distribution by its canonical name."""
    found = {}
    for distribution in importlib.metadata.distributions():
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"] or "").lower()
        if name in CORE or name.startswith(PROVIDER):
            found[name] = distribution
    return found


def modules(distribution: Any) -> dict[str, Path]:
    """The modules a distribution installs below `airflow`, with their files."""
    found = {}
    for file in distribution.files or ():
        if file.suffix != ".py" or file.parts[0] != "airflow":
            continue
        parts = file.with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if not OPAQUE.search(name):
            found[name] = Path(str(distribution.locate_file(file)))
    return found


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
        if isinstance(cause, ModuleNotFoundError) and not _ours(cause.name or ""):
            return f"absent: {cause.name or text}"
        if isinstance(cause, ImportError) and ".so" in str(cause):
            return f"absent: {str(cause)[:120]}"
        cause = cause.__cause__ or cause.__context__
    return text


def _ours(module: str) -> bool:
    """Whether `module` belongs to core or to a provider that is installed."""
    if module.split(".")[0] != "airflow":
        return False
    parts = module.split(".")
    if parts[:2] != ["airflow", "providers"]:
        return True
    return any(
        _is_package(".".join(parts[:size])) for size in (3, 4) if len(parts) >= size
    ) and importlib.util.find_spec(".".join(parts[:3])) is not None


def _is_package(name: str) -> bool:
    try:
        spec = importlib.util.find_spec(name)
    except Exception:
        return False
    return spec is not None and spec.origin is not None


def public(name: str) -> bool:
    return name.isidentifier() and (not name.startswith("_") or name == "__version__")


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
    if name in vars(module):
        submodule = isinstance(vars(module)[name], types.ModuleType) and vars(module)[name].__name__ == inside
        return FAILED if submodule else OK
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = getattr(module, name)
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
    targets.update(_homes(module, [name for name, state in names.items() if state == DEPRECATED and name not in targets]))
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
        if isinstance(home, str) and isinstance(qualified, str) and home != module.__name__ and _ours(home):
            found[name] = f"{home}.{qualified}"
    return found


def _absolute(target: str, package: str, name: str) -> str:
    if target.startswith("."):
        target = importlib.util.resolve_name(target, package)
    return target if target.rpartition(".")[2] == name or _is_attribute(target) else f"{target}.{name}"


def _is_attribute(target: str) -> bool:
    return not _is_package(target)


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


def walk_module(name: str, extra: dict[str, list[str]], known: frozenset[str]) -> dict[str, dict[str, Any]]:
    """One module and the modules that appear with it without having a file of their own."""
    before = set(sys.modules)
    failure = attempt(name)
    if failure:
        return {name: {"error": failure}}
    found = {name: describe(sys.modules[name], extra.get(name, []))}
    for born in sorted(set(sys.modules) - before):
        if born.startswith("airflow.") and born not in known and isinstance(sys.modules[born], types.ModuleType):
            if not getattr(sys.modules[born], "__file__", None) and not hasattr(sys.modules[born], "__path__"):
                found[born] = {**describe(sys.modules[born], extra.get(born, [])), "virtual": True}
    return found


def walk_group(work: tuple[dict[str, str], dict[str, list[str]], frozenset[str]]) -> dict[str, dict[str, Any]]:
    """Walk modules one after the other in this process."""
    files, extra, known = work
    watch_warnings()
    found: dict[str, dict[str, Any]] = {}
    for name in sorted(files):
        found.update(walk_module(name, extra, known))
    for name, entry in found.items():
        entry["warns"] = name in deprecated_modules
    return found


def walk(names: list[str], extra: dict[str, list[str]]) -> dict[str, Any]:
    """Walk the wanted distributions; with `extra`, only its modules, asked for those names too."""
    installed = distributions()
    files = {name: modules(installed[name]) for name in names if name in installed}
    known = frozenset(module for dist in installed.values() for module in modules(dist))
    if extra:
        files = {name: {key: file for key, file in group.items() if key in extra} for name, group in files.items()}
        files = {name: group for name, group in files.items() if group}
    result: dict[str, Any] = {"distributions": {}, "modules": {}}
    groups = [({module: str(path) for module, path in group.items()}, extra, known) for group in files.values()]
    with _pool() as pool:
        for (dist, group), found in zip(files.items(), pool.map(walk_group, groups), strict=True):
            again = [name for name, entry in found.items() if "error" in entry]
            jobs = [({name: str(group[name])}, extra, known) for name in again]
            for redone in pool.map(walk_group, jobs):
                found.update(redone)
            for name, entry in found.items():
                entry["dist"] = dist
                if entry.get("error", "").startswith("absent:"):
                    entry.update(static(group[name]))
            result["modules"].update(found)
    result["distributions"] = {name: dist.version for name, dist in installed.items()}
    return result


def _pool() -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(max_workers=2, mp_context=context, max_tasks_per_child=1)


def main() -> None:
    """Read `{"distributions": [...] or null, "extra": {module: names}}`, write the result to the second file."""
    order = json.loads(Path(sys.argv[1]).read_text())
    wanted = order["distributions"] or sorted(distributions())
    result = walk(wanted, order["extra"])
    result["python"] = sys.version.split()[0]
    Path(sys.argv[2]).write_text(json.dumps(result))
    os._exit(0)


if __name__ == "__main__":
    main()
