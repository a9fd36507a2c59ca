"""How a worker is started: with an interpreter of this machine, or in a container."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, assert_never

from airshift.errors import ServiceError

INSIDE = Path(__file__).with_name("inside")
_ENGINES = ("docker", "podman")


@dataclass(frozen=True, slots=True)
class Install:
    """A Python with Airflow in it, and a database file of that version."""

    python: Path
    database: Path | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A container image with Airflow in it."""

    name: str


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of every worker; see `inside/airshift_parser/parse.py`."""

    root: Path
    folder: Path
    at: str
    context_keys: tuple[str, ...]
    placeholders: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stub_missing: bool = False
    own_modules: tuple[str, ...] = ()
    runs: int = 10
    seconds: float = 60
    memory_mb: int = 2048


@dataclass(frozen=True, slots=True)
class Launch:
    """A command with its environment, and the folder it may write to."""

    command: list[str]
    settings: dict[str, str]
    scratch: Path


@contextmanager
def launched(airflow: Install | Image, order: Order) -> Iterator[Launch]:
    """A home of its own for the workers: the caller's is hidden from them."""
    with tempfile.TemporaryDirectory(prefix="airshift-verify-") as name:
        scratch = Path(name)
        match airflow:
            case Install():
                yield _on_this_machine(airflow, order, scratch)
            case Image():
                yield _in_a_container(airflow, order, scratch)
            case _:
                assert_never(airflow)


def _on_this_machine(install: Install, order: Order, scratch: Path) -> Launch:
    home = str(Path.home())
    shown = [str(order.root), str(scratch), str(INSIDE), *_prefixes(install.python)]
    file = _written(order, scratch, hidden=[home] if home != "/" else [], shown=shown)
    settings = _settings(order, scratch)
    settings["PATH"] = f"{install.python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    if install.database is not None:
        copy = scratch / "airflow.db"
        copy.write_bytes(install.database.read_bytes())
        settings["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{copy}"
    return Launch([str(install.python), "-m", "airshift_parser", str(file)], settings, scratch)


def _in_a_container(image: Image, order: Order, scratch: Path) -> Launch:
    """No network, nothing of this machine but the copy of the estate, and a database made on the spot."""
    file = _written(order, scratch, hidden=[], shown=[])
    volumes = [f"{order.root}:{order.root}:ro", f"{INSIDE}:{INSIDE}:ro", f"{scratch}:{scratch}"]
    options = ["--rm", "--interactive", "--init", "--network", "none"]
    if hasattr(os, "getuid"):
        options += ["--user", f"{os.getuid()}:0"]
    options += [part for volume in volumes for part in ("--volume", volume)]
    options += [
        part for name, value in _settings(order, scratch).items() for part in ("--env", f"{name}={value}")
    ]
    program = f"airflow db migrate >/dev/null 2>&1; exec python -m airshift_parser {file}"
    shell = ["--workdir", str(scratch), "--entrypoint", "bash", image.name, "-c", program]
    return Launch([engine(), "run", *options, *shell], dict(os.environ), scratch)


def engine() -> str:
    """The program that runs containers; raise ServiceError where there is none."""
    found = next((path for name in _ENGINES if (path := shutil.which(name))), None)
    if found is None:
        raise ServiceError(f"to verify in a container image, {' or '.join(_ENGINES)} has to be installed")
    return found


def _written(order: Order, scratch: Path, *, hidden: list[str], shown: list[str]) -> Path:
    document = {name: getattr(order, name) for name in Order.__slots__}
    places = {"root": str(order.root), "folder": str(order.folder), "hidden": hidden, "shown": shown}
    file = scratch / "order.json"
    file.write_text(json.dumps({**document, **places}), encoding="utf-8")
    return file


def _prefixes(python: Path) -> list[str]:
    """The folders a virtual environment runs from."""
    program = "import sys; print(sys.prefix, sys.base_prefix, sep='\\n')"
    done = subprocess.run([str(python), "-c", program], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceError(f"{python} does not run: {done.stderr.strip()[-300:]}")
    return done.stdout.split("\n")[:2]


def _settings(order: Order, scratch: Path) -> dict[str, str]:
    """The environment of a worker: nothing of the caller's."""
    settings = {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "USER": "airflow",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(INSIDE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AIRFLOW_HOME": str(scratch),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AIRFLOW__CORE__DAGS_FOLDER": str(order.folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": str(order.seconds + 10),
        "AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACK_DEPTH": "20",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
    }
    plugins = order.root / "plugins"
    if plugins.is_dir():
        settings["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(plugins)
    return settings
