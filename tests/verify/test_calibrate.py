"""Static findings scored against what really happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airshift.cli.app import run
from airshift.errors import UsageError
from airshift.findings import Finding, Kind, Place, Severity
from airshift.verify.calibrate import calibrate, read_outcomes


def finding(path: str, kind: Kind = Kind.PARSE, severity: Severity = Severity.ERROR) -> Finding:
    return Finding("AS101", Place(path, 1, 1, 1, 2), kind, severity, "gone")


def outcome(
    path: str, target: str = "ok", source: str = "ok", failed_in: str | None = None
) -> dict[str, object]:
    return {"path": path, "source": source, "target": target, "failed_in": failed_in}


def test_each_file_is_scored_once() -> None:
    findings = [finding("a.py"), finding("b.py"), finding("helper.py"), finding("e.py", Kind.RUNTIME)]
    outcomes = [
        outcome("a.py", "ImportError"),
        outcome("b.py"),
        outcome("c.py", "ImportError", failed_in="helper.py"),
        outcome("d.py", "ImportError", failed_in="d.py"),
        outcome("e.py"),
        outcome("f.py", "ImportError", source="ImportError"),
        outcome("g.py", "not read"),
    ]
    found = calibrate(findings, outcomes)
    assert (found.right, found.false_alarms, found.misses, found.fine) == (
        ("a.py", "c.py"), ("b.py",), ("d.py",), ("e.py",),
    )  # fmt: skip
    assert (found.precision, found.recall) == (2 / 3, 2 / 3)


def test_without_predictions_or_failures_there_is_no_share() -> None:
    found = calibrate([], [outcome("a.py")])
    assert (found.precision, found.recall) == (None, None)


def test_what_has_no_dag_and_parses_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "verified.json"
    document = {"fixed": False, "files": [outcome("a.py"), outcome("plugin.py")], "dags": [{"path": "a.py"}]}
    file.write_text(json.dumps(document))
    assert [one["path"] for one in read_outcomes(file)] == ["a.py"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"fixed": true, "files": [], "dags": []}'])
def test_another_document_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "verified.json"
    file.write_text(text)
    with pytest.raises(UsageError, match="--calibrate"):
        read_outcomes(file)


def test_check_prints_the_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    estate = tmp_path / "estate"
    estate.mkdir()
    (estate / "a.py").write_text("from airflow.operators.subdag import SubDagOperator\n")
    (estate / "b.py").write_text("from airflow.operators.subdag import SubDagOperator\n")
    file = tmp_path / "verified.json"
    outcomes = [outcome("a.py", "ModuleNotFoundError"), outcome("b.py")]
    file.write_text(json.dumps({"fixed": False, "files": outcomes, "dags": [{"path": "b.py"}]}))
    assert run(["check", str(estate), "--target", "3.3.1", "--calibrate", str(file)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "false alarm: b.py",
        "2 files scored: precision 50.0%, recall 100.0% (1 failures predicted, 1 false alarms, 0 missed)",
    ]
