"""Whether names really import: `from module import name`, tried in a real install.

Core modules get a process each, because importing one may change what another offers; the modules of a
provider share one, because importing a provider is slow and its modules do not interfere.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

Name = tuple[str, str | None]
JOBS = 2

_PROBE = r"""
import json, logging, os, re, sys, tempfile, warnings
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp()
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
groups = json.load(sys.stdin)
import airflow.models, airflow.models.dag
try:
    import airflow.sdk
except ImportError:
    pass


def absent(error):
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] != "airflow":
            return error.name
        if isinstance(error, ModuleNotFoundError) and not installed(error.name or ""):
            return error.name
        if isinstance(error, RuntimeError) and "pip install" in str(error):
            return str(error)[:80]
        if isinstance(error, ImportError) and ".so" in str(error):
            return str(error)[:80]
        error = error.__cause__ or error.__context__
    return None


DEPRECATIONS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
import airflow.providers
NESTED = {"apache", "common", "microsoft", "dbt", "cncf", "atlassian"}


def installed(module):
    parts = module.split(".")
    if parts[:2] != ["airflow", "providers"] or len(parts) < 3:
        return True
    package = parts[2:4] if parts[2] in NESTED else parts[2:3]
    places = (os.path.join(folder, *package, "__init__.py") for folder in airflow.providers.__path__)
    return any(map(os.path.exists, places))


def attempt(module, name):
    statement = f"import {module}" if name is None else f"from {module} import {name}"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(statement, {})
        except BaseException as error:
            missing = absent(error)
            return f"absent: {missing}" if missing else f"{type(error).__name__}: {error}"[:200]
    return "warn" if any(issubclass(item.category, DEPRECATIONS) for item in caught) else "ok"


for group in groups:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        with os.fdopen(write, "w") as sink:
            for module, name in group:
                sink.write(json.dumps([module, name, attempt(module, name)]) + "\n")
                sink.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as source:
        for line in source:
            print(line, end="")
    os.waitpid(child, 0)
"""


def outcomes(python: Path, names: Iterable[Name]) -> dict[Name, str]:
    """What importing each (module, name) gives; the name None stands for the module itself.

    `ok`, `warn` (some deprecation warning came with it), `absent: library` (it needs what is not installed
    here) or the error. A name is missing from the result when its process died.
    """
    groups: dict[str, list[Name]] = {}
    for module, name in names:
        groups.setdefault(_group(module), []).append((module, name))
    work = sorted(groups.values(), key=len, reverse=True)
    running = [
        subprocess.Popen(
            [str(python), "-c", _PROBE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(JOBS)
    ]
    for number, process in enumerate(running):
        assert process.stdin is not None
        process.stdin.write(json.dumps(work[number::JOBS]))
        process.stdin.close()
    found: dict[Name, str] = {}
    for process in running:
        assert process.stdout is not None
        for line in process.stdout:
            module, name, outcome = json.loads(line)
            found[module, name] = outcome
        process.wait()
    return found


def _group(module: str) -> str:
    return ".".join(module.split(".")[:3]) if module.startswith("airflow.providers.") else module
