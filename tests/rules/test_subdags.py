"""SubDAGs become TaskGroups where the function that makes them is in the estate and makes nothing else."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from airshift.files import list_files
from airshift.fix.estate import FixOptions, fix_listing
from airshift.fix.files import Compat, fix_file
from rules.checking import codes, context

FACTORY = """\
from airflow import DAG
from airflow.providers.standard.operators.empty import EmptyOperator


def make(parent, child, args) -> DAG:
    inner = DAG(
        dag_id=f"{parent}.{child}",
        default_args=args,
        start_date=None,  # as the parent
        schedule="@daily",
    )
    for number in range(2):
        EmptyOperator(task_id=f"t{number}", dag=inner)
    return inner
"""
GROUPS = """\
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TaskGroup


def make(parent, child, args) -> TaskGroup:
    inner = TaskGroup(
        group_id=child,
        default_args=args,
    )
    for number in range(2):
        EmptyOperator(task_id=f"t{number}", task_group=inner)
    return inner
"""
CALLER = """\
from airflow.sdk import DAG
from airflow.operators.subdag import SubDagOperator
from lib.sub import make

with DAG("p", schedule=None) as dag:
    one = SubDagOperator(task_id="one", subdag=make("p", "one", {}), default_args={})
    one >> SubDagOperator(task_id="two", subdag=make("p", "two", {}))
"""
CALLS = """\
from airflow.sdk import DAG
from lib.sub import make

with DAG("p", schedule=None) as dag:
    one = make("p", "one", {})
    one >> make("p", "two", {})
