"""`airshift fix --add-noqa`: comments where comments can stand, once."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings

from airshift.fix.files import FileFix, fix_file
from fix.old_imports import files
from rules.checking import context


def silenced(raw: bytes) -> FileFix:
    return fix_file("dag.py", raw, context("3.3.1"), silence=True)


def after(source: str) -> str:
    return silenced(dedent(source).encode()).after.decode()


CASES = [
    (
        "one finding",
        "from airflow.operators.subdag import SubDagOperator\n",
        "from airflow.operators.subdag import SubDagOperator  # airshift: ignore[AS101]\n",
    ),
    (
        "behind other comments and trailing blanks",
        "from airflow.operators.subdag import SubDagOperator  # type: ignore   \n",
        "from airflow.operators.subdag import SubDagOperator  # type: ignore  # airshift: ignore[AS101]\n",
    ),
    (
        "into the comment that is there",
        "from airflow.operators.subdag import SubDagOperator  # airshift: ignore[AS999] (why)\n",
        "from airflow.operators.subdag import SubDagOperator  # airshift: ignore[AS999, AS101] (why)\n",
    ),
    (
        "what can be fixed is fixed, not silenced",
        "from airflow.operators.bash_operator import BashOperator\n",
        "from airflow.providers.standard.operators.bash import BashOperator\n",
    ),
    (
        "without a line break at the end",
        "from airflow.operators.subdag import SubDagOperator",
        "from airflow.operators.subdag import SubDagOperator  # airshift: ignore[AS101]",
    ),
    (
        "inside brackets",
        "from airflow.operators.subdag import (\n    SubDagOperator,\n)\n",
        "from airflow.operators.subdag import (\n    SubDagOperator,  # airshift: ignore[AS101]\n)\n",
    ),
    (
        "a number sign in a string is no comment",
        "from airflow.operators.subdag import SubDagOperator; x = '# airshift: ignore[AS999]'\n",
        "from airflow.operators.subdag import SubDagOperator; x = '# airshift: ignore[AS999]'"
        "  # airshift: ignore[AS101]\n",
    ),
    (
        "behind the backslash's last line",
        "from airflow.operators.subdag import SubDagOperator \\\n    as S\n",
        "from airflow.operators.subdag import SubDagOperator \\\n    as S  # airshift: ignore[AS101]\n",
    ),
    ("nothing to silence", "x = 1\n", "x = 1\n"),
]


@pytest.mark.parametrize(
    ("before", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_comments(before: str, expected: str) -> None:
    assert after(before) == expected
    assert after(expected) == expected
    assert not silenced(expected.encode()).left


NOWHERE = [
    ("before a backslash", "from airflow.operators.subdag import SubDagOperator; \\\n    x = 1\n"),
    (
        "within a string",
        "from airflow.sdk import DAG\nfrom airflow.providers.standard.operators.bash import BashOperator\n"
        'with DAG("a", schedule=None, catchup=False):\n'
        '    BashOperator(task_id="a", bash_command="""\n    {{ conf.get("a", "b") }}\n    {{ prev_ds }}\n    x""")\n',
    ),
]


@pytest.mark.parametrize("source", [case[1] for case in NOWHERE], ids=[case[0] for case in NOWHERE])
def test_where_no_comment_can_stand_the_finding_is_left(source: str) -> None:
    result = silenced(source.encode())
    assert result.after == source.encode()
    assert result.left


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_breaks_stay(newline: str) -> None:
    source = "x = 'é'\nfrom airflow.operators.subdag import SubDagOperator\nx = 2\n".replace("\n", newline)
    expected = source.replace("SubDagOperator", "SubDagOperator  # airshift: ignore[AS101]")
    assert silenced(source.encode()).after.decode() == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files())
def test_silencing_changes_comments_only_and_once(file: tuple[str, list[str]]) -> None:
    raw = file[0].encode()
    fixed = fix_file("dag.py", raw, context("3.3.1")).after
    result = silenced(raw)
    assert ast.dump(ast.parse(result.after)) == ast.dump(ast.parse(fixed))
    again = silenced(result.after)
    assert again.after == result.after
    assert len(result.left) <= len(fix_file("dag.py", raw, context("3.3.1")).left)
