"""XCom calls of the task instance."""

from __future__ import annotations

from textwrap import dedent

import pytest

from airshift.fix.apply import rewrite
from airshift.fix.files import fix_file
from airshift.judge import find_hits
from rules.checking import codes, context, facts_of

OURS = ("AS511", "AS512", "AS513", "AS514")
HEAD = (
    "from airflow.providers.standard.operators.python import PythonOperator\nfrom airflow.sdk import task\n"
)


def ours(source: str) -> list[tuple[str, int, str]]:
    """Findings of the XCom family, lines counted after the imports."""
    return [(code, line - 2, symbol) for code, line, symbol in codes(HEAD + dedent(source)) if code in OURS]


def in_task(body: str) -> str:
    """A task with the lines as its body."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"@task\ndef load(*, ti, **context):\n{lines}\n"


FOUND = {
    "ti.xcom_pull(key='rows')": ("AS511", 3, "xcom_pull"),
    "ti.xcom_pull()": ("AS511", 3, "xcom_pull"),
    "ti.xcom_pull(None, None, 'rows')": ("AS511", 3, "xcom_pull"),
    "ti.xcom_pull(task_ids=None, key='rows')": ("AS511", 3, "xcom_pull"),
    "context['ti'].xcom_pull(key='rows')": ("AS511", 3, "xcom_pull"),
    "context['task_instance'].xcom_pull(dag_id='x')": ("AS511", 3, "xcom_pull"),
    "ti.xcom_pull(task_ids='a', key=None)": ("AS512", 3, "xcom_pull.key"),
    "ti.xcom_pull('a', None, None)": ("AS512", 3, "xcom_pull.key"),
    "ti.xcom_pull('a', session=s)": ("AS514", 3, "xcom_pull.session"),
    "ti.xcom_pull('a', None, 'k', False, s)": ("AS514", 3, "xcom_pull.session"),
    "ti.xcom_push('k', 1, d)": ("AS514", 3, "xcom_push.execution_date"),
    "ti.xcom_push(key='k', value=1, execution_date=d)": ("AS514", 3, "xcom_push.execution_date"),
    "x = ti.xcom_pull(task_ids=['a'])\nisinstance(x, list)": ("AS513", 4, "xcom_pull"),
}
SILENT = (
    "ti.xcom_pull('a')",
    "ti.xcom_pull(task_ids='a', key='rows')",
    "ti.xcom_pull(task_ids=['a', 'b'])",
    "ti.xcom_pull(*arguments)",
    "ti.xcom_pull(**arguments)",
    "ti.xcom_pull(task_ids=wanted)",
    "ti.xcom_push('k', 1)",
    "ti.xcom_push(key='k', value=1)",
    "queue.xcom_pull(key='rows')",
    "x = ti.xcom_pull('a')\nisinstance(x, list)",
    "ti.xcom_push(key='state', value=1)\nti.xcom_pull(key='state')",
)


@pytest.mark.parametrize(("body", "expected"), FOUND.items())
def test_finds(body: str, expected: tuple[str, int, str]) -> None:
    """One call, one finding."""
    assert ours(in_task(body)) == [expected]


@pytest.mark.parametrize("body", SILENT)
def test_stays_silent(body: str) -> None:
    """What means the same on both sides."""
    assert ours(in_task(body)) == []


def test_stays_silent_outside_tasks() -> None:
    """A parameter called `ti` is no task instance by itself."""
    assert ours("def load(ti): return ti.xcom_pull(key='rows')") == []


def fixed(source: str) -> str:
    """The source with every rewrite of this family applied."""
    facts = facts_of(source)
    return rewrite(facts, [h for h in find_hits(facts, context()) if h.code in OURS]).utf8.decode()


PUSHERS = f"""{HEAD}
def push(ti):
    ti.xcom_push(key="rows", value=1)
def pull(ti):
    ti.xcom_pull(key="rows")
PythonOperator(task_id="extract", python_callable=push)
PythonOperator(task_id="load", python_callable=pull)
"""


def test_the_only_pusher_is_named() -> None:
    """The file shows one task that pushes under the key."""
    assert fixed(PUSHERS) == PUSHERS.replace('pull(key="rows")', 'pull(key="rows", task_ids="extract")')


@pytest.mark.parametrize(
    "more",
    [
        'PythonOperator(task_id="second", python_callable=push)',
        "PythonOperator(task_id=name, python_callable=push)",
        'def other(ti):\n    ti.xcom_push(key=name, value=1)\nPythonOperator(task_id="o", python_callable=other)',
    ],
)
def test_nobody_is_named_when_there_may_be_several(more: str) -> None:
    """A guess between two is no fix."""
    assert fixed(f"{PUSHERS}{more}\n") == f"{PUSHERS}{more}\n"


def test_arguments_that_are_gone_are_removed() -> None:
    """The session never mattered to the caller."""
    before = HEAD + in_task("ti.xcom_pull('a', session=s)\nti.xcom_push(key='k', value=1, session=s)")
    assert fixed(before) == before.replace(", session=s", "")
    dated = HEAD + in_task("ti.xcom_push(key='k', value=1, execution_date=d)")
    assert fixed(dated) == dated


PUSHER = """\
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator


def push(ti):
    ti.xcom_push(key="k", value=1)


PythonOperator(task_id="push", python_callable=push)
"""
PULLS = [
    (
        """BashOperator(task_id="b", bash_command='{{ ti.xcom_pull(key="k") }}')""",
        '(task_ids="push", key="k")',
    ),
    (
        """BashOperator(task_id="b", bash_command="{{ ti.xcom_pull(key='k') }}")""",
        "(task_ids='push', key='k')",
    ),
    (
        """BashOperator(task_id="b", env={"K": "{{ ti.xcom_pull( key='k') }}"})""",
        "(task_ids='push',  key='k')",
    ),
]
PULLS_THAT_STAY = [
    """BashOperator(task_id="b", bash_command='{{ ti.xcom_pull(key="other") }}')""",
    """BashOperator(task_id="b", bash_command='{{ ti.xcom_pull() }}')""",
    """BashOperator(task_id="b", bash_command='{{ ti.xcom_pull(key=params.key) }}')""",
    """BashOperator(task_id="b", bash_command='{{ ti.xcom_pull(task_ids=none, key="k") }}')""",
    """BashOperator(task_id="b", bash_command="{{ ti.xcom_pull(key=\\"k\\") }}")""",
]


@pytest.mark.parametrize(("call", "after"), PULLS)
def test_a_template_names_the_only_task_that_pushes(call: str, after: str) -> None:
    fixed = fix_file("dag.py", f"{PUSHER}{call}\n".encode(), context("3.3.1"), unsafe=True)
    assert after in fixed.after.decode()
    assert not fix_file("dag.py", f"{PUSHER}{call}\n".encode(), context("3.3.1")).changed


@pytest.mark.parametrize("call", PULLS_THAT_STAY)
def test_a_template_that_may_mean_another_task_stays(call: str) -> None:
    fixed = fix_file("dag.py", f"{PUSHER}{call}\n".encode(), context("3.3.1"), unsafe=True)
    assert not fixed.changed
    assert [finding.code for finding in fixed.left] == ["AS511"]
