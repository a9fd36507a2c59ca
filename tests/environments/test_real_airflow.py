"""env show and env snapshot against real Airflows, directly and through an endpoint that speaks MWAA's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from airshift.cli.app import run
from airshift.clients.api import AirflowApi, ApiError, Method, pages
from airshift.clients.connecting import connect
from airshift.environments import airflow_facts
from airshift.estate.live import live_facts
from environments.blues import description
from environments.fake_mwaa import Airflow, FakeMwaa, fake_mwaa
from plan.live_airflow import Server, serving

pytestmark = pytest.mark.oracle

VERSIONS = ("2.10.3", "3.0.6", "3.3.1")
CANARY = "canary-8Kp"
DAGS = {
    f"dag_{number}.py": f"""
from datetime import datetime
from airflow import DAG
with DAG("dag_{number}", schedule="0 {number} * * *", start_date=datetime(2026, 11, 1), catchup=False, tags=["t{number}"],
         description="{CANARY}"):
    pass
"""
    for number in range(3)
}
VARIABLES = 120
SECRETS = {"host": CANARY, "login": CANARY, "password": CANARY, "schema": CANARY, "port": 5432}


@pytest.fixture(scope="module", params=VERSIONS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(request.param, tmp_path_factory.mktemp("airflow") / "home", DAGS) as running:
        yield running


@pytest.fixture(scope="module")
def direct(server: Server) -> AirflowApi:
    """The Airflow by its address, filled with secrets once."""
    login = {"AIRSHIFT_LIVE_USER": "admin", "AIRSHIFT_LIVE_PASSWORD": "admin"}
    api = connect(server.url, environ=login)
    for number in range(VARIABLES):
        api.call(Method.POST, "/variables", body={"key": f"v{number:03}", "value": f"{CANARY} {number}"})
    connection = {"connection_id": "db", "conn_type": "postgres", "extra": json.dumps({"token": CANARY})}
    api.call(Method.POST, "/connections", body=connection | SECRETS)
    api.call(Method.POST, "/pools", body={"name": "small", "slots": 2, "include_deferred": False})
    api.call(Method.PATCH, "/dags/dag_1", query={"update_mask": ["is_paused"]}, body={"is_paused": False})
    run_of = {"logical_date": "2026-11-20T01:00:00Z", "conf": {"password": CANARY}, "note": CANARY}
    api.call(Method.POST, "/dags/dag_1/dagRuns", body=run_of)
    return api


@pytest.fixture
def mwaa(server: Server, direct: AirflowApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMwaa]:
    said = description(AirflowVersion=server.version, AirflowConfigurationOptions={"core.fernet_key": CANARY})
    with fake_mwaa({"blue": Airflow(server.url, direct.major, description=said)}) as endpoint:
        for name, value in endpoint.settings().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        yield endpoint


def test_both_ways_lead_to_the_same_airflow(server: Server, direct: AirflowApi, mwaa: FakeMwaa) -> None:
    through = connect("mwaa:blue")
    assert direct.major == through.major == int(server.version[0])
    assert airflow_facts.version(direct) == airflow_facts.version(through) == server.version
    for read in (
        airflow_facts.dags,
        airflow_facts.pools,
        airflow_facts.variable_names,
        airflow_facts.connections,
    ):
        assert read(direct) == read(through)
    assert len(airflow_facts.variable_names(through)) == VARIABLES


def test_facts_are_those_that_were_put_in(server: Server, direct: AirflowApi) -> None:
    facts = {one.dag_id: one for one in live_facts(airflow_facts.dags(direct), airflow_facts.runs(direct))}
    assert facts.keys() == {"dag_0", "dag_1", "dag_2"}
    assert [facts[f"dag_{number}"].is_paused for number in range(3)] == [True, False, True]
    assert facts["dag_2"].tags == ("t2",)
    assert facts["dag_1"].last_state == "queued"
    assert facts["dag_0"].next_run
    (found,) = airflow_facts.connections(direct)
    assert (found["connection_id"], found["conn_type"]) == ("db", "postgres")
    assert {"host", "login", "port", "schema"} <= set(found["set"])
    assert {pool["name"]: pool["slots"] for pool in airflow_facts.pools(direct)} == {
        "default_pool": 128,
        "small": 2,
    }
    assert airflow_facts.health(direct)["metadatabase"] == "healthy"
    assert CANARY not in json.dumps([airflow_facts.dags(direct), airflow_facts.runs(direct)])


def test_refusals_have_a_status_and_no_body(direct: AirflowApi, mwaa: FakeMwaa) -> None:
    for api in (direct, connect("mwaa:blue")):
        with pytest.raises(ApiError) as missing:
            api.call(Method.GET, "/dags/none")
        assert missing.value.status == 404
        with pytest.raises(ApiError) as twice:
            api.call(Method.POST, "/pools", body={"name": "small", "slots": 3, "include_deferred": False})
        assert twice.value.status == 409
        assert not twice.value.uncertain
        for error in (missing, twice):
            assert CANARY not in f"{error.value!s}{error.value!r}"
            assert "INSERT" not in str(error.value)


def test_deleting_without_a_body_and_adding_again(direct: AirflowApi, mwaa: FakeMwaa) -> None:
    for api in (direct, connect("mwaa:blue")):
        assert api.call(Method.DELETE, "/variables/v000") is None
        said = api.call(Method.POST, "/variables", body={"key": "v000", "value": CANARY})
        assert said["key"] == "v000"


def test_an_expired_token_is_replaced(server: Server, direct: AirflowApi) -> None:
    transport = direct._transport  # type: ignore[attr-defined]
    if server.version.startswith("3."):
        transport._token = transport._token[:-4] + "AAAA"
    assert len(list(pages(direct, "/variables", "variables"))) == VARIABLES


def test_show_and_snapshot_through_mwaa(
    server: Server, mwaa: FakeMwaa, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["env", "show", "mwaa:blue", "--format", "json"]) == 0
    said = capsys.readouterr()
    shown = json.loads(said.out)
    assert (shown["airflow"], shown["dags"]["total"], shown["dags"]["paused"]) == (server.version, 3, 2)
    assert {pool["name"] for pool in shown["pools"]} == {"default_pool", "small"}
    folder = tmp_path / "blue"
    assert run(["env", "snapshot", "mwaa:blue", "--out", str(folder)]) == 3
    said = capsys.readouterr()
    document = json.loads((folder / "snapshot.json").read_text())
    assert {one["part"] for one in document["unknown"]} == {"files", "cloudwatch"}
    assert document["parts"]["variables"] == VARIABLES
    text = "".join(file.read_text() for file in folder.rglob("*") if file.is_file())
    assert CANARY not in text + said.out + said.err + json.dumps(shown)


def test_a_snapshot_of_an_address_is_complete(
    server: Server, direct: AirflowApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRSHIFT_BLUE_USER", "admin")
    monkeypatch.setenv("AIRSHIFT_BLUE_PASSWORD", "admin")
    assert run(["env", "snapshot", server.url, "--out", str(tmp_path / "blue")]) == 0
    assert run(["env", "show", server.url]) == 0
    text = "".join(file.read_text() for file in (tmp_path / "blue").rglob("*") if file.is_file())
    assert CANARY not in text
