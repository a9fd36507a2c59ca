"""The report has a section for what the probe counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airshift.cli.app import run

FOUND = {"probe": 1, "xcom": {"pickled": 3, "not_json": 1}, "unfinished_runs": [{"dag_id": "a", "runs": 2}]}


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    folder = tmp_path / "estate"
    folder.mkdir()
    (folder / "a.py").write_text("from airflow import DAG\n\nwith DAG('a', schedule=None):\n    pass\n")
    (tmp_path / "probe.json").write_text(json.dumps(FOUND))
    return folder


def test_the_section_is_in_every_format(estate: Path, tmp_path: Path) -> None:
    out, probe = tmp_path / "report", str(tmp_path / "probe.json")
    command = ["assess", str(estate), "--out", str(out), "--exit-zero", "--no-ruff", "--quiet"]
    assert run(command) == 0
    assert "Found in the database" not in (out / "report.md").read_text() + (out / "report.html").read_text()
    assert "probe" not in json.loads((out / "report.json").read_text())
    assert run([*command, "--probe", probe]) == 0
    found = json.loads((out / "report.json").read_text())["probe"]
    assert {one["title"]: one["count"] for one in found} == {
        "XCom rows whose value is no JSON": 1, "Pickled XCom rows": 3, "Unfinished DAG runs": 2,
    }  # fmt: skip
    assert "- Pickled XCom rows: 3." in (out / "report.md").read_text()
    assert 'id="probe"' in (out / "report.html").read_text()


def test_a_file_that_is_no_result(estate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.json").write_text("{}")
    for name in ("other.json", "none.json"):
        assert (
            run(
                [
                    "assess",
                    str(estate),
                    "--out",
                    str(tmp_path / "r"),
                    "--probe",
                    str(tmp_path / name),
                    "--no-ruff",
                ]
            )
            == 2
        )
        assert "probe" in capsys.readouterr().err
