"""`airshift env show`: what it says, what it does not know, and that it never shows a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from airshift.cli.app import run
from airshift.clients import running
from environments.blues import description
from environments.fake_airflow import CANARY, FakeAirflow, fake_airflow
from environments.fake_mwaa import Airflow, FakeMwaa, fake_mwaa

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/schemas/env-show.schema.json").read_text(encoding="utf-8")
)


def leaky(**changes: Any) -> dict[str, Any]:
    """Blue with secrets wherever a description can hold one."""
    options = {
        "core.fernet_key": CANARY,
        "core.parallelism": "32",
        "database.sql_alchemy_conn": f"postgresql://u:{CANARY}@h/d",
        "my.own": CANARY,
        "webserver.base_url": f"https://u:{CANARY}@h",
    }
    failed = {"Status": "FAILED", "Error": {"ErrorCode": "INCORRECT_CONFIGURATION", "ErrorMessage": CANARY}}
    tags = {"team": "data", "api_key": CANARY}
    return description(AirflowConfigurationOptions=options, LastUpdate=failed, Tags=tags, **changes)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BACKOFF", 0.001)


@pytest.fixture(params=[2, 3])
def airflow(request: pytest.FixtureRequest) -> Iterator[FakeAirflow]:
    with fake_airflow(request.param) as server:
        yield server


@pytest.fixture
def mwaa(airflow: FakeAirflow, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMwaa]:
    version = airflow.content["/version"]["version"]
    behind = Airflow(airflow.url, airflow.major, description=leaky(AirflowVersion=version))
    with fake_mwaa({"blue": behind}) as server:
        for name, value in server.settings().items():
            monkeypatch.setenv(name, value)
        yield server


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = run(["env", "show", *arguments, "--format", "json"])
    said = capsys.readouterr()
    assert CANARY not in said.out + said.err
    document = json.loads(said.out)
    jsonschema.validate(document, SCHEMA)
    return code, document


def test_an_environment_is_shown_without_its_secrets(
    mwaa: FakeMwaa, airflow: FakeAirflow, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = shown(capsys, "mwaa:blue")
    assert code == 0
    assert said["airflow"] == airflow.content["/version"]["version"]
    assert said["environment"]["Status"] == "AVAILABLE"
    assert said["environment"]["LastUpdate"]["Error"] == {"ErrorCode": "INCORRECT_CONFIGURATION"}
    assert {one["name"]: one["value"] for one in said["options"]} == {
        "core.fernet_key": None,
        "core.parallelism": "32",
        "database.sql_alchemy_conn": None,
        "my.own": None,
        "webserver.base_url": None,
    }
    assert said["dags"] == {"total": 3, "paused": 1, "with_import_errors": 1, "stale": 0}
    assert said["health"] == {"metadatabase": "healthy", "scheduler": "unhealthy"}
    errors = [one["error"] for one in said["import_errors"]]
    assert errors == ["ModuleNotFoundError: No module named 'gone'", "ValueError"]
    assert said["pools"][0] == {
        "name": "default_pool",
        "slots": 128,
        "include_deferred": False,
        "occupied_slots": 1,
    }
    assert (said["next"] is None) == (airflow.major == 3)


def test_the_table_says_the_same(
    mwaa: FakeMwaa, airflow: FakeAirflow, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["env", "show", "mwaa:blue@eu-central-1"]) == 0
    text = capsys.readouterr().out
    assert CANARY not in text
    for part in (
        "  status         AVAILABLE\n",
        "  class          mw1.small\n",
        "  workers        1 to 10\n",
        "  DAGs           s3://blue-bucket/dags\n",
        "  requirements   s3://blue-bucket/config/requirements.txt\n",
        "  health         metadatabase healthy, scheduler unhealthy\n",
        "  DAGs           3, 1 of them paused\n",
        "      /usr/local/airflow/dags/leak.py: ValueError\n",
        "      default_pool: 128 slots\n",
        "  core.fernet_key (not shown)\n",
        "  core.parallelism = 32",
    ):
        assert part in text
    assert ("airshift env snapshot mwaa:blue@eu-central-1 --out snapshot" in text) == (airflow.major == 2)


def test_an_airflow_at_an_address_has_no_description(
    airflow: FakeAirflow, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRSHIFT_BLUE_USER", "admin")
    monkeypatch.setenv("AIRSHIFT_BLUE_PASSWORD", CANARY)
    code, said = shown(capsys, airflow.url)
    assert (code, said["environment"], said["options"]) == (0, None, [])
    assert said["airflow"] == airflow.content["/version"]["version"]
    assert said["dags"]["total"] == 3


@pytest.mark.parametrize("status", [403, 500])
def test_a_part_that_is_refused_is_unknown_with_a_reason(
    mwaa: FakeMwaa, airflow: FakeAirflow, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    airflow.broken["/pools"] = status
    code, said = shown(capsys, "mwaa:blue")
    assert (code, said["pools"], said["dags"]["total"]) == (3, None, 3)
    ((part, reason),) = ((one["part"], one["reason"]) for one in said["unknown"])
    assert part == "pools"
    assert f"mwaa:blue: GET /pools: status {status}" in reason
    assert run(["env", "show", "mwaa:blue"]) == 3
    assert "pools          unknown: mwaa:blue: GET /pools" in capsys.readouterr().out


def test_an_environment_that_is_not_there_is_unknown_in_all_parts(
    mwaa: FakeMwaa, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = shown(capsys, "mwaa:other")
    assert code == 3
    assert {one["part"] for one in said["unknown"]} == {
        "environment", "version", "health", "dags", "import_errors", "pools",
    }  # fmt: skip
    assert "there is no such environment" in said["unknown"][0]["reason"]


def test_nobody_at_the_address_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = shown(capsys, "http://127.0.0.1:9")
    assert (code, len(said["unknown"])) == (3, 5)


@pytest.mark.parametrize("where", ["blue", "mwaa:", "https://u:p@host"])
def test_a_place_has_to_be_one(where: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env", "show", where]) == 2
    assert "u:p" not in capsys.readouterr().err
