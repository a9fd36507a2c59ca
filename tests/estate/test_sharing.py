"""Soft edges: what DAGs share, and the values of modules that never mention Airflow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airshift.cli.app import run
from airshift.estate.graph import build_graph
from airshift.estate.inventory import build_inventory
from airshift.estate.model import Inventory
from airshift.estate.soft_edges import soft_edges
from airshift.files import list_files
from estate.estates import inventory_of

HEAD = """
from airflow import DAG
from airflow.hooks.base import BaseHook
from airflow.models import Variable
from airflow.operators.bash import BashOperator
"""


def dag(name: str, body: str, more: str = "") -> str:
    return HEAD + more + f"\nwith DAG('{name}', schedule=None):\n    {body}\n"


def shared(found: Inventory) -> list[tuple[str, str, str]]:
    return [(one.kind.value, one.name, " ".join(one.users)) for one in found.shared]


TASKS = [
    ("BashOperator(task_id='t', bash_command='x', pool='small')", ("pool", "small")),
    ("BashOperator(task_id='t', bash_command='x {{ var.value.bucket }}')", ("variable", "bucket")),
    ("BashOperator(task_id='t', bash_command='x {{ var.json.get(\"bucket\") }}')", ("variable", "bucket")),
    ("BashOperator(task_id='t', bash_command='{{ conn.lake.host }}')", ("connection", "lake")),
    ("BashOperator(task_id='t', bash_command='x', ssh_conn_id='bastion')", ("connection", "bastion")),
    ("BashOperator(task_id='t', bash_command='x', pool='default_pool')", None),
    ("BashOperator(task_id='t', bash_command='x', queue='slow')", None),
]


@pytest.mark.parametrize(("body", "what"), TASKS)
def test_tasks_that_name_the_same_thing(tmp_path: Path, body: str, what: tuple[str, str] | None) -> None:
    found = inventory_of(tmp_path, a__py=dag("a", body), b__py=dag("b", body), c__py=dag("c", "pass"))
    assert shared(found) == ([(*what, "a b")] if what else [])


def test_code_outside_of_tasks_counts_for_the_dags_of_its_file(tmp_path: Path) -> None:
    more = "BUCKET = Variable.get('bucket')\nHOST = BaseHook.get_connection('lake')\n"
    found = inventory_of(tmp_path, a__py=dag("a", "pass", more), b__py=dag("b", "pass", more))
    assert shared(found) == [("connection", "lake", "a b"), ("variable", "bucket", "a b")]
    assert (found.dags[0].variables, found.dags[0].connections) == (("bucket",), ("lake",))


def test_modules_that_two_dag_files_import(tmp_path: Path) -> None:
    found = inventory_of(
        tmp_path,
        common_in___init____py="",
        common_in_names__py="PREFIX = 'x'\n",
        alone__py="Y = 1\n",
        a__py=dag("a", "pass", "from common.names import PREFIX\nimport alone"),
        b__py=dag("b", "pass", "import common.names"),
        c__py=dag("c", "pass", "from datetime import date\nimport pandas"),
    )
    assert shared(found) == [("module", "common/names.py", "a b")]


def test_each_user_is_linked_with_the_next(tmp_path: Path) -> None:
    body = TASKS[0][0]
    found = inventory_of(tmp_path, **{f"{name}__py": dag(name, body) for name in "abcd"})
    edges = list(soft_edges(found))
    assert [(e.source, e.target, e.kind, e.certain, e.via) for e in edges] == [
        (one, two, "resource", False, "pool small") for one, two in ("ab", "bc", "cd")
    ]
    assert build_graph(found).edges == ()
    assert build_graph(found, soft=True).edges == tuple(edges)


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inventory_of(tmp_path, a__py=dag("a", TASKS[0][0]), b__py=dag("b", TASKS[0][0]))
    assert run(["inventory", str(tmp_path), "-q", "-f", "json", "-o", str(tmp_path / "i.json")]) == 0
    document = json.loads((tmp_path / "i.json").read_text())
    assert document["shared"] == [{"kind": "pool", "name": "small", "environment": None, "dags": ["a", "b"]}]
    assert [(edge["kind"], edge["certain"]) for edge in document["edges"]] == [("resource", False)]
    assert run(["graph", str(tmp_path), "-q", "--why", "a", "b"]) == 1
    assert run(["graph", str(tmp_path), "-q", "--soft", "--why", "a", "b"]) == 0
    assert "a -> b  resource pool small, not certain  b.py:7" in capsys.readouterr().out
    again = ["inventory", str(tmp_path), "-q", "-f", "json", "--from-json", str(tmp_path / "i.json")]
    assert run(again) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["only_static"] == document["only_exact"] == []


def test_settings_in_a_module_that_never_mentions_airflow(tmp_path: Path) -> None:
    source = HEAD + "from common.tables import TABLES\nfor t in TABLES:\n    DAG(f'load_{t}')\n"
    found = inventory_of(
        tmp_path, common_in_tables__py="from .more import MORE\nTABLES = ['x', *MORE]\n",
        common_in_more__py="MORE = ['y']\n", d__py=source,
    )  # fmt: skip
    assert [dag.dag_id for dag in found.dags] == ["load_x", "load_y"]


def test_several_processes_find_the_same(tmp_path: Path) -> None:
    common = "from airflow.operators.bash import BashOperator\nNAMES = ['x', 'y']\nclass Own(BashOperator):\n    pass\n"
    source = "from airflow import DAG\nfrom common import NAMES, Own\nfor n in NAMES:\n    with DAG(f'{n}_%s'):\n        Own(task_id='t', bash_command='x')\n"
    files = {f"d{number}__py": source % number for number in range(30)}
    found = inventory_of(tmp_path, common__py=common, broken__pyi="", **files)
    again, problems = build_inventory(list_files([tmp_path]), jobs=2)
    assert (again, problems) == (found, ())
    assert len(found.dags) == 60
