"""A small MWAA endpoint on loopback: GetEnvironment from a given description, InvokeRestApi passed on to a real Airflow.

Set the variables of `settings()`, and boto3's `mwaa` client talks to it without a change in the code under test:

    with serving("2.10.3", tmp_path, DAGS) as server, fake_mwaa({"blue": Airflow(server.url, 2)}) as mwaa:
        for name, value in mwaa.settings().items():
            monkeypatch.setenv(name, value)
        connect("mwaa:blue")
"""

from __future__ import annotations

import base64
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import quote, unquote, urlencode

PATIENCE = 10
"""Seconds after which MWAA ends a call."""
LARGEST = 6_000_000
"""Bytes of the largest answer."""
LONGEST_PATH = 64
"""Characters of the longest path, after the service model."""


@dataclass
class Airflow:
    """An Airflow behind the endpoint; `description` is what GetEnvironment says about it."""

    url: str
    major: int
    user: str = "admin"
    password: str = "admin"
    description: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""

    def ask(self, method: str, path: str, query: Mapping[str, Any], body: Any) -> tuple[int, bytes]:
        """Carry one call, as MWAA's proxy does."""
        tail = f"?{urlencode(query, doseq=True)}" if query else ""
        url = f"{self.url}/api/v{self.major - 1}/{quote(path.lstrip('/'), safe='/~%:+')}{tail}"
        return self._send(method, url, body, self._login())

    def _login(self) -> str:
        if self.major == 2:
            return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if not self.token:
            given = {"username": self.user, "password": self.password}
            status, content = self._send("POST", f"{self.url}/auth/token", given, "")
            assert status == 201, status
            self.token = json.loads(content)["access_token"]
        return f"Bearer {self.token}"

    def _send(self, method: str, url: str, body: Any, login: str) -> tuple[int, bytes]:
        request = urllib.request.Request(url, method=method)
        if login:
            request.add_header("Authorization", login)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except TimeoutError:
            return 504, b""


@dataclass
class Asked:
    """One InvokeRestApi."""

    name: str
    method: str
    path: str
    query: Mapping[str, Any]
    body: Any


class FakeMwaa(ThreadingHTTPServer):
    """The endpoint. `asked` has every InvokeRestApi; `failures` are given out first, one a call.

    A failure is an HTTP status with the name of the error and its body, e.g. `(429, "ThrottlingException", {})`.
    """

    def __init__(self, airflows: Mapping[str, Airflow], longest_path: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.airflows = dict(airflows)
        self.longest_path = longest_path
        self.asked: list[Asked] = []
        self.failures: list[tuple[int, str, dict[str, Any]]] = []
        self.lock = Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def settings(self) -> dict[str, str]:
        """Environment variables that lead boto3 here, with made-up credentials and no profile."""
        return {
            "AWS_ENDPOINT_URL_MWAA": self.url,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


class _Handler(BaseHTTPRequestHandler):
    server: FakeMwaa
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        airflow = self._airflow(r"/environments/([^/]+)")
        if airflow is not None:
            version = {2: "2.10.3", 3: "3.0.6"}[airflow.major]
            self._say(200, {"Environment": {"AirflowVersion": version} | dict(airflow.description)})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        airflow = self._airflow(r"/restapi/([^/]+)")
        if airflow is None:
            return
        call = Asked(
            unquote(self.path.rpartition("/")[2]), asked["Method"], asked["Path"],
            asked.get("QueryParameters") or {}, asked.get("Body"),
        )  # fmt: skip
        with self.server.lock:
            self.server.asked.append(call)
            failure = self.server.failures.pop(0) if self.server.failures else None
        if failure is not None:
            self._fail(*failure)
        elif len(call.path) > self.server.longest_path:
            self._fail(400, "ValidationException", {"message": f"path too long: {call.path}"})
        else:
            self._pass_on(airflow, call)

    def _pass_on(self, airflow: Airflow, call: Asked) -> None:
        status, content = airflow.ask(call.method, call.path, call.query, call.body)
        said = {"RestApiStatusCode": status, "RestApiResponse": _decoded(content)}
        if len(content) > LARGEST:
            self._fail(400, "RestApiServerException", {"RestApiStatusCode": 500})
        elif status >= 500:
            self._fail(400, "RestApiServerException", said)
        elif status >= 400:
            self._fail(400, "RestApiClientException", said)
        else:
            self._say(200, said)

    def _airflow(self, pattern: str) -> Airflow | None:
        match = re.fullmatch(pattern, self.path)
        found = self.server.airflows.get(unquote(match[1])) if match else None
        if found is None:
            self._fail(404, "ResourceNotFoundException", {"message": "no such environment"})
        return found

    def _fail(self, status: int, name: str, content: dict[str, Any]) -> None:
        self._say(status, content, {"x-amzn-ErrorType": name})

    def _say(self, status: int, content: Any, headers: Mapping[str, str] | None = None) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": len(data),
            **(headers or {}),
        }.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing on stderr."""


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return {}


@contextmanager
def fake_mwaa(airflows: Mapping[str, Airflow], longest_path: int = LONGEST_PATH) -> Iterator[FakeMwaa]:
    """The endpoint with these environments; a larger `longest_path` lets longer paths through."""
    server = FakeMwaa(airflows, longest_path)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
