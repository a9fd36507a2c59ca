"""What `airshift fix` makes of a file: before and after, and what it must leave alone."""

from __future__ import annotations

from textwrap import dedent

import pytest

from airshift.fix.files import FileFix, fix_file
from rules.checking import context


def fixed(source: str, target: str = "3.3.1", *, unsafe: bool = True, path: str = "dag.py") -> FileFix:
    return fix_file(path, dedent(source).encode(), context(target), unsafe=unsafe)


def after(source: str, target: str = "3.3.1", *, unsafe: bool = True, path: str = "dag.py") -> str:
    return fixed(source, target, unsafe=unsafe, path=path).after.decode()


CASES = [
    (
        "a moved import",
        "from airflow.operators.bash_operator import BashOperator\n",
        "from airflow.providers.standard.operators.bash import BashOperator\n",
    ),
    (
        "a renamed class takes its uses along",
        """\
        from airflow.operators.dummy_operator import DummyOperator

        def f():
            return DummyOperator
        """,
        """\
        from airflow.providers.standard.operators.empty import EmptyOperator

        def f():
            return EmptyOperator
        """,
    ),
    (
        "an alias stays",
        "from airflow.operators.dummy_operator import DummyOperator as Noop\nNoop\n",
        "from airflow.providers.standard.operators.empty import EmptyOperator as Noop\nNoop\n",
    ),
    (
        "an exported name keeps its name",
        "from airflow.operators.dummy_operator import DummyOperator\n__all__ = ['DummyOperator']\n",
        "from airflow.providers.standard.operators.empty import EmptyOperator as DummyOperator\n"
        "__all__ = ['DummyOperator']\n",
    ),
    (
        "two old homes of one class become one import",
        "from airflow.operators.dummy_operator import DummyOperator\n"
        "from airflow.operators.empty import EmptyOperator\nDummyOperator, EmptyOperator\n",
        "from airflow.providers.standard.operators.empty import EmptyOperator\nEmptyOperator, EmptyOperator\n",
    ),
    (
        "an import whose last use goes is dropped",
        "import airflow\nSTART = airflow.utils.dates.days_ago(1)\n",
        'import pendulum\nSTART = pendulum.today("UTC").add(days=-1)\n',
    ),
    (
        "an import that is still used stays",
        "import airflow\nSTART = airflow.utils.dates.days_ago(1), airflow.__version__\n",
        'import airflow\nimport pendulum\nSTART = pendulum.today("UTC").add(days=-1), airflow.__version__\n',
    ),
    (
        "an exported import stays",
        "import airflow\n__all__ = ['airflow']\nSTART = airflow.utils.dates.days_ago(1)\n",
        "import airflow\nimport pendulum\n__all__ = ['airflow']\n"
        'START = pendulum.today("UTC").add(days=-1)\n',
    ),
    (
        "an import of something else that nothing uses stays",
        "from datetime import timedelta\nfrom airflow.sdk import Asset\n"
        "from airflow.operators.bash import BashOperator\n"
        "BashOperator(task_id='a', bash_command='b', sla=timedelta(1))\n",
        "from datetime import timedelta\nfrom airflow.sdk import Asset\n"
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "BashOperator(task_id='a', bash_command='b')\n",
    ),
    (
        "a taken name keeps the old one",
        "from airflow.operators.dummy_operator import DummyOperator\nEmptyOperator = 1\nDummyOperator\n",
        "from airflow.providers.standard.operators.empty import EmptyOperator as DummyOperator\n"
        "EmptyOperator = 1\nDummyOperator\n",
    ),
    (
        "a shared line",
        "import os; from airflow.operators.bash_operator import BashOperator\n",
        "import os; from airflow.providers.standard.operators.bash import BashOperator\n",
    ),
    (
        "an import inside a function",
        "def f():\n    from airflow.operators.bash_operator import BashOperator\n    return BashOperator\n",
        "def f():\n    from airflow.providers.standard.operators.bash import BashOperator\n    return BashOperator\n",
    ),
    (
        "comments in parentheses",
        """\
        from airflow.operators.python_operator import (
            BranchPythonOperator,  # branches
            # the plain one
            PythonOperator,
        )
        """,
        """\
        from airflow.providers.standard.operators.python import (
            BranchPythonOperator,  # branches
            # the plain one
            PythonOperator,
        )
        """,
    ),
    (
        "a keyword that was renamed, with its comment",
        """\
        from airflow.sdk import DAG

        dag = DAG(
            "a",
            schedule_interval="@daily",  # every night
            catchup=False,
        )
        """,
        """\
        from airflow.sdk import DAG

        dag = DAG(
            "a",
            schedule="@daily",  # every night
            catchup=False,
        )
        """,
    ),
    (
        "a keyword that is gone, in the last place",
        "from airflow.sdk import DAG\nDAG('a', schedule=None, catchup=False, default_view='graph')\n",
        "from airflow.sdk import DAG\nDAG('a', schedule=None, catchup=False)\n",
    ),
    (
        "a repeated keyword is never written",
        "from airflow.sdk import DAG\nDAG('a', schedule='@daily', schedule_interval='@daily', catchup=False)\n",
        "from airflow.sdk import DAG\nDAG('a', schedule='@daily', catchup=False)\n",
    ),
    (
        "days_ago",
        """\
        from airflow.utils.dates import days_ago

        START = days_ago(2)
        """,
        """\
        import pendulum

        START = pendulum.today("UTC").add(days=-2)
        """,
    ),
]


