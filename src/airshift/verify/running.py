"""Ask real Airflow installs about the files of an estate: worker processes, their orders and their answers."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from airshift.errors import ServiceError
from airshift.verify.model import Answer, Side, Spot

INSIDE = Path(__file__).with_name("inside")
_GRACE = 30
"""Seconds a worker gets beyond the limit of a file before it counts as dead."""


@dataclass(frozen=True, slots=True)
class Install:
    """A Python with Airflow in it, and a database file of that version."""

    python: Path
    database: Path | None = None


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


Note = Callable[[Answer, Mapping[str, Any]], None]
"""Told every fresh answer, together with what the worker literally said."""


def ask(
    install: Install, order: Order, known: Mapping[str, Mapping[str, Any]], jobs: int, note: Note
) -> tuple[Side, dict[str, Mapping[str, Any]]]:
    """Have every DAG file parsed that `known` has no answer for; raise ServiceError when Airflow does not start."""
    said = dict(known)
    with _scratch(install, order) as (command, settings, scratch):
        first = _Worker(command, settings, scratch)
        hello = first.listen()
        listed = first.ask({"list": True}, order.seconds)
        if "files" not in listed:
            raise ServiceError(
                f"Airflow {hello['airflow']} does not list the DAG folder: {listed.get('error')}"
            )
        todo: SimpleQueue[str] = SimpleQueue()
        for path in sorted(set(listed["files"]) - said.keys()):
            todo.put(path)
        others = [_Worker(command, settings, scratch) for _ in range(min(jobs, todo.qsize()) - 1)]
        for answer in _together([first, *others], todo, order.seconds):
            said[answer["path"]] = answer
            note(answer_of(answer), answer)
    answers = {path: answer_of(said[path]) for path in sorted(listed["files"]) if path in said}
    side = Side(hello["airflow"], hello["python"], tuple(hello["isolated"]), answers)
    return side, {path: said[path] for path in answers}


def run(install: Install, order: Order, wanted: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Run DAGs, given as pairs of file and id, one after the other; their final states by id."""
    found = {}
    with _scratch(install, order) as (command, settings, scratch):
        worker = _Worker(command, settings, scratch)
        worker.listen()
        for path, dag_id in wanted:
            found[dag_id] = worker.ask({"file": path, "run": dag_id}, order.seconds)
        worker.end()
    return found


def answer_of(said: Mapping[str, Any]) -> Answer:
    """One line of a worker as a value."""
    place = said.get("place")
    return Answer(
        said["path"],
        said.get("error"),
        Spot(place["path"], place["line"]) if place else None,
        {dag["dag_id"]: dag for dag in said["dags"]},
        tuple((one["kind"], one["name"], one["answer"]) for one in said["looked_up"]),
        tuple(said["stubbed"]),
        tuple(
            f"{one['path']}:{one['line']}: {one['category']}: {one['message']}" for one in said["warnings"]
        ),
        said["seconds"],
    )


@contextmanager
def _scratch(install: Install, order: Order) -> Iterator[tuple[list[str], dict[str, str], Path]]:
    """A home of its own for the workers: the caller's is hidden from them."""
    with tempfile.TemporaryDirectory(prefix="airshift-verify-") as name:
        scratch = Path(name)
        file = scratch / "order.json"
        home = str(Path.home())
        shown = [str(order.root), name, str(INSIDE), *_interpreter(install.python)]
        document = {
            **{key: getattr(order, key) for key in Order.__slots__},
            "root": str(order.root),
            "folder": str(order.folder),
            "hidden": [home] if home != "/" else [],
            "shown": shown,
        }
        file.write_text(json.dumps(document), encoding="utf-8")
        command = [str(install.python), "-m", "airshift_parser", str(file)]
        yield command, _settings(install, order, scratch), scratch


def _interpreter(python: Path) -> list[str]:
    """The folders a virtual environment runs from."""
    program = "import sys; print(sys.prefix, sys.base_prefix, sep='\\n')"
    done = subprocess.run([str(python), "-c", program], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceError(f"{python} does not run: {done.stderr.strip()[-300:]}")
    return done.stdout.split("\n")[:2]


def _settings(install: Install, order: Order, scratch: Path) -> dict[str, str]:
    """The environment of a worker: nothing of the caller's but the path to programs."""
    settings = {
        "PATH": f"{install.python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
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
    if install.database is not None:
        copy = scratch / "airflow.db"
        copy.write_bytes(install.database.read_bytes())
        settings["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{copy}"
    return settings


class _Worker:
    """One Airflow process that answers line by line."""

    def __init__(self, command: list[str], settings: dict[str, str], scratch: Path) -> None:
        self._errors = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=settings,
            cwd=scratch,
            start_new_session=True,
        )
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._reader = Thread(target=self._pump, daemon=True)
        self._reader.start()

    def _pump(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(b"")

    def listen(self, seconds: float = 300) -> dict[str, Any]:
        """The next line; raise ServiceError when the process ended or says nothing in time."""
        try:
            line = self._lines.get(timeout=seconds)
        except Empty:
            line = b""
        if not line:
            self._errors.seek(0)
            text = self._errors.read().decode("utf-8", "replace").strip()
            self.end()
            raise ServiceError(f"the Airflow to verify on ended: {text[-600:] or 'without a word'}")
        return dict(json.loads(line))

    def ask(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Put a question and wait for its answer."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        return self.listen(seconds + _GRACE)

    def end(self) -> None:
        """End the process: without questions it ends by itself, with what it started."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()


def _together(workers: list[_Worker], todo: SimpleQueue[str], seconds: float) -> Iterator[dict[str, Any]]:
    """Let all workers take files until none is left; answers come as they are ready, then every worker ends."""
    done: SimpleQueue[dict[str, Any] | None] = SimpleQueue()

    def work(number: int, worker: _Worker) -> None:
        try:
            if number:
                worker.listen()
            while True:
                done.put(worker.ask({"file": todo.get_nowait()}, seconds))
        except Empty:
            return
        finally:
            worker.end()
            done.put(None)

    with ThreadPoolExecutor(len(workers)) as pool:
        results = [pool.submit(work, number, worker) for number, worker in enumerate(workers)]
        open_ = len(workers)
        while open_:
            answer = done.get()
            if answer is None:
                open_ -= 1
            else:
                yield answer
    for result in results:
        result.result()
