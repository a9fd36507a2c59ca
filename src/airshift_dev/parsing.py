"""Parse DAG files on a real Airflow and return their structure: the judge of inventory and fixes."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airshift.atomic import write_text
from airshift_dev.envs import Environment, digest, ensure, envs_folder

WORKER = Path(__file__).with_name("parse_worker.py")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file on one version: its DAGs by id, or the error."""

    path: Path
    error: str | None
    dags: dict[str, dict[str, Any]]

    @property
    def shape(self) -> dict[str, Any]:
        """What must be equal on both versions: ids, tasks, edges and schedules."""
        return {
            dag_id: (dag["schedule"], {name: task["downstream"] for name, task in dag["tasks"].items()})
            for dag_id, dag in self.dags.items()
        }


def parse_files(
    version: str,
    files: Sequence[Path],
    *,
    wide: bool = True,
    root: Path | None = None,
    worker: Path = WORKER,
) -> dict[Path, Parsed]:
    """Parse each file in a process of its own, with a migrated database and no examples.

    An answer is kept under a digest of the install, the parser and every file beside the parsed one.
    """
    environment = Environment(version, wide)
    keys = {file: _key(environment, file, root, worker) for file in files}
    found = {file: kept for file in files if (kept := _kept(keys[file], file)) is not None}
    for parsed in _parse(environment, [file for file in files if file not in found], root, worker):
        _keep(keys[parsed.path], parsed)
        found[parsed.path] = parsed
    return found


def parse_in_parallel(version: str, files: Sequence[Path]) -> dict[Path, Parsed]:
    """Parse on two processes."""
    migrated_home(Environment(version, wide=True))
    with ThreadPoolExecutor(2) as pool:
        halves = pool.map(lambda half: parse_files(version, half), (files[::2], files[1::2]))
        return {path: parsed for half in halves for path, parsed in half.items()}


def _parse(
    environment: Environment, files: Sequence[Path], root: Path | None, worker: Path
) -> Iterable[Parsed]:
    if not files:
        return
    python, home = ensure(environment), migrated_home(environment)
    with tempfile.TemporaryDirectory() as scratch:
        settings = process_settings(home, Path(scratch))
        if root is not None:
            settings["DAGS_ROOT"] = str(root)
        done = subprocess.run(
            [str(python), str(worker)],
            input="".join(f"{file}\n" for file in files),
            capture_output=True,
            text=True,
            env=settings,
            cwd=scratch,
            check=False,
        )
    yield from _answers(done.stdout)


def _key(environment: Environment, file: Path, root: Path | None, worker: Path) -> Path:
    parts = [digest(environment), worker.read_text(), file.name, str(root is not None)]
    content = b"".join(path.name.encode() + path.read_bytes() for path in _reached(file, root or file.parent))
    name = hashlib.sha256("\0".join(parts).encode() + content).hexdigest()
    return envs_folder() / "parsed" / environment.folder.name / f"{name}.json"


def _reached(file: Path, root: Path) -> list[Path]:
    """A file and those below `root` that it may import: whose name, or folder's name, is written in it."""
    candidates = {
        path: path.parent.name if path.stem == "__init__" else path.stem for path in root.rglob("*.py")
    }
    found, queue = {file}, [file]
    while queue:
        words = set(re.findall(r"\w+", queue.pop().read_text(encoding="latin-1")))
        more = [path for path, name in candidates.items() if name in words and path not in found]
        found.update(more)
        queue += more
    return [file, *sorted(found - {file})]


def _kept(key: Path, file: Path) -> Parsed | None:
    if not key.is_file():
        return None
    answer = json.loads(key.read_text())
    return Parsed(file, answer["error"], answer["dags"])


def _keep(key: Path, parsed: Parsed) -> None:
    write_text(key, json.dumps({"error": parsed.error, "dags": parsed.dags}))


def _answers(output: str) -> Iterable[Parsed]:
    for line in output.splitlines():
        if line.startswith('{"path"'):
            answer = json.loads(line)
            yield Parsed(
                Path(answer["path"]), answer["error"], {dag["dag_id"]: dag for dag in answer["dags"]}
            )


def process_settings(home: Path, scratch: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(scratch),
        "AIRFLOW_HOME": str(scratch),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "55",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
    }


def migrated_home(environment: Environment) -> Path:
    """A folder with a migrated SQLite database for a version, made once."""
    home = envs_folder() / "homes" / environment.folder.name
    home.mkdir(parents=True, exist_ok=True)
    marker = home / ".migrated"
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.is_file():
            _migrate(environment, home)
            marker.touch()
    return home


def _migrate(environment: Environment, home: Path) -> None:
    (home / "airflow.db").unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        command = [str(ensure(environment).with_name("airflow")), "db", "migrate"]
        subprocess.run(command, env=process_settings(home, Path(scratch)), capture_output=True, check=True)


def site_packages(environment: Environment) -> Path:
    """The folder an environment's packages are installed in."""
    return next((ensure(environment).parents[1] / "lib").glob("python3.*")) / "site-packages"
