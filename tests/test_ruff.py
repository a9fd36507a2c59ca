"""ruff as a second opinion: agreement by place or name, and what only one of the two sees."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from airshift.findings import Finding, Kind, Origin, Place, Severity
from airshift.ruff import merge, run_ruff


def own(line: int, symbol: str = "", code: str = "AS101", end: int = 0, path: str = "a.py") -> Finding:
    place = Place(path, line, 1, end or line, 9)
    return Finding(code, place, Kind.PARSE, Severity.ERROR, "message", symbol)


def theirs(line: int, message: str = "", code: str = "AIR301", path: str = "a.py") -> Finding:
    place = Place(path, line, 5, line, 9)
    return Finding(code, place, Kind.PARSE, Severity.ERROR, message, origin=Origin.RUFF)


def test_the_same_line_agrees() -> None:
    merged = merge([own(3)], [theirs(3)])
    assert [(found.code, found.also) for found in merged.findings] == [("AS101", ("AIR301",))]
    assert (merged.agreed, merged.only_ruff, merged.only_airshift) == (1, (), 0)


def test_a_finding_of_several_lines_agrees_on_each() -> None:
    assert merge([own(3, end=5)], [theirs(5)]).agreed == 1
    assert merge([own(3, end=5)], [theirs(6)]).agreed == 0


def test_a_use_agrees_with_the_import_of_the_name() -> None:
    use = theirs(40, "`airflow.datasets.Dataset` is removed in Airflow 3.0")
    merged = merge([own(1, "airflow.datasets.Dataset")], [use])
    assert (merged.agreed, merged.only_ruff) == (1, ())


def test_names_agree_only_within_a_file() -> None:
    use = theirs(40, "`airflow.datasets.Dataset` is removed", path="b.py")
    merged = merge([own(1, "airflow.datasets.Dataset")], [use])
    assert (merged.agreed, len(merged.only_ruff), merged.only_airshift) == (0, 1, 1)


def test_what_only_one_sees_is_kept_in_order() -> None:
    merged = merge([own(9), own(2)], [theirs(5)])
    assert [(found.origin, found.place.line) for found in merged.findings] == [
        (Origin.AIRSHIFT, 2),
        (Origin.RUFF, 5),
        (Origin.AIRSHIFT, 9),
    ]
    assert (merged.agreed, merged.only_airshift) == (0, 2)


def test_several_codes_of_ruff_at_one_place_are_listed_once() -> None:
    merged = merge([own(3)], [theirs(3, code="AIR312"), theirs(3), theirs(3)])
    assert merged.findings[0].also == ("AIR301", "AIR312")
    assert merged.agreed == 1


def test_ruff_is_really_run(tmp_path: Path) -> None:
    file = tmp_path / "dags" / "dag.py"
    file.parent.mkdir()
    file.write_text("from airflow import DAG\n\nDAG('a', schedule_interval=None)\n")
    report = run_ruff([file], tmp_path)
    assert report.problems == ()
    found = [f for f in report.findings if f.code == "AIR301"]
    assert [(f.place.path, f.place.line, f.severity, f.origin) for f in found] == [
        ("dags/dag.py", 3, Severity.ERROR, Origin.RUFF)
    ]
    assert found[0].reference.startswith("https://")


def test_files_that_ruff_cannot_parse_are_no_findings(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print 'x'\n")
    assert run_ruff([tmp_path / "a.py"], tmp_path) == run_ruff([], tmp_path)


@pytest.mark.parametrize(
    "error",
    [FileNotFoundError(), subprocess.CalledProcessError(2, "ruff"), subprocess.TimeoutExpired("ruff", 1)],
)
def test_a_ruff_that_cannot_run_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(subprocess, "run", fail)
    report = run_ruff([tmp_path / "a.py"], tmp_path)
    assert report.findings == ()
    assert [problem.reason for problem in report.problems] == [
        f"ruff could not be run: {type(error).__name__}"
    ]
