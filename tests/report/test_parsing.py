"""What each parse costs, in the report: what files do, and the seconds that verify measured."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from airshift.cli.app import run
from airshift.findings import Applicability, Severity
from airshift.report.document import json_report, report_document
from airshift.report.markdown import markdown_report
from airshift.report.page import html_report
from airshift.report.parsing import costs_of_parsing, sentence
from report.estate_of_tests import assessed, finding

LOOKUP = replace(finding(), code="AS903", severity=Severity.WARNING, applicability=Applicability.MANUAL)


def test_a_report_without_such_work_has_no_such_section() -> None:
    assessment = assessed([finding()])
    assert costs_of_parsing(assessment) == ()
    assert report_document(assessment)["parse_costs"] == []
    assert 'id="parsing"' not in html_report(assessment)
    assert "What each parse costs" not in markdown_report(assessment)


def test_what_a_file_does_at_each_parse_is_listed() -> None:
    assessment = assessed([LOOKUP])
    path, line = LOOKUP.place.path, LOOKUP.place.line
    assert json.loads(json_report(assessment))["parse_costs"] == [
        {
            "path": path,
            "seconds": None,
            "works": [{"code": "AS903", "line": line, "message": LOOKUP.message}],
        }
    ]
    assert sentence(assessment).startswith("1 file does work at each parse")
    assert "`airshift verify` measures" in sentence(assessment)
    assert html_report(assessment).count('href="#parsing"') == 1
    assert f"AS903 line {line}" in markdown_report(assessment)


def test_the_slowest_file_comes_first() -> None:
    measured = {"dags/slow.py": 4.25, LOOKUP.place.path: 0.5}
    assessment = replace(assessed([LOOKUP]), parse_seconds=measured)
    assert [(cost.path, cost.seconds) for cost in costs_of_parsing(assessment)] == list(measured.items())
    assert "Parsing 2 files once took 4.8 s" in sentence(assessment)
    assert "<b>4.25&nbsp;s</b>" in html_report(assessment)
    assert "| `dags/slow.py` | 4.25 | – |" in markdown_report(assessment)


def test_more_files_than_are_shown_are_counted() -> None:
    measured = {f"dags/dag_{number:03}.py": 1.0 for number in range(200)}
    assessment = replace(assessed([]), parse_seconds=measured)
    assert len(report_document(assessment)["parse_costs"]) == 200
    assert "and 140 more in report.json" in html_report(assessment)
    assert "and 175 more in report.json" in markdown_report(assessment)


def test_quick_files_that_do_nothing_are_counted_only() -> None:
    measured = {"dags/quick.py": 0.1, "dags/slow.py": 0.5}
    assessment = replace(assessed([LOOKUP]), parse_seconds=measured)
    for text in (html_report(assessment), markdown_report(assessment)):
        assert "and 1 more in report.json" in text
        assert "quick.py" not in text
    assert len(report_document(assessment)["parse_costs"]) == 3
    assert 'id="parsing"' not in html_report(replace(assessed([]), parse_seconds={"dags/quick.py": 0.1}))


def test_foreign_text_makes_no_element() -> None:
    path = "dags/<img src=x onerror=alert(1)>.py"
    assessment = replace(assessed([]), parse_seconds={path: 1.0})
    assert "<img" not in html_report(assessment)
    assert "<img" not in markdown_report(assessment).replace(f"`{path}`", "")


DAG = """\
from airflow import DAG
from airflow.models import Variable

with DAG("a", schedule=None, catchup=False, tags=[Variable.get("team")]):
    pass
"""


@pytest.mark.parametrize(
    ("files", "seconds"),
    [
        ([{"path": "a.py", "parse_seconds": {"source": 2.0, "target": 1.5}}], 1.5),
        ([{"path": "a.py", "parse_seconds": {"source": 2.0, "target": None}}], 2.0),
        ([{"path": "a.py", "target": "Traceback", "parse_seconds": {"source": 2.0, "target": 0.1}}], 2.0),
        (
            [{"path": "a.py", "source": "x", "target": "x", "parse_seconds": {"source": 2.0, "target": 0.1}}],
            None,
        ),
        ([{"path": "a.py", "parse_seconds": {"source": None, "target": None}}], None),
        (None, None),
    ],
)
def test_the_command_reads_what_verify_measured(
    files: list[dict[str, object]] | None, seconds: float | None, tmp_path: Path
) -> None:
    (tmp_path / "estate").mkdir()
    (tmp_path / "estate" / "a.py").write_text(DAG)
    document = {"dags": [], **({} if files is None else {"files": files})}
    (tmp_path / "verified.json").write_text(json.dumps(document))
    options = ["--no-ruff", "-q", "--exit-zero", "--verified", str(tmp_path / "verified.json")]
    assert run(["assess", str(tmp_path / "estate"), "--out", str(tmp_path / "report"), *options]) == 0
    (cost,) = json.loads((tmp_path / "report" / "report.json").read_text())["parse_costs"]
    assert (cost["path"], cost["seconds"]) == ("a.py", seconds)
    assert [(work["code"], work["line"]) for work in cost["works"]] == [("AS903", 4)]


def test_files_of_another_shape_are_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(DAG)
    (tmp_path / "verified.json").write_text('{"dags": [], "files": [1]}')
    options = ["--no-ruff", "-q", "--verified", str(tmp_path / "verified.json")]
    assert run(["assess", str(tmp_path), "--out", str(tmp_path / "report"), *options]) == 2
