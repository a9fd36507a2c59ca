"""`airshift simulate`: formats, exit codes, messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from airshift.cli.app import run
from airshift.estate.inventory import build_inventory
from airshift.files import list_files
from airshift.simulate import simulate
from airshift.simulate.table import print_rich
from airshift.targets import Target

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/schemas/simulate.schema.json").read_text(encoding="utf-8")
)
CLEAN = """
from datetime import datetime
from airflow import DAG
DAG("manual", schedule=None, start_date=datetime(2024, 1, 1))
"""
ORDERS = """
import os
from datetime import datetime, timedelta
import pendulum
from airflow import DAG
from airflow.operators.bash import BashOperator
with DAG("orders", schedule="0 6 * * *", start_date=pendulum.datetime(2024, 1, 1, tz="Europe/Berlin"), catchup=False):
    BashOperator(task_id="load", bash_command="load {{ ds }}")
DAG("history", schedule="0 6 * * *", start_date=datetime(2026, 10, 1), catchup=True)
DAG("period", schedule=timedelta(hours=6), start_date=datetime(2024, 1, 1), catchup=False)
DAG("months", schedule="@monthly", start_date=datetime(2024, 1, 1), catchup=False)
DAG("<b>odd</b>\\u202e", schedule=os.environ["S"], start_date=datetime(2024, 1, 1))
DAG(os.environ["NAME"], schedule=None)
"""
AT = ["--at", "2026-11-21T09:30", "--quiet"]


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "dags.py").write_text(ORDERS)
    (tmp_path / "clean.py").write_text(CLEAN)
    (tmp_path / "broken.py").write_text("from airflow import DAG\nprint 'x'\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    run(["simulate", *arguments, *AT, "--format", "json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, SCHEMA)
    return found


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["clean.py"], 0),
        (["orders"], 1),
        (["broken.py"], 3),
        (["."], 3),
        (["orders", "--at", "tomorrow"], 2),
        (["orders", "--target", "2.10.3"], 2),
        (["orders", "--source", "old"], 2),
    ],
)
def test_exit_codes(
    estate: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    given = arguments if "--at" in arguments else [*arguments, *AT]
    assert run(["simulate", *given]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_the_document_has_both_sides(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "orders", "--target", "mwaa-3.3.1", "--source", "2.11.2")
    assert (found["source"], found["target"], found["platform"]) == ("2.11.2", "3.3.1", "mwaa")
    assert found["at"] == "2026-11-21T09:30:00+00:00"
    dags = {dag["dag_id"]: dag for dag in found["dags"]}
    orders = dags["orders"]
    assert orders["blue"]["last"]["logical_date"] == "2026-11-20T05:00:00+00:00"
    assert orders["green"]["runs"][0]["logical_date"] == "2026-11-21T05:00:00+00:00"
    assert (orders["green"]["immediate"], orders["green"]["backfills"]) == (1, 0)
    assert orders["ds"] == {
        "blue_last": "2026-11-20",
        "blue_next": "2026-11-21",
        "green_first": "2026-11-21",
        "green_next": "2026-11-22",
        "moves": True,
        "used": True,
    }
    assert orders["then"] == orders["blue"]["next"]
    history = dags["history"]["green"]
    assert (history["immediate"], history["backfills"], len(history["runs"])) == (52, 51, 11)
    assert found["totals"] == {
        "unknown": 1,
        "never_runs": 0,
        "backfill": 1,
        "duplicate": 2,
        "phase_shift": 1,
        "skipped_interval": 0,
        "none": 0,
    }
    assert [place["expression"] for place in found["unlocated"]] == ['os.environ["NAME"]']


def test_an_unread_file_makes_the_document_incomplete(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(capsys, ".")
    assert (found["status"], [problem["path"] for problem in found["problems"]]) == (
        "incomplete",
        ["broken.py"],
    )


def test_the_interval_option_of_the_target(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "orders", "--data-intervals")
    orders = next(dag for dag in found["dags"] if dag["dag_id"] == "orders")
    assert orders["ds"]["moves"] is False


def test_the_source_is_found_in_the_requirements(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (estate / "requirements.txt").write_text("apache-airflow==2.9.2\n")
    assert document(capsys, ".")["source"] == "2.9.2"


def test_the_table_says_what_to_do(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", "orders", *AT]) == 1
    text = capsys.readouterr().out
    assert text.splitlines()[0].split() == [
        "dag_id", "schedule", "at", "once", "ds", "blue", "ds", "green", "hazard", "action",
    ]  # fmt: skip
    assert 'schedule=CronDataIntervalTimetable("0 6 * * *", timezone="Europe/Berlin")' in text
    assert "\\x202e" in text
    assert text.rstrip().splitlines()[-1].startswith("First unpause of 5 DAGs on Airflow 3.3.1")


def test_definitions_without_a_known_id_are_mentioned(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["simulate", "orders", "--at", "2026-11-21"])
    assert 'id not known: dags.py:13: os.environ["NAME"]' in capsys.readouterr().err


def test_the_picture_is_a_picture(estate: Path) -> None:
    run(["simulate", "orders", *AT, "--format", "svg", "--output", "out.svg"])
    root = ElementTree.parse(estate / "out.svg").getroot()
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "orders" in texts
    assert "×52" in texts
    assert {"Daily", "Several times a day", "Monthly and rarer"} <= set(texts)
    assert not [node for node in root.iter() if node.tag.endswith(("script", "image"))]


def test_the_page_runs_nothing_and_escapes_names(estate: Path) -> None:
    run(["simulate", "orders", *AT, "--format", "html", "--output", "out.html"])
    text = (estate / "out.html").read_text()
    assert "<b>odd</b>" not in text
    assert "&lt;b&gt;odd&lt;/b&gt;\\x202e" in text
    assert "default-src &#39;none&#39;" in text
    assert "<script" not in text


def test_a_terminal_gets_the_same_rows(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:

    found, _ = build_inventory(list_files([estate / "orders"]))
    print_rich(simulate(found.dags, Target("2.10.3"), Target("3.3.1"), datetime(2026, 11, 21, tzinfo=UTC)))
    text = capsys.readouterr().out
    assert "orders" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
