"""Baselines: what stays known, what is new, what is stale."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.baseline import Known, baseline_text, read_baseline, recognised
from airshift.checking import rule_context
from airshift.cli.app import run
from airshift.errors import UsageError
from airshift.findings import Finding, Kind, Place, Severity
from airshift.fix_diffs import text_lines
from airshift.select import Selection
from airshift.single import check_content
from airshift.targets import parse_target, parse_version

OLD = "from airflow.operators.bash_operator import BashOperator\n"
DAG = """\
from datetime import datetime
from airflow import DAG
from airflow.operators.bash_operator import BashOperator

with DAG(
    "a",
    schedule_interval="@daily",
    start_date=datetime(2024, 1, 1),
):
    one = BashOperator(
        task_id="one",
        bash_command="echo {{ execution_date }}",
    )
    two = BashOperator(task_id="two", bash_command="echo {{ execution_date }}")
    three = BashOperator(task_id="two", bash_command="echo {{ execution_date }}")
    one >> two
"""
CONTEXT = rule_context(parse_target("3.3.1"), parse_version("2.10.3"))


def fingerprints(source: str, path: str = "dags/a.py") -> list[str]:
    raw = source.encode()
    found = check_content(path, raw, CONTEXT, Selection()).findings
    return [known.fingerprint for known in recognised(found, lambda _: text_lines(raw))]


@st.composite
def spaced_out(draw: st.DrawFn) -> str:
    """The DAG with blank and comment lines between any two of its lines."""
    filler = st.lists(st.sampled_from(["", "   ", "# note", "        # deeper", "\t"]), max_size=3)
    return "".join(
        "".join(f"{line}\n" for line in draw(filler)) + original for original in DAG.splitlines(keepends=True)
    )


@settings(deadline=None)
@given(spaced_out())
def test_blank_and_comment_lines_change_no_fingerprint(source: str) -> None:
    assert fingerprints(source) == fingerprints(DAG)


def test_every_finding_has_its_own_fingerprint() -> None:
    found = fingerprints(DAG)
    assert len(found) >= 6
    assert len(set(found)) == len(found)


def test_indenting_changes_no_fingerprint() -> None:
    assert fingerprints(f"if True:\n    {OLD}") == fingerprints(OLD)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OLD, OLD.replace("import Bash", "import  x, Bash")),
        (OLD, OLD.replace("bash_operator", "python_operator")),
    ],
)
def test_another_line_is_another_finding(before: str, after: str) -> None:
    assert set(fingerprints(before)).isdisjoint(fingerprints(after))


def test_another_file_is_another_finding() -> None:
    assert set(fingerprints(OLD)).isdisjoint(fingerprints(OLD, "dags/b.py"))


def test_of_equal_findings_each_counts_once() -> None:
    assert fingerprints(OLD * 3)[:2] == fingerprints(OLD * 2)


any_known = st.builds(Known, st.text(), st.text(), st.text(), st.text())


@settings(deadline=None)
@given(st.lists(any_known, unique_by=lambda known: known.fingerprint))
def test_a_baseline_is_read_as_it_was_written(entries: list[Known]) -> None:
    assert list(read_baseline(baseline_text(entries), "b")) == sorted(entries)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema_version": 1}', '{"schema_version": 1, "findings": [3]}']
)
def test_another_file_is_no_baseline(text: str) -> None:
    with pytest.raises(UsageError, match="not one that --write-baseline wrote"):
        read_baseline(text, "b.json")


def test_a_baseline_of_another_schema_is_refused() -> None:
    with pytest.raises(UsageError, match="schema 2"):
        read_baseline('{"schema_version": 2, "findings": []}', "b.json")


def test_a_finding_beyond_the_file_has_a_fingerprint_too() -> None:
    place = Place("a.py", 9, 1, 9, 2)
    found = Finding("AS101", place, Kind.PARSE, Severity.ERROR, "Text.")
    assert len(recognised([found], lambda _: [])) == 1


# The command


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "a.py").write_text(OLD)
    (tmp_path / "dags" / "b.py").write_text(OLD)
    monkeypatch.chdir(tmp_path)
    assert run(["check", ".", "--write-baseline", "ci/known.json"]) == 0
    return tmp_path


def test_known_findings_are_not_reported(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", ".", "--baseline", "ci/known.json"]) == 0
    printed = capsys.readouterr()
    assert "No findings in 2 files." in printed.out
    assert "The baseline knows 2 more findings." in printed.err


def test_the_baseline_holds_wherever_check_starts(estate: Path) -> None:
    known = str(estate / "ci" / "known.json")
    assert run(["check", "dags", "--baseline", known]) == 0
    assert run(["check", "dags/a.py", "--baseline", known]) == 0
    assert run(["check", "dags/a.py", "dags/b.py", "--baseline", known]) == 0


def test_new_findings_are_reported_alone(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (estate / "dags" / "a.py").write_text(f"# moved\n\n{OLD}{OLD}")
    assert run(["check", ".", "--baseline", "ci/known.json", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [(one["path"], one["line"]) for one in document["findings"]] == [("dags/a.py", 4)]
    assert document["baseline"] == {"known": 2, "stale": []}


def test_fixed_findings_are_stale(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (estate / "dags" / "a.py").write_text("")
    assert run(["check", ".", "--baseline", "ci/known.json"]) == 0
    assert "1 entries of the baseline are stale" in capsys.readouterr().err
    run(["check", ".", "--baseline", "ci/known.json", "--format", "json"])
    (stale,) = json.loads(capsys.readouterr().out)["baseline"]["stale"]
    assert (stale["path"], stale["code"]) == ("../dags/a.py", "AS104")


def test_a_renamed_file_is_new_and_its_old_entries_are_stale(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (estate / "dags" / "a.py").rename(estate / "dags" / "renamed.py")
    assert run(["check", ".", "--baseline", "ci/known.json", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [one["path"] for one in document["findings"]] == ["dags/renamed.py"]
    assert [one["path"] for one in document["baseline"]["stale"]] == ["../dags/a.py"]


@pytest.mark.parametrize(
    "arguments", [["dags/b.py"], [".", "--select", "AS2"]], ids=["one file", "other rules"]
)
def test_what_was_not_looked_for_is_not_stale(
    estate: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    (estate / "dags" / "a.py").write_text("")
    run(["check", *arguments, "--baseline", "ci/known.json"])
    assert "stale" not in capsys.readouterr().err


def test_the_settings_name_the_baseline(estate: Path) -> None:
    assert run(["check", "dags"]) == 1
    (estate / "airshift.toml").write_text('baseline = "ci/known.json"')
    assert run(["check", "dags"]) == 0


def test_a_baseline_that_is_not_there_is_an_error(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", ".", "--baseline", "gone.json"]) == 2
    assert "write it with --write-baseline gone.json" in capsys.readouterr().err


def test_a_baseline_is_easy_to_review(estate: Path) -> None:
    lines = (estate / "ci" / "known.json").read_text().splitlines()
    assert [line.partition(", ")[0].strip() for line in lines if "AS104" in line] == [
        '{"path": "../dags/a.py"', '{"path": "../dags/b.py"',
    ]  # fmt: skip
