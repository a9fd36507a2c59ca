"""Runs command lines on an estate full of canaries, and searches everything that comes of it."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from airshift.cli.app import run
from canaries.estate import PREFIX, canary

FOUND = re.compile(rf"{PREFIX}\w*", re.IGNORECASE)


class Talkative(BaseHTTPRequestHandler):
    """Answers any request with secrets: as Airflow 2 would, or with an error when the server is `broken`."""

    def answer(self) -> None:
        """One answer for all paths and methods."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        record = {
            **dict.fromkeys(
                ("dag_id", "connection_id", "key", "name", "conn_type", "run_id", "filename"), "x"
            ),
            "value": canary("AnswerValue"),
            "password": canary("AnswerPassword"),
            "login": canary("AnswerLogin"),
            "extra": json.dumps({"token": canary("AnswerExtra")}),
            "host": f"https://u:{canary('AnswerHost')}@h",
            "description": f"https://u:{canary('AnswerDescription')}@h",
            "stack_trace": f"ValueError: https://u:{canary('AnswerTrace')}@h\npassword='{canary('AnswerTraced')}'",
            "fileloc": "dags/x.py",
            "is_paused": False,
            "slots": 1,
        }
        lists = (
            "dags",
            "connections",
            "variables",
            "pools",
            "roles",
            "dag_runs",
            "import_errors",
            "tasks",
            "task_instances",
        )
        content = {
            **{name: [record] for name in lists},
            "version": "2.10.3",
            "total_entries": 1,
            "detail": canary("AnswerDetail"),
            "message": canary("AnswerMessage"),
            "__type": canary("AnswerType"),
        }
        body = json.dumps(content).encode()
        broken = getattr(self.server, "broken", False)
        self.send_response(500 if broken else 200, canary("AnswerReason"))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing is logged."""


@contextmanager
def serving(*, broken: bool) -> Iterator[str]:
    """The host and port of such a server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Talkative)
    server.broken = broken  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def leaks_in(data: bytes | str) -> list[str]:
    """The canaries in text, also as JSON, URL or UTF-16 would spell them."""
    text = (
        data
        if isinstance(data, str)
        else data.decode("utf-8", "replace") + data.decode("utf-16-le", "replace")
    )
    return sorted(set(FOUND.findall(text)))


def leaks_below(folder: Path, *, but: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """The files below a folder that hold canaries, in their content or their name."""
    found = {}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        held = leaks_in(name) + (
            leaks_in(file.read_bytes()) if file.is_file() and not file.is_symlink() else []
        )
        if held and name not in but:
            found[name] = held
    return found


def readable_by_others(folder: Path) -> list[str]:
    """Files below a folder with canaries that other users of the machine could read."""
    found = []
    for file in folder.rglob("*"):
        if not file.is_file() or not leaks_in(file.read_bytes()):
            continue
        way = [file, *(one for one in file.parents if one.is_relative_to(folder) and one != folder)]
        if all(stat.S_IMODE(one.stat().st_mode) & 0o077 for one in way):
            found.append(str(file))
    return found


class Recorder:
    """Remembers how programs were started, and which files others could have read at that moment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folders: tuple[Path, ...]) -> None:
        self.commands: list[list[str]] = []
        self.exposed: list[str] = []
        started = subprocess.Popen.__init__

        def recording(process: Any, args: Any, *rest: Any, **named: Any) -> None:
            self.commands.append([args] if isinstance(args, str) else [str(part) for part in args])
            for folder in folders:
                self.exposed += readable_by_others(folder)
            started(process, args, *rest, **named)

        monkeypatch.setattr(subprocess.Popen, "__init__", recording)


def run_quietly(arguments: list[str], stdin: bytes = b"") -> int | str:
    """Run one command line in this process, with a umask that protects nothing; the exit code, or what it raised."""
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    mask = os.umask(0)
    try:
        return run(arguments)
    except SystemExit as error:
        return f"exit {error.code}"
    finally:
        os.umask(mask)
        sys.stdin = before
