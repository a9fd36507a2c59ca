"""Suppression comments: what they silence, what they leave, and which of them do nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.checking import check_paths
from airshift.select import parse_selection
from airshift.suppress import suppressions
from airshift.targets import parse_target
from airshift.unused import with_unused

OLD = "from airflow.operators.bash_operator import BashOperator"
"""AS104 on line 1."""


def codes(folder: Path, source: str) -> list[tuple[str, int]]:
    (folder / "dag.py").write_text(source)
    result = check_paths([folder], target=parse_target("3.3.1"))
    return [(finding.code, finding.place.line) for finding in result.findings]


def unused(folder: Path, source: str, ignore: str = "") -> list[tuple[str, int, int, int]]:
    (folder / "dag.py").write_text(source)
    result = with_unused(check_paths([folder], target=parse_target("3.3.1")), parse_selection([], [ignore]))
    return [
        (finding.symbol, finding.place.line, finding.place.column, finding.place.end_column)
        for finding in result.findings
        if finding.code == "AS002"
    ]


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "#noqa",
        "# NOQA",
        "# noqa: AS104",
        "# noqa : AS104",
        "# noqa:AS104,F401",
        "# noqa: F401, AS104",
        "# noqa: F401 AS104 old servers need it",
        "# airshift: ignore",
        "# airshift: ignore[AS104]",
        "# airshift:ignore[AS104]",
        "# airshift: ignore[as104]",
        "# airshift: ignore[AS999, AS104]",
        "# type: ignore[import]  # airshift: ignore[AS104]",
    ],
)
def test_these_silence_the_line(tmp_path: Path, comment: str) -> None:
    assert codes(tmp_path, f"{OLD}  {comment}\n") == []


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "# noqa: F401",
        "# noqa: AS999",
        "# noqas",
        "# airshift: ignore[AS999]",
        "# airshift: ignore[everything]",
        "# airshift: ignored",
        "# type: ignore",
        "# ignore[AS104]",
        "# see airshift ignore[AS104]",
    ],
)
def test_these_do_not(tmp_path: Path, comment: str) -> None:
    assert codes(tmp_path, f"{OLD}  {comment}\n") == [("AS104", 1)]


def test_a_comment_speaks_for_its_own_line_only(tmp_path: Path) -> None:
    assert codes(tmp_path, f"# airshift: ignore[AS104]\n{OLD}\n") == [("AS104", 2)]
    assert codes(tmp_path, f"{OLD}\n# noqa: AS104\n") == [("AS104", 1)]


def test_a_finding_of_several_lines_is_silenced_on_its_first_or_last(tmp_path: Path) -> None:
    call = "Variable.get(\n    'x',{}\n    'y',\n    deserialize_json=True,{}\n)"
    source = "from airflow.sdk import Variable\n" + call + "{}\n"
    assert [code for code, _ in codes(tmp_path, source.format("", "", ""))] == ["AS903"]
    assert codes(tmp_path, source.format("", "", "  # noqa: AS903")) == []
    assert codes(tmp_path, source.replace("get(", "get(  # noqa: AS903").format("", "", "")) == []
    assert codes(tmp_path, source.format("", "  # noqa: AS903", "")) == [("AS903", 2)]


@pytest.mark.parametrize(
    "place", ["{comment}\n{old}\n", "{old}\n\n    {comment}\n", '"""Text."""\n\n{comment}\n{old}\n']
)
def test_a_file_comment_may_stand_anywhere_on_a_line_of_its_own(tmp_path: Path, place: str) -> None:
    for comment in ("# airshift: ignore-file", "# airshift: ignore-file[AS104]"):
        assert codes(tmp_path, place.format(comment=comment, old=OLD)) == []


def test_a_file_comment_with_codes_leaves_the_others(tmp_path: Path) -> None:
    assert codes(tmp_path, f"# airshift: ignore-file[AS101]\n{OLD}\n") == [("AS104", 2)]
    assert codes(tmp_path, f"{OLD}  # airshift: ignore-file\n") == [("AS104", 1)]


def test_unused_comments_are_reported_where_they_stand(tmp_path: Path) -> None:
    source = (
        f"# airshift: ignore-file[AS101]\nimport airflow  # airshift: ignore[AS104]\n{OLD}  # noqa: AS104\n"
    )
    assert unused(tmp_path, source) == [("AS101", 1, 1, 31), ("AS104", 2, 17, 42)]


def test_columns_of_unused_comments_count_characters(tmp_path: Path) -> None:
    assert unused(tmp_path, "import airflow; x = 'ärger'  # noqa: AS104\n") == [("AS104", 1, 30, 43)]


def test_comments_for_other_tools_are_never_called_unused(tmp_path: Path) -> None:
    assert unused(tmp_path, "import airflow  # noqa\nimport os  # noqa: F401\n") == []


def test_a_used_comment_is_not_reported(tmp_path: Path) -> None:
    assert unused(tmp_path, f"{OLD}  # noqa: F401, AS104\n") == []


def test_unused_comments_can_be_ignored_like_any_code(tmp_path: Path) -> None:
    assert unused(tmp_path, "import airflow  # airshift: ignore[AS104]\n", ignore="AS002") == []


def test_the_advice_keeps_what_is_meant_for_others(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text("import airflow  # noqa: F401, AS104\nimport os  # airshift: ignore\n")
    result = with_unused(check_paths([tmp_path], target=parse_target("3.3.1")), parse_selection([], []))
    first, second = (finding.message for finding in result.findings)
    assert first.endswith("on Airflow 3.3.1; take AS104 out of it.")
    assert second.endswith("on Airflow 3.3.1; remove it.")


def test_a_file_without_comments_costs_no_search() -> None:
    assert suppressions(b"import airflow\n" * 3) == ()
