"""What .airflowignore treats differently on the target."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.around import check_tree
from airshift.around.fix import apply_to
from airshift.findings import Applicability, Finding
from airshift.targets import parse_target

TARGET = parse_target("3.3.1")


def check(folder: Path, files: dict[str, str]) -> list[Finding]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [finding for finding in check_tree(folder, sorted(files), TARGET) if finding.code == "AS810"]


def test_files_that_come_up_are_listed_at_the_pattern(tmp_path: Path) -> None:
    files = {
        "dags/.airflowignore": "# not ours\nproject_a\ntests/.*_test\\.py\n",
        "dags/a.py": "",
        "dags/old_project_a.py": "",
        "dags/tests/deep/x_test.py": "",
    }
    one, two = check(tmp_path, files)
    assert (one.place.line, two.place.line) == (2, 3)
    assert "are parsed: dags/old_project_a.py" in one.message
    assert "are parsed: dags/tests/deep/x_test.py" in two.message
    assert one.applicability is Applicability.SAFE
    _, after = apply_to("dags/.airflowignore", files["dags/.airflowignore"].encode(), [one, two])
    assert after == b"# not ours\n*project_a*\n**/*tests/**/*_test.py*\n"
    (tmp_path / "dags/.airflowignore").write_bytes(after)
    assert check(tmp_path, {}) == []


def test_a_pattern_that_glob_reads_wider_is_found_too(tmp_path: Path) -> None:
    (finding,) = check(tmp_path, {".airflowignore": "*.py\n.*_old\\.py\n", "a.py": ""})
    assert "files that Airflow 2 parses are ignored: a.py" in finding.message


def test_an_expression_that_has_no_glob_pattern_is_left(tmp_path: Path) -> None:
    (finding,) = check(tmp_path, {".airflowignore": "(old|tmp)_[0-9]+\n", "old_12.py": "", "a.py": ""})
    assert finding.applicability is Applicability.MANUAL
    assert "core.dag_ignore_file_syntax = regexp" in finding.message


def test_long_lists_are_cut(tmp_path: Path) -> None:
    files = {".airflowignore": "x\n"} | {f"a_x_{number}.py": "" for number in range(8)}
    (finding,) = check(tmp_path, files)
    assert finding.message.count(".py") == 5
    assert "and 3 more" in finding.message


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({".airflowignore": "tests\n", "tests/a.py": "", "b.py": ""}, id="both readings agree"),
        pytest.param({".airflowignore": ".*_test\\.py\n", "b.py": ""}, id="nothing to ignore"),
        pytest.param({".airflowignore": "# x\n\n", "b.py": ""}, id="only comments"),
        pytest.param(
            {
                ".airflowignore": ".*_x",
                "a_x.py": "",
                "airflow.cfg": "[core]\ndag_ignore_file_syntax = regexp\n",
            },
            id="the syntax is set",
        ),
        pytest.param(
            {".airflowignore": "*_x.py\n!keep_x.py\n", "a_x.py": ""}, id="written as glob patterns already"
        ),
        pytest.param({".airflowignore": "/old\n", "old.py": "", "old/a.py": ""}, id="anchored glob patterns"),
        pytest.param({".airflowignore": ".*_x", "a_x.txt": ""}, id="no DAG file concerned"),
    ],
)
def test_silent(tmp_path: Path, files: dict[str, str]) -> None:
    assert check(tmp_path, files) == []


def test_an_expression_that_could_take_forever_is_not_run(tmp_path: Path) -> None:
    name = "a" * 60 + ".py"
    (finding,) = check(tmp_path, {".airflowignore": "(a+)+$\n", name: ""})
    assert "too costly" in finding.message


def test_a_nested_file_counts_from_its_own_folder(tmp_path: Path) -> None:
    files = {
        "dags/.airflowignore": "common\n",
        "dags/team/.airflowignore": "draft_.*\n",
        "dags/team/draft_a.py": "",
        "dags/common/x.py": "",
    }
    (finding,) = check(tmp_path, files)
    assert (finding.place.path, finding.place.line) == ("dags/team/.airflowignore", 1)
