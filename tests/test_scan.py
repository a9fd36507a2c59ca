"""From files to findings: two rounds, suppressions, and inputs that cannot be read."""

from __future__ import annotations

from pathlib import Path

from airshift.checking import CheckResult, check_paths
from airshift.targets import parse_target


def check(folder: Path, **files: str | bytes) -> CheckResult:
    """Write files (dots in names are folders: `a__b` is a/b.py) and check them."""
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return check_paths([folder], target=parse_target("3.3.1"))


def found(result: CheckResult) -> list[tuple[str, str, int]]:
    return [(f.code, f.place.path, f.place.line) for f in result.findings]


OLD = "from airflow.operators.bash_operator import BashOperator\n"


def test_an_import_that_fails_is_an_error(tmp_path: Path) -> None:
    result = check(tmp_path, dag=OLD)
    assert found(result) == [("AS104", "dag.py", 1)]
    assert result.findings[0].severity == "error"
    assert result.findings[0].kind == "parse"


def test_a_file_without_airflow_is_silent(tmp_path: Path) -> None:
    assert found(check(tmp_path, other="def f(execution_date, provide_context=True): pass\n")) == []


def test_a_keyword_is_judged_through_the_estates_own_module(tmp_path: Path) -> None:
    result = check(
        tmp_path,
        common__names="from airflow.models import DAG as Flow\n",
        common____init__="",
        dags__one="from common.names import Flow\nFlow('a', schedule_interval=None)\n",
    )
    assert ("AS201", "dags/one.py", 2) in found(result)


def test_a_subclass_is_known_in_a_file_that_never_mentions_airflow(tmp_path: Path) -> None:
    result = check(
        tmp_path,
        base="from airflow.models import BaseOperator\nclass Team(BaseOperator):\n    pass\n",
        middle="from base import Team\nclass Special(Team):\n    pass\n",
        dag="from middle import Special\nSpecial(task_id='a', task_concurrency=1)\n",
    )
    assert [entry for entry in found(result) if entry[1] == "dag.py"] == [("AS206", "dag.py", 2)]


def test_suppressions(tmp_path: Path) -> None:
    assert found(check(tmp_path, a=OLD.rstrip() + "  # noqa: AS104\n")) == []
    assert found(check(tmp_path, a=OLD.rstrip() + "  # airshift: ignore[AS104]\n")) == []
    assert found(check(tmp_path, a="# airshift: ignore-file\n" + OLD)) == []
    assert found(check(tmp_path, a=OLD.rstrip() + "  # noqa: F401\n")) == [("AS104", "a.py", 1)]


def test_an_unused_suppression_is_known(tmp_path: Path) -> None:
    result = check(tmp_path, a="import airflow  # airshift: ignore[AS104]\n")
    assert [(path, suppression.line) for path, suppression in result.scan.unused] == [("a.py", 1)]


def test_unreadable_files_are_problems(tmp_path: Path) -> None:
    result = check(
        tmp_path,
        syntax="import airflow\nprint 'x'\n",
        latin=b"import airflow\nx = '\xff'\n",
        nul=b"import airflow\nx = 1\x00\n",
        deep="import airflow\nx = " + "(" * 300 + "1" + ")" * 300 + "\n",
        fine=OLD,
    )
    assert {problem.path for problem in result.problems} == {"syntax.py", "latin.py", "nul.py", "deep.py"}
    assert found(result) == [("AS104", "fine.py", 1)]


def test_symlink_loops_and_broken_links_end(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    assert found(check(tmp_path, a=OLD)) == [("AS104", "a.py", 1)]
