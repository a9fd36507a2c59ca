"""Virtual environments to verify on: one per Airflow version and requirements, made once and kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from airshift.errors import ServiceError
from airshift.file_lock import hold
from airshift.folders import cache_folder
from airshift.pin.external import uv_command
from airshift.pin.pins import Pins
from airshift.redact import redact_text
from airshift.verify.interpreters import interpreter
from airshift.verify.launching import Image, Install, engine

_RECIPE = "1"
_LISTING = "import os, sysconfig; print(*sorted(os.listdir(sysconfig.get_path('purelib'))), sep='\\n')"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an environment holds."""

    version: str
    pins: Pins
    requirements: str = ""
    """Requirement lines beside Airflow itself; options and constraint lines are allowed."""

    @property
    def folder(self) -> Path:
        """Where it is kept, named after everything it is made from."""
        parts = [_RECIPE, self.version, self.pins.python, self.pins.digest, self.requirements]
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
        return cache_folder() / "verify" / f"airflow-{self.version}-{key}"


def prepared(wanted: Wanted) -> Install:
    """The environment, built if need be; raise ServiceError with the installer's words when that fails."""
    folder = wanted.folder
    with _locked(folder):
        if not (folder / ".complete").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            _build(wanted, folder)
            (folder / ".complete").touch()
    return existing(folder / "bin" / "python")


def existing(python: Path) -> Install:
    """An interpreter with Airflow in it, together with a migrated database of that version, made once."""
    if not python.is_file():
        raise ServiceError(f"{python}: no such interpreter")
    folder = cache_folder() / "verify" / f"database-{install_digest(python)}"
    database = folder / "airflow.db"
    with _locked(folder):
        if not database.is_file():
            _migrate(python, database)
    return Install(python, database)


def digest_of(airflow: Install | Image) -> str:
    """What tells one Airflow from another: its packages, or the id of its image."""
    match airflow:
        case Install():
            return install_digest(airflow.python)
        case Image():
            command = [engine(), "image", "inspect", "--format", "{{.Id}}", airflow.name]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise ServiceError(f"image {airflow.name}: {done.stderr.strip()[-300:]}")
            return done.stdout.strip()
        case _:
            assert_never(airflow)


def install_digest(python: Path) -> str:
    """A digest of the packages of an interpreter, by name and version."""
    done = subprocess.run([str(python), "-c", _LISTING], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceError(f"{python} does not run: {done.stderr.strip()[-300:]}")
    return hashlib.sha256(f"{python}\0{done.stdout}".encode()).hexdigest()[:16]


def _build(wanted: Wanted, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        constraints, requirements = Path(name, "constraints.txt"), Path(name, "requirements.txt")
        constraints.write_text("\n".join(wanted.pins.lines()) + "\n", encoding="utf-8")
        requirements.write_text(f"apache-airflow=={wanted.version}\n{wanted.requirements}", encoding="utf-8")
        uv = uv_command()
        files = ["-r", str(requirements), "-c", str(constraints)]
        python = str(folder / "bin" / "python")
        base = interpreter(wanted.pins.python)
        if uv is not None:
            _run([*uv, "venv", "--quiet", "--python", base or wanted.pins.python, str(folder)])
            _run([*uv, "pip", "install", "--quiet", "--python", python, *files])
        elif base is None:
            raise ServiceError(f"Python {wanted.pins.python} is needed and not installed; uv would fetch it")
        else:
            _run([base, "-m", "venv", str(folder)])
            _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *files])


def _run(command: list[str], settings: dict[str, str] | None = None) -> None:
    clean = {key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    done = subprocess.run(command, capture_output=True, text=True, env=settings or clean, check=False)
    if done.returncode:
        words = redact_text(done.stderr.strip() or done.stdout.strip())
        raise ServiceError(f"{Path(command[0]).name} failed: {words[-1500:]}")


def _migrate(python: Path, database: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        made = Path(home) / "airflow.db"
        settings = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": home,
            "AIRFLOW_HOME": home,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{made}",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        }
        _run([str(python), "-m", "airflow", "db", "migrate"], settings)
        database.parent.mkdir(parents=True, exist_ok=True)
        partial = database.with_suffix(".partial")
        partial.write_bytes(made.read_bytes())
        partial.replace(database)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("w") as lock:
        hold(lock.fileno(), wait=True)
        yield
