"""Two web servers that answer as Airflow 2 and Airflow 3 do about a few DAGs, and record what is changed.

No scheduler runs: DAGs are what they are told to be. `was_twice` has the DAGs that were ever unpaused on both sides.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Change = tuple[str, str, str, Any]
"""Side, method, path and body."""


@dataclass
class World:
    """The DAGs and runs of both sides, with everything that was changed."""

    dags: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {"blue": {}, "green": {}})
    runs: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"blue": [], "green": []})
    queued_events: dict[str, int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    was_twice: set[str] = field(default_factory=set)
    freezes: set[str] = field(default_factory=set)
    """DAGs with a run that begins when they are paused on blue, and ends when they are unpaused again."""
    notes: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {"blue": {}, "green": {}})
    """Pools."""
    at_change: Callable[[str], bool] = lambda when: False
    """Called `before` and `after` a change of a DAG or a run has its effect; true to let it have none."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, dag_id: str, period: timedelta | None, *, catchup_from: datetime | None = None) -> None:
        """A DAG that runs on blue and is new on green, which would start a run at once."""
        now = datetime.now(UTC)
        common = {
            "dag_id": dag_id,
            "has_import_errors": False,
            "fileloc": "/dags/x.py",
            "last_parsed_time": iso(now),
        }
        blue = {**common, "is_paused": False, "is_active": True}
        green = {**common, "is_paused": True, "is_stale": False}
        if period is not None:
            tick = datetime.fromtimestamp(
                now.timestamp() // period.total_seconds() * period.total_seconds(), UTC
            )
            last = run_of(dag_id, tick - period, tick)
            self.runs["blue"].append(last)
            blue |= planned(tick, tick + period, "next_dagrun", "next_dagrun_create_after")
            first = catchup_from or tick
            green |= planned(first, first, "next_dagrun_logical_date", "next_dagrun_run_after")
        else:
            blue |= dict.fromkeys(("next_dagrun", "next_dagrun_create_after"))
            green |= dict.fromkeys(("next_dagrun_logical_date", "next_dagrun_run_after"))
        self.dags["blue"][dag_id], self.dags["green"][dag_id] = blue, green

    def hand_over(self, dag_id: str, period: timedelta | None) -> datetime | None:
        """The DAG has moved to green, which has done the newest tick; blue would do that again. The tick."""
        self.dags["blue"][dag_id]["is_paused"], self.dags["green"][dag_id]["is_paused"] = True, False
        if period is None:
            return None
        tick = datetime.fromisoformat(self.dags["blue"][dag_id]["next_dagrun"])
        self.runs["blue"] = [run for run in self.runs["blue"] if run["dag_id"] != dag_id]
        self.runs["blue"].append(run_of(dag_id, tick - 2 * period, tick - period))
        self.runs["green"].append({**run_of(dag_id, tick, tick), "run_after": iso(tick)})
        self.dags["blue"][dag_id] |= planned(tick - period, tick, "next_dagrun", "next_dagrun_create_after")
        after = planned(tick + period, tick + period, "next_dagrun_logical_date", "next_dagrun_run_after")
        self.dags["green"][dag_id] |= after
        return tick

    def answer(
        self, side: str, method: str, path: str, query: dict[str, list[str]], body: Any
    ) -> tuple[int, Any]:
        """Status and JSON."""
        with self.lock:
            parts = [unquote(part) for part in path.strip("/").split("/")]
            found = self._answer(side, method, parts, query, body)
            if method == "PATCH" and len(parts) == 2:
                self.was_twice |= {
                    name
                    for name in self.dags["blue"]
                    if not any(self.dags[one][name]["is_paused"] for one in ("blue", "green"))
                }
            return found

    def _answer(
        self, side: str, method: str, parts: list[str], query: dict[str, list[str]], body: Any
    ) -> tuple[int, Any]:
        dags, runs = self.dags[side], self.runs[side]
        if parts[0] == "version":
            return 200, {"version": "2.10.3" if side == "blue" else "3.3.1"}
        if parts[0] in ("health", "monitor"):
            beat = iso(datetime.now(UTC))
            alive = {"status": "healthy", "latest_scheduler_heartbeat": beat}
            return 200, {"metadatabase": {"status": "healthy"}, "scheduler": alive}
        if parts[0] == "pools":
            return self._pools(self.notes[side], method, parts[1:], body)
        if parts[0] in ("variables", "connections", "importErrors"):
            return 200, {"import_errors" if parts[0] == "importErrors" else parts[0]: [], "total_entries": 0}
        if parts == ["dags"]:
            return 200, {"dags": list(dags.values()), "total_entries": len(dags)}
        if parts == ["dags", "~", "dagRuns", "list"]:
            chosen = [
                run
                for run in runs
                if run["dag_id"] in body["dag_ids"] and run["state"] in body.get("states", [run["state"]])
            ]
            return 200, {"dag_runs": chosen, "total_entries": len(chosen)}
        if parts[1] not in dags:
            return 404, {"detail": "unknown"}
        if method == "GET" and len(parts) == 2:
            return 200, dags[parts[1]]
        if parts[2:] == ["datasets", "queuedEvent"]:
            number = self.queued_events.get(parts[1], 0)
            return (200, {"total_entries": number}) if number else (404, {})
        if method == "GET" and len(parts) == 4:
            there = [run for run in runs if run["dag_id"] == parts[1] and run["dag_run_id"] == parts[3]]
            return (200, there[0]) if there else (404, {})
        if method == "GET":
            states = query.get("state", ["queued", "running", "success", "failed"])
            chosen = [run for run in runs if run["dag_id"] == parts[1] and run["state"] in states]
            return 200, {"dag_runs": chosen[::-1], "total_entries": len(chosen)}
        self.changes.append((side, method, "/" + "/".join(parts), body))
        if method == "POST" and any(
            run["dag_run_id"] == body["dag_run_id"] and run["dag_id"] == parts[1] for run in runs
        ):
            return 409, {}
        if self.at_change("before"):
            return 503, {}
        found = self._change(side, method, parts, body)
        self.at_change("after")
        return found

    def _pools(
        self, pools: dict[str, dict[str, Any]], method: str, names: list[str], body: Any
    ) -> tuple[int, Any]:
        if method == "POST":
            status = 409 if body["name"] in pools else 201
            return status, pools.setdefault(body["name"], body)
        if not names:
            return 200, {"pools": list(pools.values()), "total_entries": len(pools)}
        if names[0] not in pools:
            return 404, {}
        if method == "PATCH":
            pools[names[0]] |= body
        return 200, pools.pop(names[0]) if method == "DELETE" else pools[names[0]]

    def _change(self, side: str, method: str, parts: list[str], body: Any) -> tuple[int, Any]:
        name, runs = parts[1], self.runs[side]
        if method == "PATCH" and len(parts) == 2:
            self.dags[side][name]["is_paused"] = body["is_paused"]
            self._freeze(side, name, paused=body["is_paused"])
            return 200, body
        if method == "POST":
            runs.append({**body, "dag_id": name, "state": "queued", "run_type": "manual"})
            return 200, runs[-1]
        for run in runs:
            if run["dag_id"] == name and run["dag_run_id"] == parts[3]:
                run |= body
                return 200, run
        return 404, {}

    def _freeze(self, side: str, name: str, *, paused: bool) -> None:
        if side != "blue" or name not in self.freezes:
            return
        if paused:
            now = datetime.now(UTC)
            self.runs["blue"].append({**run_of(name, now, now), "run_type": "manual", "state": "running"})
        else:
            self.freezes.discard(name)
            for run in self.runs["blue"]:
                if run["dag_id"] == name:
                    run["state"] = "success"


