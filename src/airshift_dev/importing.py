"""Whether names really import: `from module import name`, tried in a real install, one process a module."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

_PROBE = r"""
import json, os, sys, tempfile, warnings
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp())
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
wanted = json.load(sys.stdin)
import logging
logging.disable(logging.CRITICAL)
import airflow
for module in ("airflow.models", "airflow.sdk", "airflow.models.dag", "airflow.providers_manager"):
    try:
        __import__(module)
    except Exception:
        pass


def attempt(module, name):
    statement = f"import {module}" if name is None else f"from {module} import {name}"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(statement, {})
        except BaseException as error:
            return f"{type(error).__name__}: {error}"[:300]
    kinds = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
    return "warn" if any(issubclass(item.category, kinds) for item in caught) else "ok"


results = sys.stdout
for module, names in wanted.items():
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        with os.fdopen(write, "w") as sink:
            json.dump([attempt(module, name) for name in names], sink)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as source:
        text = source.read()
    os.waitpid(child, 0)
    results.write(json.dumps([module, json.loads(text) if text else ["crash"] * len(names)]) + "\n")
    results.flush()
"""

Name = tuple[str, str | None]


def outcomes(python: Path, names: Iterable[Name]) -> dict[Name, str]:
    """`ok`, `warn` (some warning came with it) or the error, for each `(module, name)`; None: the module."""
    by_module: dict[str, list[str | None]] = {}
    for module, name in names:
        by_module.setdefault(module, []).append(name)
    done = subprocess.run(
        [str(python), "-c", _PROBE], input=json.dumps(by_module), capture_output=True, text=True, check=True
    )
    found: dict[Name, str] = {}
    for line in done.stdout.splitlines():
        module, results = json.loads(line)
        found.update(zip(((module, name) for name in by_module[module]), results, strict=True))
    return found
