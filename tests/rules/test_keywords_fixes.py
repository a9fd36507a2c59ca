"""What `airshift fix` makes of parameters: before and after."""

from __future__ import annotations

from textwrap import dedent

import pytest

from airshift.catalogue import Catalogue
from airshift.fix.files import fix_file
from airshift.judge import check_file
from airshift.rules.registry import RULES
from airshift.select import Selection
from rules.checking import context

FAMILY = sorted(code for rule in RULES for code in rule.CODES if "AS201" <= code <= "AS249")
ONLY = Selection(select=tuple(set(FAMILY)))


def fixed(source: str, target: str = "3.3.1", *, unsafe: bool = False) -> str:
    """The source after every (safe) fix of this family."""
    raw = dedent(source).encode()
    return fix_file("dags/dag.py", raw, context(target), unsafe=unsafe, selection=ONLY).after.decode()


@pytest.mark.parametrize("code", sorted(set(FAMILY)))
def test_the_example_of_each_rule_triggers_it_and_becomes_what_is_promised(code: str) -> None:
    """The same text is shown by `airshift explain`."""
    rule = Catalogue.load().rule(code)
    target = "3.0.6" if code == "AS215" else "3.3.1"
    found = check_file(rule.example_path, rule.before.encode(), context(target))
    assert {finding.code for finding in found.findings} == {code}
    if rule.after:
        assert (
            fixed(rule.before, target, unsafe=True).split()
            == rule.after.replace("(\n    ", "(").replace("\n)", ")").split()
        )


CHANGES = [
    pytest.param(
        "from airflow import DAG\nDAG('x', schedule_interval='@daily')\n",
        "from airflow import DAG\nDAG('x', schedule='@daily')\n",
        id="a renamed keyword",
    ),
    pytest.param(
        "from airflow import DAG\nDAG('x', schedule_interval=None, schedule='@daily')\n",
        "from airflow import DAG\nDAG('x', schedule='@daily')\n",
        id="the newer name wins",
    ),
    pytest.param(
        "from airflow import DAG\nA = {'schedule_interval': None, 'tags': ['a']}\nDAG('x', **A)\n",
        "from airflow import DAG\nA = {'schedule': None, 'tags': ['a']}\nDAG('x', **A)\n",
        id="a key of an unpacked dictionary",
    ),
    pytest.param(
        "from airflow import DAG\nA = {'schedule_interval': None}\nDAG('x', schedule='@daily', **A)\n",
        "from airflow import DAG\nA = {}\nDAG('x', schedule='@daily', **A)\n",
        id="a key whose newer name is in the call",
    ),
    pytest.param(
        "from airflow import DAG\nA = dict(concurrency=1)\nDAG('x', **A)\n",
        "from airflow import DAG\nA = dict(max_active_tasks=1)\nDAG('x', **A)\n",
        id="a keyword of dict()",
    ),
    pytest.param(
        "from airflow import DAG\nA = {}\nA['concurrency'] = 1\nA['orientation'] = 'LR'\nDAG('x', **A)\n",
        "from airflow import DAG\nA = {}\nA[\"max_active_tasks\"] = 1\nDAG('x', **A)\n",
        id="stored keys",
    ),
    pytest.param(
        "from airflow import DAG\nDAG('x', 'about', '@daily', tags=['a'])\n",
        "from airflow import DAG\nDAG('x', description='about', schedule='@daily', tags=['a'])\n",
        id="positional arguments",
    ),
    pytest.param(
        "from airflow import DAG\nDAG(\n    'x',  # the id\n    default_view='graph',  # a comment\n    catchup=False,\n)\n",
        "from airflow import DAG\nDAG(\n    'x',  # the id\n    catchup=False,\n)\n",
        id="a removed keyword on its own line",
    ),
    pytest.param(
        "from airflow.decorators import task\n@task(task_concurrency=1, trigger_rule='dummy')\ndef f(): ...\n",
        "from airflow.decorators import task\n@task(max_active_tis_per_dag=1, trigger_rule='always')\ndef f(): ...\n",
        id="a decorator",
    ),
    pytest.param(
        "from airflow.utils.trigger_rule import TriggerRule as T\nx = T.NONE_FAILED_OR_SKIPPED.value\n",
        "from airflow.utils.trigger_rule import TriggerRule as T\nx = T.NONE_FAILED_MIN_ONE_SUCCESS.value\n",
        id="a member of the enumeration",
    ),
    pytest.param(
        "from airflow import DAG\nA = {\n    'owner': 'a',\n    'depends_on_past': True,\n}\nDAG('x', default_args=A)\n",
        "from airflow import DAG\nA = {\n    'owner': 'a',\n    'depends_on_past': True,\n"
        "    \"ignore_first_depends_on_past\": True,\n}\nDAG('x', default_args=A)\n",
        id="an added key on its own line",
    ),
    pytest.param(
        "from airflow import DAG\nDAG('x', default_args={'depends_on_past': True})\n",
        "from airflow import DAG\nDAG('x', default_args={'depends_on_past': True, \"ignore_first_depends_on_past\": True})\n",
        id="an added key on the same line",
    ),
]


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_safe_fixes(before: str, after: str) -> None:
    """Comments, quotes and layout stay."""
    assert fixed(before) == after
    assert fixed(after) == after


UNTOUCHED = [
    pytest.param(
        "from airflow import DAG\nDAG('x', 'about', schedule='a', description='b')\n", id="two descriptions"
    ),
    pytest.param("from airflow import DAG\nDAG('x', *more)\n", id="unpacked positional arguments"),
    pytest.param(
        "from airflow import DAG\nDAG('x', 'a', None, None, None, start, None, 'path')\n",
        id="a dropped position",
    ),
    pytest.param(
        "from datetime import timedelta\nfrom airflow.operators.empty import EmptyOperator\n"
        "EmptyOperator(task_id='x', sla=timedelta(1))\n",
        id="a service level needs --unsafe-fixes",
    ),
]


@pytest.mark.parametrize("source", UNTOUCHED)
def test_left_alone_without_unsafe_fixes(source: str) -> None:
    """What may change the meaning, or has no mechanical answer, stays for a person."""
    assert fixed(source) == source
