"""An Airflow's REST API with recorded shapes on loopback, and a secret in every field that can hold one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

CANARY = "canary-4w7"
TRACEBACK = f'Traceback:\n  File "x.py", line 1\n    token = "{CANARY}"\nModuleNotFoundError: No module named \'gone\'\n'
LEAKING = f"Traceback:\nValueError: postgresql://user:{CANARY}@host/db"


def dag(dag_id: str, major: int, **changes: Any) -> dict[str, Any]:
    """A DAG as the API lists it."""
    common = {
        "dag_id": dag_id,
        "is_paused": False,
        "has_import_errors": False,
        "owners": ["airflow"],
        "tags": [{"name": "team"}],
        "fileloc": f"/usr/local/airflow/dags/{dag_id}.py",
        "file_token": CANARY,
        "description": CANARY,
    }
    own = {"is_active": True, "next_dagrun_create_after": "2026-11-22T00:00:00+00:00"}
    if major == 3:
        own = {"is_stale": False, "next_dagrun_run_after": "2026-11-22T00:00:00Z"}
    return common | own | changes


def dag_run(dag_id: str, number: int, state: str = "success") -> dict[str, Any]:
    """A run as the API lists it."""
    return {
        "dag_id": dag_id,
        "dag_run_id": f"scheduled__{number}",
        "state": state,
        "run_type": "scheduled",
        "logical_date": f"2026-11-{number:02}T00:00:00+00:00",
        "start_date": f"2026-11-{number:02}T01:00:00+00:00",
        "end_date": f"2026-11-{number:02}T01:10:00+00:00",
        "conf": {"password": CANARY},
        "note": CANARY,
    }


def content(major: int) -> dict[str, Any]:
    """Answers by path below /api/vN."""
    lists: dict[str, list[dict[str, Any]]] = {
        "dags": [dag("first", major), dag("second", major, is_paused=True), dag("bad", major, has_import_errors=True)],
        "dag_runs": [dag_run("first", 19), dag_run("first", 20, "failed"), dag_run("second", 18)],
        "pools": [
            {"name": "default_pool", "slots": 128, "occupied_slots": 1, "description": CANARY, "include_deferred": False}
        ],
        "variables": [
            {"key": "one", "value": CANARY, "description": CANARY},
            {"key": "two", "value": json.dumps({"a": CANARY}), "description": None},
        ],
        "connections": [
            {
                "connection_id": "db", "conn_type": "postgres", "description": CANARY, "host": CANARY,
                "login": CANARY, "schema": CANARY, "port": 5432, "password": CANARY, "extra": json.dumps({"k": CANARY}),
            },
            {"connection_id": "empty", "conn_type": "http", "host": None, "login": "", "extra": "{}"},
        ],
        "import_errors": [
            {"filename": "/usr/local/airflow/dags/bad.py", "timestamp": "2026-11-20T00:00:00Z", "stack_trace": TRACEBACK},
            {"filename": "/usr/local/airflow/dags/leak.py", "timestamp": "2026-11-20T00:00:00Z", "stack_trace": LEAKING},
        ],
    }  # fmt: skip
    paths = {"dag_runs": "/dags/~/dagRuns", "import_errors": "/importErrors"}
    said: dict[str, Any] = {paths.get(key, f"/{key}"): {key: records} for key, records in lists.items()}
    said["/version"] = {"version": {2: "2.10.3", 3: "3.0.6"}[major], "git_version": None}
    said["/health" if major == 2 else "/monitor/health"] = {
        "metadatabase": {"status": "healthy"},
        "scheduler": {"status": "unhealthy", "latest_scheduler_heartbeat": None},
    }
    return said


class FakeAirflow(ThreadingHTTPServer):
    """Answers everybody; `broken` maps paths to a status."""

    def __init__(self, major: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.major = major
        self.content = content(major)
        self.broken: dict[str, int] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeAirflow

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        prefix = f"/api/v{self.server.major - 1}"
        path = asked.path.removeprefix(prefix)
        said = self.server.content.get(path) if asked.path.startswith(prefix) else None
        if path in self.server.broken:
            self._say(self.server.broken[path], {"detail": CANARY})
        elif said is None:
            self._say(404, {"detail": CANARY})
        else:
            self._say(200, _page(said, {name: values[0] for name, values in parse_qs(asked.query).items()}))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say(201, {"access_token": CANARY})

    def _say(self, status: int, said: Any) -> None:
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing on stderr."""


def _page(said: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
    if "offset" not in query:
        return said
    ((key, records),) = said.items()
    start = int(query["offset"])
    return {key: records[start : start + int(query["limit"])], "total_entries": len(records)}


@contextmanager
def fake_airflow(major: int) -> Iterator[FakeAirflow]:
    """The server on a free port."""
    server = FakeAirflow(major)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
