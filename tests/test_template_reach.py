"""Template files of an estate: reached through includes, with what the DAG adds, and the dates they read."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from airshift.checking import check_paths
from airshift.files import list_files
from airshift.template_reach import dated_templates

DAG = """
import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
with DAG("a", start_date=None, schedule={schedule}{more}):
    BashOperator(task_id="b", bash_command={command})
"""


def found(
    folder: Path, files: dict[str, str], command: str, schedule: str = '"@daily"', more: str = ""
) -> list[tuple[str, str, int, str]]:
    """Path, code, line and severity of each finding of an estate with one DAG."""
    for name, text in {
        "a.py": DAG.format(schedule=schedule, more=more, command=command),
        **files,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return [(f.place.path, f.code, f.place.line, f.severity.value) for f in check_paths([folder]).findings]


def test_a_file_that_an_included_file_includes(tmp_path: Path) -> None:
    files = {
        "sh/one.sh": "{% include 'two.sh' %}",
        "sh/two.sh": "{% import 'lib/three.j2' as three %}",
        "sh/lib/three.j2": "\n{{ next_ds }}",
        "sh/other.sh": "{{ next_ds }}",
    }
    assert ("sh/lib/three.j2", "AS305", 2, "error") in found(tmp_path, files, '"sh/one.sh"')
    assert {path for path, code, *_ in found(tmp_path, files, '"sh/one.sh"') if code == "AS305"} == {
        "sh/lib/three.j2"
    }


def test_a_file_that_a_string_includes(tmp_path: Path) -> None:
    files = {"sh/one.sh": "{{ next_ds }}"}
    assert ("sh/one.sh", "AS305", 1, "error") in found(tmp_path, files, "\"{% include 'one.sh' %}\"")


def test_files_that_include_each_other_come_to_an_end(tmp_path: Path) -> None:
    files = {"one.sh": "{% include 'two.sh' %} {{ ds }}", "two.sh": "{% include 'one.sh' %}"}
    assert {path for path, *_ in found(tmp_path, files, '"one.sh"')} == {"a.py"}


def test_macros_of_the_dag_reach_included_files(tmp_path: Path) -> None:
    files = {"one.sh": "{% include 'two.sh' %}", "two.sh": "{{ next_ds }} {{ prev_ds }}"}
    more = ', user_defined_macros={"next_ds": "1"}'
    lines = [item for item in found(tmp_path, files, '"one.sh"', more=more) if item[0] == "two.sh"]
    assert lines == [("two.sh", "AS305", 1, "error")]


def test_lenient_templates_render_as_nothing(tmp_path: Path) -> None:
    files = {"one.sh": "{{ next_ds }}"}
    lenient = ", template_undefined=__import__('jinja2').Undefined"
    assert {
        code for path, code, *_ in found(tmp_path, files, '"one.sh"', more=lenient) if path == "one.sh"
    } == {"AS306"}


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ('"@daily"', ("AS603", 5)),
        ("datetime.timedelta(days=1)", ("AS604", 5)),
        ("None", ("AS606", 6)),
    ],
)
def test_dates_that_a_file_reads(tmp_path: Path, schedule: str, expected: tuple[str, int]) -> None:
    for text, told in (("data_interval_start", [expected]), ("params.day", [])):
        found(
            tmp_path,
            {"one.sh": "{% include 'two.sh' %}", "two.sh": f"{{{{ {text} }}}}"},
            '"one.sh"',
            schedule,
        )
        findings = check_paths([tmp_path]).findings
        assert [(f.code, f.place.line) for f in findings if "in one.sh" in f.message] == told


def test_the_dates_of_each_file(tmp_path: Path) -> None:
    texts = {
        "one.sql": "{% include 'two.sql' %}",
        "two.sql": "{{ ds }} {{ dag_run.logical_date }} {{ params.ts }}",
        "three.sql": "{% set ds = 1 %}{{ ds }} {{ macros.ds_add }}",
        "broken.sql": "{{ ds",
        "four.txt": "ds",
        "five.py": "'{{ ds }}'",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    dates = frozenset({"ds", "dag_run.logical_date"})
    assert dated_templates(list_files([tmp_path]).files) == {"one.sql": dates, "two.sql": dates}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("-- runs\nselect count(*) from dag_run where state = 'failed'", [("AS407", 2, "warning")]),
        ("delete from sla_miss", [("AS407", 1, "error")]),
        ("select * from variable where dag_id = 'a'", [("AS407", 1, "warning")]),
        ("select * from variable", []),
        ("select dag_run from orders", []),
        ("select * from mart.dag_run", []),
        ("-- dag_run holds the runs", []),
        ("-- ü delete from dag_run;\n/* delete\nfrom xcom */ select 1 from orders", []),
        ("/* ü\n */ delete from dag_run", [("AS407", 2, "warning")]),
    ],
)
def test_sql_files_on_the_tables_of_airflow(
    tmp_path: Path, sql: str, expected: list[tuple[str, int, str]]
) -> None:
    files = {"sql/one.sql": sql, "notes/two.sql": "delete from dag_run"}
    lines = found(tmp_path, files, '"sql/one.sql"')
    assert [
        (code, line, severity) for path, code, line, severity in lines if path.endswith("one.sql")
    ] == expected
    assert [path for path, *_ in lines if path.endswith("two.sql")] == []
