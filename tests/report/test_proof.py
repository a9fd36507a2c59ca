"""What was verified stands beside each DAG of the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airshift.cli.app import run

DAG = 'from airflow import DAG\nwith DAG("{0}", schedule=None, catchup=False):\n    pass\n'


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    folder = tmp_path / "estate"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.py").write_text(DAG.format(name))
    return folder


def test_the_report_shows_what_verify_found(estate: Path, tmp_path: Path) -> None:
    verified = tmp_path / "verified.json"
    verified.write_text(json.dumps({"dags": [{"dag_id": "a", "path": "a.py", "verdict": "equal"}]}))
    options = ["--no-ruff", "-q", "--exit-zero", "--verified", str(verified)]
    assert run(["assess", str(estate), "--out", str(tmp_path / "report"), *options]) == 0
    document = json.loads((tmp_path / "report" / "report.json").read_text())
    assert {dag["dag_id"]: dag.get("verified") for dag in document["dags"]} == {"a": "equal", "b": None}
    assert (tmp_path / "report" / "report.md").read_text().count("parsed on both: equal") == 1
    assert (tmp_path / "report" / "report.html").read_text().count("parsed on both: equal") == 1


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"dags": [{"dag_id": "a", "path": "a", "verdict": "great"}]}']
)
def test_anything_else_is_a_usage_error(text: str, estate: Path, tmp_path: Path) -> None:
    verified = tmp_path / "verified.json"
    verified.write_text(text)
    options = ["--no-ruff", "-q", "--verified", str(verified)]
    assert run(["assess", str(estate), "--out", str(tmp_path / "report"), *options]) == 2
