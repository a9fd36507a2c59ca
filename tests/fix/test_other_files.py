"""What `airshift fix` makes of files around the code, and of settings within Python files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from airshift.files import list_files
from airshift.fix.estate import FixOptions, fix_listing
from airshift.fix.files import Compat, FileFix, fix_file
from airshift.targets import parse_version
from rules.checking import context

TREE = {
    "dags/project_a/b.py": b"",
    "dags/old_project_a.py": b"",
    "dags/deep/x_test.py": b"",
    "dags/kept.py": b"from airflow import DAG\n",
}
OLD_IGNORE = b"# old\nproject_a\n.*_test\\.py\n"
NEW_IGNORE = b"# old\n*project_a*\n*_test.py*\n"


def estate(root: Path, files: dict[str, bytes], target: str = "3.3.1") -> dict[str, FileFix]:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    found = fix_listing(list_files([root]), context(target), FixOptions(unsafe=True))
    return {file.path: fix for file, fix in found}


def test_an_ignore_file_becomes_glob_patterns_once(tmp_path: Path) -> None:
    fix = estate(tmp_path, TREE | {"dags/.airflowignore": OLD_IGNORE})["dags/.airflowignore"]
    assert fix.after == NEW_IGNORE
    assert [(fixed.code, fixed.line) for fixed in fix.fixed] == [("AS810", 2), ("AS810", 3)]
    assert not fix.left
    assert "dags/.airflowignore" not in estate(tmp_path, {"dags/.airflowignore": fix.after})


def test_an_ignore_file_keeps_its_line_ends(tmp_path: Path) -> None:
    windows = OLD_IGNORE.replace(b"\n", b"\r\n")
    fix = estate(tmp_path, TREE | {"dags/.airflowignore": windows})["dags/.airflowignore"]
    assert fix.after == NEW_IGNORE.replace(b"\n", b"\r\n")


def test_a_comment_keeps_an_ignore_file_as_it_is(tmp_path: Path) -> None:
    silenced = b"# airshift: ignore-file[AS810]\n" + OLD_IGNORE
    assert "dags/.airflowignore" not in estate(tmp_path, TREE | {"dags/.airflowignore": silenced})


def test_what_an_ignore_file_cannot_say_as_a_glob_is_left(tmp_path: Path) -> None:
    odd = b"(?<!old_)project_a\n"
    fix = estate(tmp_path, TREE | {"dags/.airflowignore": odd}).get("dags/.airflowignore")
    assert fix is not None
    assert not fix.changed
    assert [finding.code for finding in fix.left] == ["AS810"]


def test_latin_1_files_keep_their_encoding(tmp_path: Path) -> None:
    cfg = "[core]\n# déjà là\nsql_alchemy_conn = sqlite://é\n".encode("latin-1")
    sql = "-- été\nselect '{{ execution_date }}'\n".encode("latin-1")
    dag = (
        b"from airflow import DAG\nfrom airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
        b"with DAG('d', schedule=None):\n    SQLExecuteQueryOperator(task_id='t', sql='q.sql')\n"
    )
    found = estate(tmp_path, {"airflow.cfg": cfg, "dags/q.sql": sql, "dags/dag.py": dag})
    lines = found["airflow.cfg"].after.decode("latin-1").splitlines()
    assert lines == ["[core]", "# déjà là", "", "[database]", "sql_alchemy_conn = sqlite://é"]
    assert found["dags/q.sql"].after == sql.replace(b"execution_date", b"logical_date")


def python(source: bytes, target: str = "3.3.1", *, unsafe: bool = True) -> FileFix:
    return fix_file("dag.py", source, context(target), unsafe=unsafe)


def test_settings_in_python_are_fixed() -> None:
    fix = python(b"import os\nos.environ['AIRFLOW__CORE__SQL_ALCHEMY_CONN'] = 'sqlite://'\n")
    assert fix.after == b"import os\nos.environ['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN'] = 'sqlite://'\n"
    assert [fixed.code for fixed in fix.fixed] == ["AS802"]


def test_a_suppressed_setting_stays() -> None:
    source = b"import os\nos.environ['AIRFLOW__CORE__SQL_ALCHEMY_CONN'] = 'x'  # airshift: ignore[AS802]\n"
    assert not python(source).changed


def compat(root: Path, template: bytes, source: str = "2.10.3") -> FileFix | None:
    dag = (
        b"from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
        b"SQLExecuteQueryOperator(task_id='t', sql='q.sql')\n"
    )
    for name, content in {"dags/q.sql": template, "dags/dag.py": dag, "airflow.cfg": OLD_CFG}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    options = FixOptions(unsafe=True, compat=Compat.BOTH)
    judged = replace(context("3.3.1"), source=parse_version(source))
    found = {file.path: fix for file, fix in fix_listing(list_files([root]), judged, options)}
    assert "airflow.cfg" not in found
    return found.get("dags/q.sql")


OLD_CFG = b"[core]\nsql_alchemy_conn = sqlite://\n"


def test_compat_writes_in_templates_what_both_versions_render(tmp_path: Path) -> None:
    fix = compat(tmp_path, b"select '{{ execution_date }}'\n")
    assert fix is not None
    assert fix.after == b"select '{{ logical_date }}'\n"


def test_compat_leaves_in_templates_what_the_source_does_not_know(tmp_path: Path) -> None:
    fix = compat(tmp_path, b"{{ triggering_dataset_events }}\n")
    assert fix is not None
    assert not fix.changed
    assert [held.reason for held in fix.held] == ["2.10.3 has no `triggering_asset_events`"]


def test_compat_leaves_templates_without_findings_alone(tmp_path: Path) -> None:
    assert compat(tmp_path, b"select '{{ ds }}'\n") is None
