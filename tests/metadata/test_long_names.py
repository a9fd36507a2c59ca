"""MWAA takes paths of up to 64 characters: names that are longer get another call, or a refusal beforehand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from airshift.cli.app import run
from airshift.clients.connecting import connect
from airshift.metadata.journal import Journal
from airshift.metadata.model import UNTOLD, Entity, Kind
from airshift.metadata.planning import Action, Conflict, plan_import
from airshift.metadata.reading import read_metadata
from airshift.metadata.writing import Outcome, write
from environments.fake_mwaa import Airflow, FakeMwaa, fake_mwaa
from metadata.fake_airflow import FakeAirflow
from metadata.samples import connection, metadata, pool, role, variable
from metadata.serving import served

NAME = "a_name_of_a_team_and_of_its_department_and_of_what_it_is_good_for.prod"
LONG = metadata(
    pool(NAME, 5), variable(NAME, "v"), connection(NAME, password="p", extra='{"a": 1}'), role(NAME[:60])
)
OTHER = {
    "pools": [{"name": NAME, "slots": 1, "description": ""}],
    "variables": [{"key": NAME, "value": "old"}],
    "connections": [{"connection_id": NAME, "conn_type": "http", "password": "old"}],
    "roles": [{"name": NAME[:60], "actions": [{"action": {"name": "can_read"}, "resource": {"name": "DAGs"}}]}],
}  # fmt: skip
KINDS = [Kind.POOL, Kind.VARIABLE, Kind.CONNECTION]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda number: None)
    monkeypatch.setattr("airshift.clients.pace.Pace.wait", lambda self: None)


@contextmanager
def behind_mwaa(airflow: FakeAirflow, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMwaa]:
    with served(airflow) as url, fake_mwaa({"one": Airflow(url, airflow.major)}) as mwaa:
        for name, value in mwaa.settings().items():
            monkeypatch.setenv(name, value)
        yield mwaa


@pytest.mark.parametrize("conflict", [Conflict.OVERWRITE, Conflict.SKIP])
@pytest.mark.parametrize("tables", [{}, OTHER], ids=["empty", "other values"])
def test_airflow_3_takes_them_all(
    conflict: Conflict,
    tables: dict[str, list[dict[str, object]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    green = FakeAirflow("3.0.6", **tables)
    with behind_mwaa(green, monkeypatch) as mwaa:
        api = connect("mwaa:one")
        plan = plan_import(LONG, read_metadata(api), conflict)
        with Journal(tmp_path / "journal.jsonl", api.label) as journal:
            results = write(api, plan, journal)
        assert not plan.of(Action.REFUSED)
        assert max(len(call.path) for call in mwaa.asked) <= 64
    written = not tables or conflict is Conflict.OVERWRITE
    assert len(results) == (len(KINDS) if written else 0)
    assert (green.tables["connections"][NAME]["password"] == "p") is written


def test_airflow_2_takes_new_ones_and_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blue = FakeAirflow("2.10.3", variables=OTHER["variables"])
    with behind_mwaa(blue, monkeypatch) as mwaa:
        api = connect("mwaa:one")
        plan = plan_import(LONG, read_metadata(api), Conflict.OVERWRITE)
        with Journal(tmp_path / "journal.jsonl", api.label) as journal:
            results = write(api, plan, journal)
        assert max(len(call.path) for call in mwaa.asked) <= 64
    assert {one.outcome for one in results} == {Outcome.CREATED, Outcome.REPLACED}
    assert len(results) == 4
    assert blue.tables["variables"][NAME]["value"] == "v"


@pytest.mark.parametrize("entity", [one for one in LONG.entities if one.kind is not Kind.VARIABLE])
def test_airflow_2_has_no_other_way_to_change_one(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    with behind_mwaa(FakeAirflow("2.10.3", **OTHER), monkeypatch):
        present = read_metadata(connect("mwaa:one"))
    (step,) = plan_import(metadata(entity), present, Conflict.OVERWRITE).of(Action.REFUSED)
    assert "paths of up to 64 characters" in step.reason and "web interface" in step.reason
    assert not plan_import(metadata(entity), present, Conflict.SKIP).of(Action.REFUSED)


def test_at_an_address_they_are_as_good_as_others() -> None:
    blue = FakeAirflow("2.10.3", label="http://127.0.0.1:1", **OTHER)
    plan = plan_import(LONG, read_metadata(blue), Conflict.OVERWRITE)
    assert {step.action for step in plan.steps} == {Action.REPLACE}


def test_the_extra_of_a_long_id_needs_to_be_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blue = FakeAirflow(
        "2.10.3",
        connections=[
            {"connection_id": name, "conn_type": "http", "extra": '{"n": 1}'} for name in (NAME, "short")
        ],
    )
    file = tmp_path / "connections.json"
    file.write_text(json.dumps({NAME: {"conn_type": "http", "extra": {"n": 1}}}))
    with behind_mwaa(blue, monkeypatch) as mwaa:
        found = read_metadata(connect("mwaa:one"), [Kind.CONNECTION]).by_key()
        assert found[Kind.CONNECTION, NAME].fields["extra"] == UNTOLD
        assert found[Kind.CONNECTION, "short"].text("extra") == '{"n": 1}'
        command = ["metadata", "diff", "mwaa:one", "mwaa:one", "--secrets", str(file)]
        assert run(command) == 3
        assert run([*command, "--green-secrets", str(file), "--format", "json"]) == 3
        assert max(len(call.path) for call in mwaa.asked) <= 64
    said = capsys.readouterr().out
    assert f"{NAME} (extra)" in said or f"connection {NAME}" in said


def test_the_result_of_the_probe_may_have_a_long_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    many = [{"key": f"v{number:03}", "value": "x"} for number in range(150)]
    for version in ("2.10.3", "3.0.6"):
        blue = FakeAirflow(version, variables=[*many, {"key": NAME, "value": '{"probe": 1}'}])
        with behind_mwaa(blue, monkeypatch):
            assert run(["env", "probe", "read", "mwaa:one", "--variable", NAME]) == 0
            assert run(["env", "probe", "read", "mwaa:one", "--variable", NAME + "x"]) == 2
        assert "has the probe run there" in capsys.readouterr().err
