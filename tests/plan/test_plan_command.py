"""`airshift plan` from files to files."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from airshift.cli.app import run
from plan.test_outputs import SCHEMA

ESTATE = Path(__file__).parents[2] / "examples" / "estate"
FILES = ["bridges", "plan.csv", "plan.html", "plan.ics", "plan.json", "plan.md", "runbooks", "tracker.csv"]
HEAD = """
from datetime import datetime
from airflow import DAG
from airflow.datasets import Dataset
from airflow.operators.bash import BashOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sensors.external_task import ExternalTaskSensor
"""


def dag(dag_id: str, body: str = "BashOperator(task_id='go', bash_command='true')", **arguments: str) -> str:
    """A DAG file."""
    given = {"schedule": "'@daily'", "start_date": "datetime(2024, 1, 1)", "catchup": "False", **arguments}
    text = ", ".join(f"{key}={value}" for key, value in given.items())
    return f"{HEAD}\nwith DAG({dag_id!r}, {text}):\n    {body}\n"


def estate(folder: Path, policy: str = "", **files: str) -> Path:
    """An estate with these DAG files and this [plan] table."""
    (folder / "dags").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / "dags" / f"{name}.py").write_text(text)
    table = 'start = "2026-12-01"\n' + textwrap.dedent(policy)
    (folder / "airshift.toml").write_text(f"[plan]\n{table}")
    return folder


def planned(folder: Path, *options: str, code: int = 0) -> dict[str, Any]:
    """plan.json of a run."""
    out = folder.parent / f"{folder.name}-plan"
    assert run(["plan", str(folder), "--target", "3.3.1", "--out", str(out), "-q", *options]) == code
    document: dict[str, Any] = json.loads((out / "plan.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def waves(document: dict[str, Any]) -> dict[str, int]:
    return {dag["dag_id"]: wave["number"] for wave in document["waves"] for dag in wave["dags"]}


def test_the_example_estate(tmp_path: Path) -> None:
    out = tmp_path / "plan"
    assert run(["plan", str(ESTATE), "--out", str(out), "-q", "--target", "mwaa-3.3.1"]) == 3, (
        "two files are broken"
    )
    assert sorted(path.name for path in out.iterdir()) == FILES
    document = json.loads((out / "plan.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["platform"] == "mwaa"
    assert (
        sum(document["summary"][key] for key in ("placed", "blocked", "retire", "excluded"))
        == document["summary"]["dags"]
    )
    assert len(list((out / "runbooks").iterdir())) == len(document["waves"])
    assert "airflow_db_cleanup" in [one["dag_id"] for one in document["blocked"]]


def test_coupled_dags_move_together_and_in_order(tmp_path: Path) -> None:
    folder = estate(
        tmp_path / "estate",
        'max_dags_per_wave = 4\npilot_size = 2\ncriticality = [{match = "vip", field = "tag", level = "high"}]',
        alone1=dag("alone1"),
        alone2=dag("alone2", schedule="'0 * * * *'"),
        alone3=dag("alone3"),
        producer=dag(
            "producer", "BashOperator(task_id='go', bash_command='true', outlets=[Dataset('s3://x/y')])"
        ),
        consumer=dag("consumer", schedule="[Dataset('s3://x/y')]"),
        starter=dag(
            "starter", "TriggerDagRunOperator(task_id='go', trigger_dag_id='started')", tags="['vip']"
        ),
        started=dag("started", schedule="None"),
        waiter=dag("waiter", "ExternalTaskSensor(task_id='go', external_dag_id='started')"),
    )
    document = planned(folder)
    found = waves(document)
    assert document["waves"][0]["name"] == "Pilot"
    assert {name for name, wave in found.items() if wave == 1} <= {"alone1", "alone2", "alone3"}
    assert found["producer"] == found["consumer"]
    assert found["starter"] == found["started"] == found["waiter"] == max(found.values())
    assert document["bridges"] == []


def test_a_policy_decides(tmp_path: Path) -> None:
    folder = estate(
        tmp_path / "estate",
        """
        cadence = "daily 10:00"
        timezone = "Europe/Berlin"
        validation_days = 0
        max_dags_per_wave = 2
        pilot_size = 0
        pin = {d = 3}
        exclude = ["b"]
        retire = ["c*"]
        freeze = [{start = "2026-12-01", end = "2026-12-02"}]
        """,
        **{name: dag(name) for name in ("a", "b", "c1", "d", "e", "f")},
    )
    document = planned(folder)
    found = waves(document)
    assert found["d"] == 3
    assert [one["dag_id"] for one in document["excluded"]] == ["b"]
    assert [one["dag_id"] for one in document["retire"]] == ["c1"]
    assert document["waves"][0]["start"] == "2026-12-03T10:00:00+01:00"
    assert document["waves"][0]["skipped"] == [
        "2026-12-01 10:00: freeze window",
        "2026-12-02 10:00: freeze window",
    ]


def test_overrides_and_holidays_are_read_beside_the_policy(tmp_path: Path) -> None:
    folder = estate(
        tmp_path / "estate",
        'holidays_ics = "days.ics"\noverrides = "rows.csv"\npilot_size = 0\nmax_dags_per_wave = 1',
        a=dag("a"),
        b=dag("b"),
    )
    (folder / "rows.csv").write_text("dag_id,wave,effort_hours,action,reason\nb,1,7,,\nghost,2,,,\n")
    (folder / "days.ics").write_text("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261201\nSUMMARY:Feast\nEND:VEVENT\n")
    document = planned(folder)
    assert waves(document) == {"b": 1, "a": 2}
    assert document["waves"][0]["effort_minutes"] == 420
    assert document["waves"][0]["skipped"] == ["2026-12-01 10:00: Feast"]
    assert document["warnings"] == ["overrides: there is no DAG ghost", "pin: there is no DAG ghost"]


def test_errors_block_and_the_policy_may_allow_them(tmp_path: Path) -> None:
    body = "from airflow.settings import Session\n    rows = Session().query(1)"
    folder = estate(tmp_path / "estate", "", bad=dag("bad", body), good=dag("good"))
    document = planned(folder)
    assert [one["dag_id"] for one in document["blocked"]] == ["bad"]
    assert "AS4" in document["blocked"][0]["reasons"][0]
    estate(folder, 'block = "never"')
    assert set(waves(planned(folder))) == {"bad", "good"}


def test_a_file_that_cannot_be_read_makes_the_plan_incomplete(tmp_path: Path) -> None:
    folder = estate(tmp_path / "estate", "", good=dag("good"), broken="from airflow import DAG\ndef (\n")
    document = planned(folder, code=3)
    assert document["status"] == "incomplete"
    assert set(waves(document)) == {"good"}


def test_planning_again_keeps_finished_waves_and_agreed_places(tmp_path: Path) -> None:
    folder = estate(
        tmp_path / "estate", "max_dags_per_wave = 2\npilot_size = 2", **{name: dag(name) for name in "bcdefg"}
    )
    first = planned(folder)
    agreed = tmp_path / "agreed.json"
    agreed.write_text(json.dumps(first))
    estate(folder, "max_dags_per_wave = 2\npilot_size = 2", a=dag("a"))
    again = planned(folder, "--state", str(agreed), "--finished", "1")
    assert (
        again["waves"][0] == {**first["waves"][0], "state": "finished"}
        or again["waves"][0]["state"] == "finished"
    )
    assert {name: wave for name, wave in waves(again).items() if name != "a"} == waves(first)
    assert not (tmp_path / "estate-plan" / "runbooks" / "wave-01.md").exists()
    agreed.write_text(json.dumps(again))
    assert waves(planned(folder, "--state", str(agreed))) == waves(again)


def test_why_explains_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = estate(
        tmp_path / "estate",
        "",
        waits=dag("waits", "ExternalTaskSensor(task_id='go', external_dag_id='first')"),
        first=dag("first"),
    )
    out = tmp_path / "none"
    assert run(["plan", str(folder), "--why", "waits", "--out", str(out), "-q"]) == 0
    text = capsys.readouterr().out
    assert "waits moves in wave 1" in text
    assert "moves together with first (sensor)" in text
    assert not out.exists()
    assert run(["plan", str(folder), "--why", "wait", "-q"]) == 2
    assert "did you mean waits?" in capsys.readouterr().err


def test_diff_tells_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = estate(tmp_path / "estate", "", a=dag("a"), b=dag("b"))
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(planned(folder)))
    estate(folder, 'retire = ["b"]')
    new.write_text(json.dumps(planned(folder)))
    capsys.readouterr()
    assert run(["plan", "diff", str(old), str(new)]) == 1
    assert capsys.readouterr().out == "~ dag b: wave 1 -> retire\n"
    assert run(["plan", "diff", str(old), str(old)]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plan", "a", "b"], "plan takes one folder"),
        (["plan", "diff", "a", "b"], "cannot be read as a plan"),
        (["plan", ".", "--finished", "1"], "--finished needs --state"),
        (["plan", ".", "--policy", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["plan", ".", "--overrides", "nowhere.csv"], "overrides nowhere.csv: cannot be read"),
        (["plan", ".", "--target", "2.10.3"], "name a 3.x version"),
        (["assess", ".", "--policy", "x.toml"], "--policy needs --plan"),
    ],
)
def test_wrong_usage_ends_with_two(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([*arguments, "-q"] if arguments[1] != "diff" else arguments) == 2
    assert message in capsys.readouterr().err


def test_assess_writes_the_whole_pack(tmp_path: Path) -> None:
    folder = estate(tmp_path / "estate", "", a=dag("a"))
    out = tmp_path / "report"
    assert run(["assess", str(folder), "--out", str(out), "--plan", "--no-ruff", "--exit-zero", "-q"]) == 0
    names = sorted(path.name for path in out.iterdir())
    assert names == [
        "findings.sarif",
        "plan",
        "report.html",
        "report.json",
        "report.md",
        "simulation.html",
        "simulation.json",
    ]
    assert (out / "plan" / "plan.html").exists()
    assert "What the unpause does" in (out / "plan" / "runbooks" / "wave-01.md").read_text()


def test_an_estate_without_dags_has_an_empty_plan(tmp_path: Path) -> None:
    document = planned(estate(tmp_path / "estate", ""))
    assert (document["waves"], document["blocked"]) == ([], [])


def test_dags_that_only_running_the_code_makes_are_planned_from_what_airflow_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    estate, verified = tmp_path / "estate", tmp_path / "verified.json"
    estate.mkdir()
    code = 'import os\nfrom airflow import DAG\nfor name in os.environ["NAMES"].split():\n    globals()[name] = DAG(name)\n'
    (estate / "made.py").write_text(code)
    stored = {
        "_dag_id": "made_a",
        "fileloc": "made.py",
        "tasks": [],
        "schedule_interval": "@daily",
        "catchup": False,
    }
    verified.write_text(
        json.dumps({"dags": [{"dag_id": "made_a", "path": "made.py", "serialized": {"dag": stored}}]})
    )
    options = ["-t", "3.3.1", "-q", "--from-json", str(verified), "--out", str(tmp_path / "plan")]
    assert run(["plan", str(estate), *options]) == 0
    document = json.loads((tmp_path / "plan" / "plan.json").read_text())
    placed = [dag["dag_id"] for wave in document["waves"] for dag in wave["dags"]]
    assert placed + [dag["dag_id"] for dag in document["blocked"]] == ["made_a"]
