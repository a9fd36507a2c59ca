"""Walk an installed Airflow and print what can be imported from it, as JSON.

Runs inside the interpreter of the install, so it uses nothing but the standard library. Distributions are walked in
batches; a module that fails there is tried again in a process of its own before it counts as failing.
"""

from __future__ import annotations

import importlib.metadata
import json
import multiprocessing
import os
import re
import sys
import types
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airshift_dev.walk_classes import Signatures, decorators, lazy_classes, new_signatures, read_signatures
from airshift_dev.walk_imports import attempt, deprecated_modules, static, watch_warnings
from airshift_dev.walk_names import describe

CORE = ("apache-airflow", "apache-airflow-core", "apache-airflow-task-sdk")
PROVIDER = "apache-airflow-providers-"
OPAQUE = re.compile(r"\.(tests?|migrations|example_dags|node_modules)(\.|$)|_vendor\.|__main__$|\.\d|-")
BATCHES = 6
Entry = dict[str, Any]
Extra = dict[str, list[str]]


@dataclass(frozen=True)
class Work:
    """Modules for one process: by distribution, with their files."""

    files: dict[str, dict[str, str]]
    extra: Extra
    known: frozenset[str]


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


def walk_module(name: str, extra: dict[str, list[str]], known: frozenset[str]) -> dict[str, Entry]:
    """One module and the modules that appear with it without having a file of their own."""
    before = set(sys.modules)
    failure = attempt(name)
    if failure:
        return {name: {"error": failure}}
    found = {name: describe(sys.modules[name], extra.get(name, []))}
    for born in sorted(set(sys.modules) - before):
        if born.startswith("airflow.") and born not in known and _is_virtual(sys.modules[born]):
            found[born] = {**describe(sys.modules[born], extra.get(born, [])), "virtual": True}
    return found


def _is_virtual(module: object) -> bool:
    return (
        isinstance(module, types.ModuleType)
        and not getattr(module, "__file__", None)
        and not hasattr(module, "__path__")
    )


def walk_group(work: Work) -> tuple[dict[str, Entry], dict[str, Signatures]]:
    """Walk modules one after the other in this process."""
    watch_warnings()
    found: dict[str, Entry] = {}
    signatures: dict[str, Signatures] = {}
    for dist, files in work.files.items():
        for name in sorted(files):
            entries = walk_module(name, work.extra, work.known)
            found.update({born: {**entry, "dist": dist} for born, entry in entries.items()})
            if "error" not in entries[name]:
                read_signatures(
                    sys.modules[name], signatures.setdefault(dist, new_signatures()), dist in CORE
                )
    for name, entry in found.items():
        entry["warns"] = name in deprecated_modules
    return found, signatures


def batches(files: dict[str, dict[str, str]]) -> list[dict[str, dict[str, str]]]:
    """Distributions in batches of like size; starting a process costs more than walking a small provider."""
    result: list[dict[str, dict[str, str]]] = [{} for _ in range(BATCHES)]
    for name, group in sorted(files.items(), key=lambda item: -len(item[1])):
        smallest = min(result, key=lambda batch: sum(map(len, batch.values())))
        smallest[name] = group
    return [batch for batch in result if batch]


def walk(extra: Extra) -> dict[str, Any]:
    """Walk every installed distribution; with `extra`, only its modules, asked for those names too."""
    installed = distributions()
    files = {name: _wanted(modules(installed[name]), extra) for name in sorted(installed)}
    known = frozenset(module for dist in installed.values() for module in modules(dist))
    result: dict[str, Any] = {"distributions": {name: dist.version for name, dist in installed.items()}}
    result["modules"], result["signatures"] = {}, {}
    with _pool("spawn") as pool:
        for found, signatures in pool.map(
            walk_group, (Work(batch, extra, known) for batch in batches(files))
        ):
            result["modules"].update(found)
            result["signatures"].update(signatures)
        if not extra:
            result["decorators"] = pool.submit(decorators).result()
            result["aliases"] = pool.submit(lazy_classes).result()
    again(result, files, extra, known)
    return result


def again(
    result: dict[str, Any], files: dict[str, dict[str, str]], extra: Extra, known: frozenset[str]
) -> None:
    """Try what failed once more, each module in a fresh process; read the source of what nobody can import here."""
    failed = {name: entry["dist"] for name, entry in result["modules"].items() if "error" in entry}
    jobs = [Work({dist: {name: files[dist][name]}}, extra, known) for name, dist in failed.items()]
    with _pool("forkserver") as pool:
        for found, signatures in pool.map(walk_group, jobs):
            result["modules"].update(found)
            for dist, group in signatures.items():
                for section, entries in group.items():
                    result["signatures"].setdefault(dist, new_signatures())[section].update(entries)
    for name, dist in failed.items():
        entry = result["modules"][name]
        if entry.get("error", "").startswith("absent:"):
            entry.update(static(Path(files[dist][name])))


def _wanted(group: dict[str, Path], extra: Extra) -> dict[str, str]:
    return {name: str(path) for name, path in group.items() if not extra or name in extra}


def _pool(method: str) -> ProcessPoolExecutor:
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["airflow.models"])
    return ProcessPoolExecutor(max_workers=2, mp_context=context, max_tasks_per_child=1)


def main() -> None:
    """Read `{"extra": {module: names}}` from the first file, write the result to the second."""
    order = json.loads(Path(sys.argv[1]).read_text())
    result = walk(order["extra"])
    result["python"] = sys.version.split()[0]
    Path(sys.argv[2]).write_text(json.dumps(result))
    os._exit(0)
