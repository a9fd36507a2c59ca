"""`airshift size`: formats, exit codes, and what the options change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from airshift.cli.app import run

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/size.schema.json").read_text(encoding="utf-8"))
DAGS = """
from datetime import datetime
from airflow import DAG
from airflow.models import Variable
from airflow.operators.bash import BashOperator
BUCKET = Variable.get("bucket")
for n in range(6):
    with DAG(f"d{n}", schedule="0 6 * * *", start_date=datetime(2024, 1, 1), catchup=False):
        BashOperator(task_id="t", bash_command="<script>alert(1)</script>")
"""
BLUE = {
    "Environment": {
        "Arn": "arn:aws:airflow:ap-northeast-1:123456789012:environment/prod",
        "EnvironmentClass": "mw1.medium",
        "MinWorkers": 1,
        "MaxWorkers": 4,
    }
}
PLAN = {"waves": [{"number": 1, "start": "2026-12-01T10:00:00+00:00", "dags": [{"dag_id": "d0"}]}]}
WEEK = ["--week", "2026-11-23", "--quiet"]


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "d.py").write_text(DAGS)
    (tmp_path / "blue.json").write_text(json.dumps(BLUE))
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def document(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert run(["size", "dags", *WEEK, "--format", "json", *options]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, SCHEMA)
    return found


def test_the_document_is_as_the_schema_says(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "--blue", "blue.json", "--plan", "plan.json")
    assert (found["load"]["peak_tasks"], found["staggered"]["peak_tasks"]) == (6, 1)
    assert len(found["moves"]) == 5
    assert found["costs"]["region"] == "ap-northeast-1"
    assert found["costs"]["blue"]["per_hour"] == 0.74
    assert [cost["path"] for cost in found["parse_costs"]] == ["d.py"]


def test_the_table_says_the_class_and_what_is_not_known(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["size", "dags", *WEEK]) == 0
    out = capsys.readouterr().out
    assert "6 DAGs, at most 6 tasks at a time: mw1.small with 1 to 2 workers." in out
    assert "not known: the region is not known" in out


def test_the_page_runs_nothing_and_has_both_drawings(estate: Path) -> None:
    assert run(["size", "dags", *WEEK, "--out", "size.html"]) == 0
    page = (estate / "size.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert page.count('class="load ') == 2
    assert "default-src &#39;none&#39;" in page


def test_too_many_dags_for_any_class_are_exit_code_1(estate: Path) -> None:
    (estate / "dags" / "d.py").write_text(DAGS.replace("range(6)", "range(4001)"))
    assert run(["size", "dags", *WEEK, "--no-stagger", "--max-workers", "1"]) == 1


@pytest.mark.parametrize(
    "options",
    [
        ["--week", "soon"],
        ["--durations", "none.csv"],
        ["--pools", "blue.json"],
        ["--verified", "plan.json"],
        ["--plan", "blue.json"],
        ["--prices", "plan.json"],
        ["--cloudwatch", "plan.json"],
    ],
)
def test_files_that_are_something_else_are_refused(estate: Path, options: list[str]) -> None:
    assert run(["size", "dags", "--quiet", *options]) == 2


def test_an_estate_without_dags_is_refused(tmp_path: Path) -> None:
    assert run(["size", str(tmp_path)]) == 2
