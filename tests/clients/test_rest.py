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
from airshift.clients import running
from airshift.clients.airflow_rest import Credentials
from airshift.clients.api import ApiError, Method
from airshift.clients.connecting import connect
from airshift.clients.dags import all_dags, latest_runs
from airshift.errors import UsageError

REST = Path(__file__).parents[1] / "estate" / "rest"
CANARY = "canary-password"
LOGIN = {"AIRSHIFT_LIVE_USER": "ann", "AIRSHIFT_LIVE_PASSWORD": CANARY}


class Airflow(ThreadingHTTPServer):
    """One server; what it was asked stands in `asked`."""

    def __init__(self, api: str, content: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.api, self.content = api, content
        self.asked: list[str] = []
        self.types: list[str | None] = []
        self.failures = 0
        self.failure = 503
        self.tokens = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def allows(self, header: str) -> bool:
        basic = base64.b64encode(f"ann:{CANARY}".encode()).decode()
        return header == (f"Basic {basic}" if self.api == "v1" else f"Bearer good{self.tokens}")


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
            return self.server.failure, {"detail": CANARY}
        key = "dag_runs" if address.path.endswith("dagRuns") else "dags"
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        offset, limit = int(asked["offset"]), min(int(asked["limit"]), 2)
        records = self.server.content[key]
        return 200, {key: records[offset : offset + limit], "total_entries": len(records)}

    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/auth/token":
            self.say(*self.changed())
            return
        good = given == {"username": "ann", "password": CANARY}
        self.server.tokens += good
        token = {"access_token": f"good{self.server.tokens}"}
        self.say(201 if good else 401, token if good else {"detail": CANARY})

    def do_DELETE(self) -> None:
        self.server.asked.append(self.path)
        self.server.types.append(self.headers.get("Content-Type"))
        self.say(*self.changed())

    def changed(self) -> tuple[int, dict[str, Any]]:
        if not self.server.allows(self.headers.get("Authorization", "")):
            return 401, {"detail": CANARY}
        if self.server.failures:
            self.server.failures -= 1
            return self.server.failure, {"detail": CANARY}
        return 204, {}

    def say(self, status: int, content: dict[str, Any]) -> None:
        data = b"" if status == 204 else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing on stderr."""


@pytest.fixture(params=["v1", "v2"])
def airflow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Airflow]:
    monkeypatch.setattr(running, "BACKOFF", 0.01)
    recorded = sorted(REST.glob("*.json"))
    (file,) = [one for one in recorded if ("2.10.3" if request.param == "v1" else "3.3.1") in one.name]
    server = Airflow(request.param, json.loads(file.read_text(encoding="utf-8")))
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_every_page_is_read(airflow: Airflow) -> None:
    api = connect(airflow.url, environ=LOGIN)
    assert [dag["dag_id"] for dag in all_dags(api)] == [dag["dag_id"] for dag in airflow.content["dags"]]
    assert len(latest_runs(api)) == len(airflow.content["dag_runs"])
    assert len([path for path in airflow.asked if "/dags?" in path]) == 2
    assert len([path for path in airflow.asked if path.endswith("/version")]) <= 2


def test_the_version_and_the_label_are_known(airflow: Airflow) -> None:
    api = connect(airflow.url + "/", environ=LOGIN)
    assert (api.major, api.label) == (2 if airflow.api == "v1" else 3, airflow.url)


def test_a_server_that_is_busy_is_asked_again(airflow: Airflow) -> None:
    airflow.failures = 2
    assert len(all_dags(connect(airflow.url, environ=LOGIN))) == 3


def test_a_call_that_changes_something_is_sent_once_when_the_server_fails(airflow: Airflow) -> None:
    airflow.failures = 99
    api = connect(airflow.url, environ=LOGIN)
    with pytest.raises(ApiError) as caught:
        api.call(Method.POST, "/variables", body={"key": "x", "value": CANARY})
    assert (caught.value.status, caught.value.uncertain) == (503, True)
    assert CANARY not in str(caught.value)
    assert len([path for path in airflow.asked if path.endswith("/variables")]) == 1


def test_too_many_requests_are_repeated_for_every_method(airflow: Airflow) -> None:
    airflow.failures, airflow.failure = 2, 429
    assert connect(airflow.url, environ=LOGIN).call(Method.POST, "/variables", body={"key": "x"}) is None
    assert len([path for path in airflow.asked if path.endswith("/variables")]) == 3


def test_a_call_without_a_body_has_no_content_type(airflow: Airflow) -> None:
    connect(airflow.url, environ=LOGIN).call(Method.DELETE, "/variables/x")
    assert airflow.types == [None]


def test_a_token_that_has_expired_is_replaced(airflow: Airflow) -> None:
    api = connect(airflow.url, environ=LOGIN)
    assert len(all_dags(api)) == 3
    if airflow.api == "v2":
        airflow.tokens += 1
    assert len(all_dags(api)) == 3
    api.call(Method.DELETE, "/variables/x")


def test_a_token_that_stays_refused_is_not_asked_for_endlessly(airflow: Airflow) -> None:
    with pytest.raises(ApiError, match="not allowed") as caught:
        all_dags(connect(airflow.url, environ=LOGIN | {"AIRSHIFT_LIVE_PASSWORD": "wrong"}))
    assert caught.value.status == 401
    assert len(airflow.asked) <= 4


def test_a_side_has_its_own_login_or_the_common_one(airflow: Airflow) -> None:
    wrong = {"AIRSHIFT_LIVE_USER": "nobody", "AIRSHIFT_LIVE_PASSWORD": "wrong"}
    own = {"AIRSHIFT_BLUE_USER": "ann", "AIRSHIFT_BLUE_PASSWORD": CANARY}
    assert len(all_dags(connect(airflow.url, side="blue", environ=wrong | own))) == 3
    assert len(all_dags(connect(airflow.url, side="blue", environ=LOGIN))) == 3
    with pytest.raises(ApiError, match="set AIRSHIFT_GREEN_TOKEN"):
        all_dags(connect(airflow.url, side="green", environ=wrong | own))


@pytest.mark.parametrize(
    "login",
    [{}, LOGIN | {"AIRSHIFT_LIVE_PASSWORD": "wrong"}, {"AIRSHIFT_LIVE_TOKEN": "bad-token"}],
    ids=["nobody", "wrong password", "bad token"],
)
def test_errors_carry_no_body_and_no_secret(airflow: Airflow, login: dict[str, str]) -> None:
    with pytest.raises(ApiError, match="not allowed") as caught:
        all_dags(connect(airflow.url, environ=login))
    for secret in (CANARY, "wrong", "bad-token"):
        assert secret not in str(caught.value)
    assert CANARY not in repr(Credentials.of(LOGIN))


@pytest.mark.parametrize("url", ["airflow.example", "ftp://host", "https://ann:pass-word@host", ""])
def test_an_address_has_a_scheme_and_no_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        connect(url)
    assert "pass-word" not in str(caught.value)


def test_nobody_there_is_an_error_without_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BACKOFF", 0.01)
    with pytest.raises(ApiError, match="ConnectionError") as caught:
        connect("http://127.0.0.1:9").call(Method.POST, "/variables", body={})
    assert (caught.value.status, caught.value.uncertain) == (None, False)


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