def iso(moment: datetime) -> str:
    return moment.isoformat()


def run_of(dag_id: str, start: datetime, end: datetime) -> dict[str, Any]:
    """A finished run of blue's scheduler."""
    return {
        "dag_id": dag_id, "dag_run_id": f"scheduled__{iso(start)}", "run_type": "scheduled", "state": "success",
        "logical_date": iso(start), "data_interval_start": iso(start), "data_interval_end": iso(end),
    }  # fmt: skip


def planned(start: datetime, end: datetime, date: str, due: str) -> dict[str, str]:
    """What a side runs next."""
    interval = {"next_dagrun_data_interval_start": iso(start), "next_dagrun_data_interval_end": iso(end)}
    return {date: iso(start), due: iso(end), **interval}


@contextmanager
def recording(world: World) -> Iterator[tuple[str, str]]:
    """Serve both sides; their addresses."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _handler(world, side)) for side in ("blue", "green")]
    threads = [threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        blue, green = (f"http://127.0.0.1:{server.server_address[1]}" for server in servers)
        yield blue, green
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _handler(world: World, side: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            address = urlsplit(self.path)
            base = "/api/v1" if side == "blue" else "/api/v2"
            if address.path == "/auth/token":
                status, content = 201, {"access_token": "t"}
            elif not address.path.startswith(base):
                status, content = 404, {}
            elif not self.headers.get("Authorization") and address.path != f"{base}/version":
                status, content = 401, {}
            else:
                path = address.path.removeprefix(base)
                status, content = world.answer(side, self.command, path, parse_qs(address.query), body)
            data = json.dumps(content).encode()
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked was killed
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    return Handler
