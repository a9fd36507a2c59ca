"""Rules look away from files that cannot concern them; what is written in an unusual form concerns them still."""

from __future__ import annotations

import pytest

from airshift.rules.template_strings import template_references
from rules.checking import codes, context, facts_of

UNUSUAL = [
    pytest.param(
        """\
        from airflow.providers.postgres.operators.postgres import PostgresOperator
        PostgresOperator(task_id="a", sql="ſelect state, dag_id fRom task_instance")
        """,
        ("AS407", 2, "task_instance"),
        id="SQL with letters that only fold to ours",
    ),
    pytest.param(
        """\
        from airflow.models import DagRun
        def count(session):
            rows = session.query(DagRun)
            return rows.count()
        """,
        ("AS403", 3, "DagRun"),
        id="a model that is no name of a call",
    ),
    pytest.param(
        """\
        from unittest import mock
        from airflow.operators import bash_operator as ours
        def test():
            with mock.patch.object(ours, "BashOperator"):
                pass
        """,
        ("AS108", 4, "airflow.operators.bash_operator.BashOperator"),
        id="a name behind a module, patched",
    ),
    pytest.param(
        """\
        from airflow.operators.python import PythonOperator
        def load(*, next_ds=None):
            return next_ds
        PythonOperator(task_id="a", python_callable=load)
        """,
        ("AS304", 2, "next_ds"),
        id="a keyword-only parameter, no string",
    ),
    pytest.param(
        """\
        from uuid import uuid4 as fresh
        from airflow.operators.bash import BashOperator
        make = fresh
        def name():
            inner = make()
            BashOperator(task_id="a", bash_command=f"load {inner} {'x':>{4}}")
        name()
        """,
        ("AS901", 5, "uuid.uuid4"),
        id="an id by another name, in a name of a function",
    ),
    pytest.param(
        """\
        from airflow.operators.bash import BashOperator
        names = {"a", "b"}
        BashOperator(task_id="a", bash_command=", ".join(names), env={"n": ",".join(names)})
        """,
        ("AS902", 3, "order"),
        id="a set behind a name, joined twice",
    ),
    pytest.param(
        """\
        from airflow.operators.bash import BashOperator
        for name in {"a", "b"}:
            BashOperator(task_id=name, bash_command="load")
        """,
        ("AS902", 2, "order"),
        id="a loop over a set, no suspicious call",
    ),
    pytest.param(
        """\
        from airflow import DAG
        settings = {}
        settings["schedule_interval"] = "@daily"
        DAG("a", **settings)
        """,
        ("AS201", 3, "schedule_interval"),
        id="a key that is stored later",
    ),
]


@pytest.mark.parametrize(("source", "expected"), UNUSUAL)
def test_unusual_forms_are_found(source: str, expected: tuple[str, int, str]) -> None:
    assert expected in codes(source)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ('"load.sql"', ["load.sql"]),
        ('"LOAD.SQL"', ["LOAD.SQL"]),
        ('"load." + "sql"', ["load.sql"]),
        ('"load" + ".s" + "ql" + ""', ["load.sql"]),
        ('f"{x}.sql"', ["_airshift_hole_.sql"]),
        ('"%s.sql" % x', ["_airshift_hole_.sql"]),
        ('"{}.sql".format(x)', ["_airshift_hole_.sql"]),
        ('"{" + "% include \'head.sql\' %}"', ["head.sql"]),
        ("\"{% include 'head.sql' %}\"", ["head.sql"]),
        ('"load.sql\\n"', []),
        ('"load.sqlite"', []),
        ('"sql"', []),
        ('"load." + x', []),
    ],
)
def test_template_files_are_named_in_one_piece_or_in_several(command: str, expected: list[str]) -> None:
    facts = facts_of(
        f"""\
        from airflow.operators.bash import BashOperator
        x = load()
        BashOperator(task_id="a", bash_command={command})
        """
    )
    assert [reference.name for reference in template_references(facts, context())] == expected


def test_facts_say_what_is_called_and_written() -> None:
    facts = facts_of(
        """\
        import os
        from common.tools import make
        os.path.join("a", 'b\\nc')
        make()
        """,
        path="dags/load.py",
        others={"common/tools.py": "def make(): pass"},
    )
    assert facts.called == {"os.path.join", "common.tools.make"}
    assert facts.texts == "\na\nb\nc\n"
    assert list(facts.calls_of("os.getcwd")) == []
    assert [call.names for call in facts.calls_of("os.path.join")] == [{"os.path.join"}]
    assert [facts.may_define(name) for name in ("common.tools.make", "load.x", "dags.load.K.f")] == [True] * 3
    assert [facts.may_define(name) for name in ("os.path.join", "airflow.DAG", "make")] == [False] * 3