"""


def fixed(root: Path, **files: str) -> dict[str, str]:
    for name, content in files.items():
        path = root / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    found = fix_listing(list_files([root]), context("3.3.1"), FixOptions(unsafe=True))
    return {file.path: fix.after.decode() for file, fix in found}


def test_the_operator_becomes_a_call_and_the_dag_a_group(tmp_path: Path) -> None:
    assert fixed(tmp_path, lib__sub=FACTORY, dag=CALLER) == {"lib/sub.py": GROUPS, "dag.py": CALLS}


def test_a_factory_in_the_same_file(tmp_path: Path) -> None:
    source = FACTORY + CALLER.replace("from lib.sub import make\n", "")
    after = fixed(tmp_path, dag=source)["dag.py"]
    assert "SubDag" not in after
    assert "TaskGroup(\n        group_id=child," in after


def test_without_a_with_statement_the_group_is_entered(tmp_path: Path) -> None:
    caller = """\
    from airflow.sdk import DAG
    from airflow.operators.subdag import SubDagOperator
    from lib.sub import make

    dag = DAG("p", schedule=None)
    one = SubDagOperator(
        task_id="one",
        subdag=make("p", "one", {}),
        dag=dag,
    )
    one.set_downstream(None)
    """
    after = fixed(tmp_path, lib__sub=FACTORY, dag=dedent(caller))["dag.py"]
    assert after.endswith('with dag:\n    one = make("p", "one", {})\none.set_downstream(None)\n')


IDS = [
    ('f"{parent}.{child}"', "child"),
    ('"%s.%s" % (parent, child)', "child"),
    ('"{}.{}".format(parent, child)', "child"),
    ('"{0}.{1}".format(parent, child)', "child"),
    ('parent + "." + child', "child"),
    ('"load.tables"', '"tables"'),
    ('f"{parent}.tables"', '"tables"'),
    ("child", 'child.rpartition(".")[2]'),
    ('".".join([parent, child])', '(".".join([parent, child])).rpartition(".")[2]'),
]


@pytest.mark.parametrize(("dag_id", "group_id"), IDS)
def test_the_id_of_the_group(tmp_path: Path, dag_id: str, group_id: str) -> None:
    source = FACTORY.replace('f"{parent}.{child}"', dag_id)
    after = fixed(tmp_path, lib__sub=source, dag=CALLER)["lib/sub.py"]
    assert after == GROUPS.replace("group_id=child", f"group_id={group_id}")


def test_a_dag_in_a_with_statement(tmp_path: Path) -> None:
    factory = """\
    from airflow.models import DAG
    from airflow.providers.standard.operators.empty import EmptyOperator


    def make(parent, child, args):
        with DAG(f"{parent}.{child}", schedule=None) as inner:
            EmptyOperator(task_id="t")
        return inner
    """
    after = fixed(tmp_path, lib__sub=dedent(factory), dag=CALLER)["lib/sub.py"]
    assert (
        '    with TaskGroup(child) as inner:\n        EmptyOperator(task_id="t")\n    return inner\n' in after
    )


NOT_SIMPLE = [
    ("uses the DAG's attributes", "    return inner\n", "    print(inner.dag_id)\n    return inner\n"),
    ("hands it to a helper", "    return inner\n", "    fill(dag=inner)\n    return inner\n"),
    ("returns something else", "    return inner\n", "    return [inner]\n"),
    ("makes two DAGs", "    return inner\n", '    DAG("other")\n    return inner\n'),
    ("binds the name twice", "    return inner\n", "    inner = inner\n    return inner\n"),
    ("has macros", 'schedule="@daily"', "user_defined_macros={}"),
    ("takes arguments from elsewhere", 'schedule="@daily"', "**args"),
    ("is decorated", "def make(", "@cached\ndef make("),
]


@pytest.mark.parametrize(("_", "old", "new"), NOT_SIMPLE, ids=[case[0] for case in NOT_SIMPLE])
def test_a_function_that_does_more_stays(tmp_path: Path, _: str, old: str, new: str) -> None:
    source = FACTORY.replace(old, new)
    after = fixed(tmp_path, lib__sub=source, dag=CALLER)
    assert "SubDagOperator(task_id" in after["dag.py"]
    assert "DAG(" in after.get("lib/sub.py", source)
    assert "TaskGroup" not in after.get("lib/sub.py", source)


CALLS_THAT_STAY = [
    'SubDagOperator(task_id="one", subdag=make("p", "one", {}), trigger_rule="all_done")',
    'SubDagOperator(task_id="one", subdag=inner)',
    'SubDagOperator(task_id="one", subdag=make("p", "one", {})).task_id',
    'SubDagOperator(**{"task_id": "one"}, subdag=make("p", "one", {}))',
    'SubDagOperator(task_id="one", subdag=elsewhere("p", "one", {}))',
]


@pytest.mark.parametrize("call", CALLS_THAT_STAY)
def test_a_call_that_a_group_cannot_replace_stays(tmp_path: Path, call: str) -> None:
    caller = CALLER.partition("    one = ")[0] + f"    one = {call}\n"
    assert call in fixed(tmp_path, lib__sub=FACTORY, dag=caller)["dag.py"]


def test_the_finding_has_a_scaffold() -> None:
    source = CALLER.encode()
    left = fix_file("dag.py", source, context("3.3.1"), unsafe=True).left
    messages = [finding.message for finding in left if finding.code == "AS701"]
    assert len(messages) == 2
    assert 'the tasks of `make` into a group of the same id, `with TaskGroup("one") as group:`' in messages[0]
    assert "the function that makes it is not in reach" in messages[0]


def test_ordinary_functions_that_make_dags_are_silent() -> None:
    assert [code for code, _, _ in codes(FACTORY + 'make("a", "b", {})\n')] == ["AS602"]
    assert codes("from lib import SubDagOperator\nSubDagOperator(subdag=make())\n") == []


def test_compat_makes_a_group_on_both_versions(tmp_path: Path) -> None:
    for name, content in {"lib/sub.py": FACTORY, "dag.py": CALLER}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    options = FixOptions(unsafe=True, compat=Compat.BOTH)
    found = fix_listing(list_files([tmp_path]), context("3.3.1"), options)
    after = {file.path: fix.after.decode() for file, fix in found}
    assert after["lib/sub.py"] == GROUPS.replace(
        "from airflow.sdk import TaskGroup\n",
        "try:\n    from airflow.sdk import TaskGroup\n"
        "except ImportError:\n    from airflow.utils.task_group import TaskGroup\n",
    )
    assert "SubDagOperator" not in after["dag.py"]
