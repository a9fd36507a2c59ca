"""Both sides work on copies; the estate stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.checking import rule_context
from airshift.files import list_files
from airshift.fix.estate import FixOptions
from airshift.targets import Target
from airshift.verify.copying import copy, dag_folder, own_modules, tree_digest, write_fixed

OLD = "from airflow.operators.dummy import DummyOperator\nDummyOperator(task_id='a')\n"


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    folder = tmp_path / "estate"
    (folder / "dags" / "sql").mkdir(parents=True)
    (folder / "dags" / "a.py").write_text(OLD)
    (folder / "dags" / "sql" / "load.sql").write_text("select 1")
    return folder


def test_everything_is_copied_and_nothing_else_touched(estate: Path, tmp_path: Path) -> None:
    assert copy(list_files([estate]), tmp_path / "copy") == ()
    found = {file.relative_to(tmp_path / "copy").as_posix() for file in (tmp_path / "copy").rglob("*.*")}
    assert found == {"dags/a.py", "dags/sql/load.sql"}
    assert (estate / "dags" / "a.py").read_text() == OLD


def test_the_fixed_copy_is_fixed_and_the_estate_is_not(estate: Path, tmp_path: Path) -> None:
    context = rule_context(Target("3.3.1"), Target("2.10.3"))
    copy(list_files([estate]), tmp_path / "copy")
    assert write_fixed(list_files([estate]), tmp_path / "copy", context, FixOptions(unsafe=True), 1) == ()
    assert "EmptyOperator" in (tmp_path / "copy" / "dags" / "a.py").read_text()
    assert (estate / "dags" / "a.py").read_text() == OLD


def test_a_link_out_of_the_estate_is_not_followed(estate: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary")
    (estate / "dags" / "credentials").symlink_to(tmp_path / "secret")
    (estate / "dags" / "inside.sql").symlink_to(estate / "dags" / "sql" / "load.sql")
    problems = copy(list_files([estate]), tmp_path / "copy")
    assert [(one.path, one.reason) for one in problems] == [
        ("dags/credentials", "a link that leaves the estate")
    ]
    assert not (tmp_path / "copy" / "dags" / "credentials").exists()
    assert (tmp_path / "copy" / "dags" / "inside.sql").read_text() == "select 1"


def test_a_syntax_error_is_told_and_copied_as_it_is(estate: Path, tmp_path: Path) -> None:
    (estate / "dags" / "b.py").write_text("from airflow import DAG\nprint 'x'\n")
    context = rule_context(Target("3.3.1"), Target("2.10.3"))
    copy(list_files([estate]), tmp_path / "copy")
    problems = write_fixed(list_files([estate]), tmp_path / "copy", context, FixOptions(unsafe=True), 1)
    assert [one.path for one in problems] == ["dags/b.py"]
    assert (tmp_path / "copy" / "dags" / "b.py").read_text().startswith("from airflow import DAG\nprint 'x'")


def test_the_dag_folder_is_dags_where_there_is_one(estate: Path) -> None:
    assert dag_folder(estate) == estate / "dags"
    assert dag_folder(estate / "dags") == estate / "dags"


def test_names_of_the_estate() -> None:
    assert own_modules(["dags/common/sql.py", "plugins/x.py"]) == ("common", "dags", "plugins", "sql", "x")


def test_any_change_gives_another_digest(estate: Path) -> None:
    first = tree_digest(estate, "order")
    assert tree_digest(estate, "order") == first
    assert tree_digest(estate, "other") != first
    (estate / "dags" / "sql" / "load.sql").write_text("select 2")
    assert tree_digest(estate, "order") != first
