"""Calls of Variable and Connection of airflow.models: told once at the import, and moved to the Task SDK."""

from __future__ import annotations

import pytest

from airshift.findings import Severity
from airshift.fix.apply import rewrite
from airshift.judge import find_hits
from rules.checking import context, facts_of, findings


def told(source: str, path: str = "dags/load.py") -> list[tuple[int, str]]:
    found = [f for f in findings(source, path=path) if f.code == "AS414"]
    assert all(finding.severity is Severity.INFO for finding in found)
    return [(finding.place.line, finding.symbol) for finding in found]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from airflow.models import Variable\nVariable.get('a')\n", [(1, "airflow.models.Variable")]),
        (
            "from airflow.models.variable import Variable as V\ndef f():\n    V.set('a', 1)\n    V.get('b')\n",
            [(1, "airflow.models.variable.Variable")],
        ),
        (
            "from airflow.models import Connection\nConnection.get_connection_from_secrets('a')\n",
            [(1, "airflow.models.Connection")],
        ),
        ("from airflow.models import Variable\nx: Variable\n", []),
        ("from airflow.models import Connection\nConnection(conn_id='a')\n", []),
        ("from airflow.sdk import Variable\nVariable.get('a')\n", []),
        ("from acme.models import Variable\nVariable.get('a')\n", []),
        (
            "try:\n    from airflow.sdk import Variable\nexcept ImportError:\n"
            "    from airflow.models import Variable\nVariable.get('a')\n",
            [],
        ),
    ],
)
def test_told_at_the_import(source: str, expected: list[tuple[int, str]]) -> None:
    assert told(source) == expected
    assert told(source, "tests/test_load.py") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "Variable.get('a', default_var=1, deserialize_json=True)",
            "Variable.get('a', default=1, deserialize_json=True)",
        ),
        ("Variable.get('a', 1)\nVariable.delete('a')", "Variable.get('a', 1)\nVariable.delete('a')"),
        ("Variable.set('a', 1, session=s)", None),
        ("Variable.update('a', 1)", None),
        ("Variable.get('a')\nisinstance(x, Variable)", None),
        ("get = Variable.get\nVariable.get('a')", None),
    ],
)
def test_moves_where_every_use_means_the_same(before: str, after: str | None) -> None:
    facts = facts_of(f"from airflow.models import Variable\n{before}\n", "dags/load.py")
    hits = [hit for hit in find_hits(facts, context()) if hit.code == "AS414"]
    head = "from airflow.models import Variable" if after is None else "from airflow.sdk import Variable"
    assert len(hits) == 1
    assert rewrite(facts, hits).utf8.decode() == f"{head}\n{after or before}\n"