@pytest.mark.parametrize(
    ("before", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_fix(before: str, expected: str) -> None:
    assert after(before) == dedent(expected)


@pytest.mark.parametrize("before", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_fixing_twice_changes_nothing_more(before: str) -> None:
    once = after(before)
    assert after(once) == once


UNTOUCHED = [
    ("no airflow", "def f(schedule_interval=None):\n    return schedule_interval\n"),
    ("guarded pair", "try:\n    from airflow.sdk import Asset\nexcept ImportError:\n    from airflow.datasets import Dataset as Asset\n"),
    ("version guard", "if AIRFLOW_V_3_0_PLUS:\n    from airflow.sdk import DAG\nelse:\n    from airflow.models.baseoperator import partial\n"),
    ("suppressed", "from airflow.operators.bash_operator import BashOperator  # noqa: AS104\n"),
    ("another library's name", "from mylib.operators.bash_operator import BashOperator\nBashOperator(provide_context=True)\n"),
]  # fmt: skip


@pytest.mark.parametrize("source", [case[1] for case in UNTOUCHED], ids=[case[0] for case in UNTOUCHED])
def test_left_alone(source: str) -> None:
    assert after(source) == source


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_newlines_and_byte_order_mark_stay(newline: str, mark: bytes) -> None:
    lines = ["from airflow.operators.bash_operator import BashOperator", "from airflow.models import (", "    DAG,",
             ")", "x = 'é'", "DAG('a', schedule_interval=None)", ""]  # fmt: skip
    before = mark + newline.join(lines).encode()
    result = fix_file("dag.py", before, context("3.3.1"), unsafe=True).after
    assert result.startswith(mark)
    text = result.removeprefix(mark).decode()
    assert "schedule=None" in text
    assert text.replace(newline, "").count("\n") == text.replace(newline, "").count("\r") == 0


def test_the_encoding_stays() -> None:
    before = "# -*- coding: latin-1 -*-\nfrom airflow.operators.bash_operator import BashOperator\nx = 'é'\n"
    result = fix_file("dag.py", before.encode("latin-1"), context("3.3.1"))
    assert result.changed
    assert "x = 'é'" in result.after.decode("latin-1")


def test_nothing_newer_than_the_target_is_written() -> None:
    source = "from airflow.hooks.base_hook import BaseHook\n"
    assert after(source, "3.0.6") == "from airflow.hooks.base import BaseHook\n"
    assert after(source, "3.3.1") == "from airflow.sdk import BaseHook\n"


def test_unsafe_fixes_wait_for_leave() -> None:
    source = "from airflow.sdk import BaseOperator\nBaseOperator(task_id='a', sla=1)\n"
    assert after(source, unsafe=False) == source
    assert "sla" not in after(source)


def test_a_file_that_does_not_parse_is_refused() -> None:
    result = fixed("from airflow import DAG\nprint 'x'\n")
    assert not result.changed
    assert "syntax error" in result.refused


def test_what_is_left_is_said() -> None:
    result = fixed("from airflow.operators.subdag import SubDagOperator\nSubDagOperator(task_id='a')\n")
    assert {finding.code for finding in result.left} >= {"AS701"}
