"""Findings as text: frames and carets, wide characters, control characters, and the closing line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.cli.app import run
from airshift.findings import Applicability, Finding, Kind, Place, Problem, Severity
from airshift.output.text import concise, full, printable, shows_credentials, statistics, summary


def finding(
    column: int = 1,
    end: int = 4,
    *,
    severity: Severity = Severity.ERROR,
    applicability: Applicability = Applicability.MANUAL,
    end_line: int = 1,
    effort: int = 0,
    code: str = "AS101",
) -> Finding:
    place = Place("a.py", 1, column, end_line, end)
    return Finding(code, place, Kind.PARSE, severity, "Text.", "", applicability, effort=effort)


def carets(source: str, column: int, end: int, end_line: int = 1) -> tuple[str, str]:
    """The source line and the line below it, as they are printed."""
    lines = list(full([finding(column, end, end_line=end_line)], [], lambda path: source.splitlines()))
    return lines[3], lines[4]


def test_carets_stand_below_what_is_meant() -> None:
    assert carets("from a import b", 15, 16) == ("1 | from a import b", "  |               ^")
    assert carets("call(x=1)", 6, 9) == ("1 | call(x=1)", "  |      ^^^")


def test_wide_characters_take_two_columns() -> None:
    shown, below = carets("漢字 = call(x=1)", 11, 14)
    assert shown == "1 | 漢字 = call(x=1)"
    assert below == "  |" + " " * 13 + "^^^"


def test_tabs_are_shown_as_one_space() -> None:
    assert carets("\tcall()", 2, 8) == ("1 |  call()", "  |  ^^^^^^")


def test_a_range_of_several_lines_is_marked_to_the_end_of_the_first() -> None:
    assert carets("call(\n    1)", 1, 7, end_line=2) == ("1 | call(", "  | ^^^^^")


def test_an_empty_range_has_one_caret() -> None:
    assert carets("call()", 3, 3)[1] == "  |   ^"


def test_a_file_that_is_gone_is_shown_without_its_line() -> None:
    assert list(full([finding()], [], lambda path: [])) == [
        "AS101 error: Text.",
        "  --> a.py:1:1  (parse, by hand)",
        "",
    ]


@pytest.mark.parametrize(
    ("applicability", "effort", "said"),
    [
        (Applicability.SAFE, 0, "(parse, fixable)"),
        (Applicability.UNSAFE, 0, "(parse, fixable with --unsafe-fixes)"),
        (Applicability.MANUAL, 20, "(parse, by hand, about 20 min)"),
        (Applicability.MANUAL, 0, "(parse, by hand)"),
    ],
)
def test_the_way_out_is_named(applicability: Applicability, effort: int, said: str) -> None:
    found = finding(applicability=applicability, effort=effort)
    assert next(line for line in full([found], [], lambda path: []) if "-->" in line).endswith(said)


@pytest.mark.parametrize(
    ("applicability", "mark"),
    [(Applicability.SAFE, " [*]"), (Applicability.UNSAFE, " [~]"), (Applicability.MANUAL, "")],
)
def test_concise_marks_what_can_be_fixed(applicability: Applicability, mark: str) -> None:
    assert list(concise([finding(applicability=applicability)], [])) == [f"a.py:1:1: AS101 error{mark} Text."]


def test_problems_come_first() -> None:
    problem = Problem("b.py", "invalid syntax", 7)
    assert next(concise([finding()], [problem])) == "b.py:7:1: not checked: invalid syntax"
    assert list(full([finding()], [problem], lambda path: []))[:2] == [
        "not checked: invalid syntax",
        "  --> b.py:7",
    ]


@pytest.mark.parametrize(
    ("findings", "problems", "said"),
    [
        ([], 0, "No findings in 3 files."),
        ([], 1, "No findings in 3 files. 1 file could not be checked."),
        ([], 2, "No findings in 3 files. 2 files could not be checked."),
        (
            [finding()],
            0,
            "Found 1 error in 3 files; 0 fixable with `airshift fix`, 0 more with `--unsafe-fixes`.",
        ),
        (
            [
                finding(applicability=Applicability.SAFE),
                finding(severity=Severity.INFO, applicability=Applicability.SAFE),
                finding(severity=Severity.WARNING, applicability=Applicability.UNSAFE),
                finding(severity=Severity.WARNING),
            ],
            0,
            "Found 1 error, 2 warnings, 1 info in 3 files; "
            "2 fixable with `airshift fix`, 1 more with `--unsafe-fixes`.",
        ),
    ],
)
def test_the_closing_line(findings: list[Finding], problems: int, said: str) -> None:
    assert summary(findings, [Problem(f"{n}.py", "bad") for n in range(problems)], 3) == said


def test_statistics_are_aligned_and_ordered() -> None:
    found = [finding(code="AS201")] * 12 + [finding(code="AS102")] * 3 + [finding(code="AS101")] * 3
    assert list(statistics(found, lambda code: code.lower())) == [
        "12  AS201  as201",
        " 3  AS101  as101",
        " 3  AS102  as102",
    ]


@given(st.text())
def test_nothing_printed_steers_a_terminal(text: str) -> None:
    shown = printable(text)
    assert not any(ord(character) < 32 and character not in "\t\n" for character in shown)
    assert "\x7f" not in shown
    assert "\u202e" not in shown


def test_one_line_each_leads_through_the_folder_as_moved_findings_do() -> None:
    problem = Problem("b.py", "invalid syntax", 7)
    moved = finding().at("team/a.py")
    lines = list(concise([finding(), finding()], [problem], folder="team/"))
    assert lines == list(concise([moved, moved], [Problem("team/b.py", "invalid syntax", 7)]))


@pytest.mark.parametrize(
    ("path", "message", "reason", "expected"),
    [
        ("a.py", "Text.", "invalid syntax", False),
        ("a.py", "Use https://you:secret@host/x.", "", True),
        ("AKIAIOSFODNN7EXAMPLE/a.py", "Text.", "", True),
        ("a.py", "Text.", "Authorization: Bearer abcdef0123456789", True),
    ],
)
def test_credentials_in_any_part_of_a_line_are_noticed(
    path: str, message: str, reason: str, expected: bool
) -> None:
    found = replace(finding().at(path), message=message)
    problem = Problem("b.py", reason)
    assert shows_credentials([found], [problem], "") is expected
    assert shows_credentials([found, found], [problem], "team/") is expected


def test_a_path_that_looks_like_a_key_is_masked_where_it_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "AKIAIOSFODNN7EXAMPLE"
    folder.mkdir()
    (folder / "dag.py").write_text("from airflow.operators.bash_operator import BashOperator\n")
    assert run(["check", str(tmp_path), "-f", "concise", "-t", "3.3.1", "--no-cache"]) == 1
    printed = capsys.readouterr().out
    assert "AS104" in printed
    assert "AKIA" not in printed
