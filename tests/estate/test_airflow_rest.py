"""The client of a running Airflow, against servers of our own that answer as the real ones were recorded."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

import pytest

from airshift.cli.app import run
from airshift.clients import airflow_rest
from airshift.clients.airflow_rest import AirflowRest, Credentials
from airshift.errors import ServiceError, UsageError

REST = Path(__file__).with_name("rest")
CANARY = "canary-password"
LOGIN = Credentials(user="ann", password=CANARY)


class Airflow(ThreadingHTTPServer):
    """One server; what it was asked stands in `asked`."""

    def __init__(self, api: str, content: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.api, self.content = api, content
        self.asked: list[str] = []
        self.failures = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def allows(self, header: str) -> bool:
        basic = base64.b64encode(f"ann:{CANARY}".encode()).decode()
        return header == (f"Basic {basic}" if self.api == "v1" else "Bearer good")


class Handler(BaseHTTPRequestHandler):
    server: Airflow

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.say(*self.answer(urlsplit(self.path)))

    def answer(self, address: SplitResult) -> tuple[int, dict[str, Any]]:
        if address.path == f"/api/{self.server.api}/version":
            return 200, {"version": "x"}
        if not address.path.startswith(f"/api/{self.server.api}/"):
            return 404, {}
        if not self.server.allows(self.headers.get("Authorization", "")):
            return 401, {"detail": CANARY}
        if self.server.failures:
            self.server.failures -= 1
            return 503, {"detail": CANARY}
        key = "dag_runs" if address.path.endswith("dagRuns") else "dags"
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        offset, limit = int(asked["offset"]), min(int(asked["limit"]), 2)
        records = self.server.content[key]
        return 200, {key: records[offset : offset + limit], "total_entries": len(records)}

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        good = self.path == "/auth/token" and given == {"username": "ann", "password": CANARY}
        self.say(201 if good else 401, {"access_token": "good"} if good else {"detail": CANARY})

    def say(self, status: int, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing on stderr."""


@pytest.fixture(params=["v1", "v2"])
def airflow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Airflow]:
    monkeypatch.setattr(airflow_rest, "BACKOFF", 0.01)
    recorded = sorted(REST.glob("*.json"))
    (file,) = [one for one in recorded if ("2.10.3" if request.param == "v1" else "3.3.1") in one.name]
    server = Airflow(request.param, json.loads(file.read_text(encoding="utf-8")))
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_every_page_is_read(airflow: Airflow) -> None:
    client = AirflowRest(airflow.url, LOGIN)
    assert [dag["dag_id"] for dag in client.dags()] == [dag["dag_id"] for dag in airflow.content["dags"]]
    assert len(client.dag_runs()) == len(airflow.content["dag_runs"])
    assert len([path for path in airflow.asked if "/dags?" in path]) == 2


def test_a_server_that_is_busy_is_asked_again(airflow: Airflow) -> None:
    airflow.failures = 2
    assert len(AirflowRest(airflow.url, LOGIN).dags()) == 3


def test_errors_carry_no_body_and_no_secret(airflow: Airflow) -> None:
    for credentials in (Credentials(), Credentials(user="ann", password="wrong"), Credentials(token="bad")):
        with pytest.raises(ServiceError, match="not allowed") as caught:
            AirflowRest(airflow.url, credentials).dags()
        assert CANARY not in str(caught.value)
        assert "wrong" not in str(caught.value)
    assert CANARY not in repr(LOGIN)
    airflow.failures = 99
    with pytest.raises(ServiceError, match="status 503") as caught:
        AirflowRest(airflow.url, LOGIN).dags()
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("url", ["airflow.example", "ftp://host", "https://ann:pass-word@host", ""])
def test_an_address_has_a_scheme_and_no_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        AirflowRest(url, Credentials())
    assert "pass-word" not in str(caught.value)


def test_nobody_there_is_an_error() -> None:
    with pytest.raises(ServiceError, match="ConnectionError"):
        AirflowRest("http://127.0.0.1:9", Credentials()).dags()


def test_inventory_and_graph_show_what_the_running_airflow_says(
    airflow: Airflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "d.py").write_text(
        'from airflow import DAG\nDAG("nightly", schedule="0 3 * * *")\nDAG("gone")\n'
    )
    monkeypatch.setenv("AIRSHIFT_LIVE_USER", "ann")
    monkeypatch.setenv("AIRSHIFT_LIVE_PASSWORD", CANARY)
    assert run(["inventory", str(tmp_path), "--live", airflow.url, "--format", "json"]) == 0
    said = capsys.readouterr()
    dags = {dag["dag_id"]: dag for dag in json.loads(said.out)["dags"]}
    assert dags.keys() == {"nightly", "gone", "dyn_a", "dyn_b"}
    assert dags["nightly"]["live"]["last_state"] == "running"
    assert "only static: dag gone" in said.err
    assert "only live: dag dyn_a" in said.err
    assert run(["graph", str(tmp_path), "--live", airflow.url, "--format", "json", "-q"]) == 0
    assert "dyn_a" in capsys.readouterr().out
    assert CANARY not in said.out + said.err
