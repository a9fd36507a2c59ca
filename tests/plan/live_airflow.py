"""Real Airflow servers on loopback: the REST APIs that bridges and runbooks talk to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from airshift_dev.envs import Environment, ensure

PATIENCE = 300


@dataclass(frozen=True)
class Server:
    """A running server; `settings` is the environment its DAG code would run in."""

    version: str
    python: Path
    port: int
    settings: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connection(self) -> str:
        """The Airflow connection to this server, as JSON."""
        values = {
            "conn_type": "http",
            "host": "127.0.0.1",
            "port": self.port,
            "login": "admin",
            "password": "admin",
        }
        return json.dumps({**values, "schema": "http"})

    def run(self, script: str, **settings: str) -> str:
        """Run Python code with this server's Airflow; its last line of output."""
        done = subprocess.run(
            [str(self.python), "-c", script],
            capture_output=True,
            text=True,
            env={**self.settings, **settings},
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


@contextmanager
def serving(version: str, home: Path, dags: Mapping[str, str]) -> Iterator[Server]:
    """A web server (2.x) or API server (3.x) with these DAG files parsed, and the user admin/admin."""
    third = version.startswith("3.")
    python = ensure(Environment(version))
    folder = home / "dags"
    folder.mkdir(parents=True)
    for name, text in dags.items():
        (folder / name).write_text(text)
    port = free_port()
    settings = server_settings(home, port, third=third)
    if third:
        (home / "passwords.json").write_text('{"admin": "admin"}')
    airflow = [str(python), "-m", "airflow"]
    steps = [["db", "migrate"], ["dags", "reserialize"]]
    if not third:
        steps.append(["users", "create", *"-u admin -p admin -r Admin -e a@example.org -f a -l a".split()])
    for step in steps:
        done = subprocess.run([*airflow, *step], env=settings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
    command = ["api-server", "--host", "127.0.0.1"] if third else ["webserver", "--hostname", "127.0.0.1"]
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(
            [*airflow, *command, "-p", str(port), "--workers", "1"],
            env=settings,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}" + ("/api/v2/monitor/health" if third else "/health"), process)
            yield Server(version, python, port, settings)
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill the leader of a session and everything it started, also what has left its process group.

    The file processor of Airflow 2 makes a group of its own. The leader is awaited last: until then nobody else can
    get its number.
    """
    process.kill()
    while others := list(_others(process.pid)):
        for number in others:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        time.sleep(0.05)
    process.wait()


def _others(leader: int) -> Iterator[int]:
    """The living processes of a session, save for its leader."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
            if int(session) == leader and state != "Z" and int(stat.parent.name) != leader:
                yield int(stat.parent.name)


def server_settings(home: Path, port: int, *, third: bool) -> dict[str, str]:
    """The environment variables of an Airflow in a folder of its own."""
    common = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "PYTHONWARNINGS": "ignore",
    }
    if not third:
        return {**common, "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth"}
    return {
        **common,
        "AIRFLOW__API_AUTH__JWT_SECRET": "s" * 64,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
    }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until an address answers; fail when the process that should serve it ends."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise AssertionError(f"{url} did not answer")
