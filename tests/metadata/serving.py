"""The Airflow in memory behind HTTP on loopback. Its refusals say everything they know, as the real ones do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from airshift.clients.api import ApiError, Method
from metadata.fake_airflow import FakeAirflow


class _Server(ThreadingHTTPServer):
    def __init__(self, airflow: FakeAirflow) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.airflow = airflow
        self.lock = Lock()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        path = parts.path.removeprefix(f"/api/v{self.server.airflow.major - 1}")
        if parts.path == "/auth/token":
            self._say(201, {"access_token": "t"})
        elif path == parts.path:
            self._say(404, {})
        else:
            self._pass_on(path, _query(parts.query), raw)

    do_GET = do_POST  # noqa: N815
    do_PATCH = do_POST  # noqa: N815
    do_DELETE = do_POST  # noqa: N815

    def _pass_on(self, path: str, query: dict[str, Any], raw: bytes) -> None:
        try:
            with self.server.lock:
                body = json.loads(raw) if raw else None
                said = self.server.airflow.call(Method(self.command), path, query=query, body=body)
        except ApiError as error:
            self._say(
                error.status or 500, {"detail": f"INSERT INTO connection VALUES ({raw.decode()}): {error}"}
            )
        else:
            self._say(200, said)

    def _say(self, status: int, content: Any) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing on stderr."""


def _query(text: str) -> dict[str, Any]:
    query: dict[str, Any] = dict(parse_qsl(text))
    masks = [value for name, value in parse_qsl(text) if name == "update_mask"]
    return query | ({"update_mask": masks} if len(masks) > 1 else {})


@contextmanager
def served(airflow: FakeAirflow) -> Iterator[str]:
    """The address of the Airflow."""
    server = _Server(airflow)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
