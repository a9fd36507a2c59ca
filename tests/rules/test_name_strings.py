from __future__ import annotations

import pytest

from airshift.fix.apply import rewrite
from airshift.rules import name_strings
from rules.checking import context, facts_of


def codes(source: str, target: str = "3.3.1") -> list[tuple[int, str, str, str]]:
    facts = facts_of(source)
    return [
        (facts.source.place(*hit.span).line, hit.symbol, str(hit.kind), str(hit.severity))
        for hit in name_strings.check(facts, context(target))
    ]


def fixed(source: str, target: str = "3.3.1") -> str:
    facts = facts_of(source)
    return rewrite(facts, list(name_strings.check(facts, context(target)))).utf8.decode()


_FLAT = "airflow.operators.bash_operator"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            f"import importlib\nimportlib.import_module('{_FLAT}')\n",
            [(2, _FLAT, "parse", "error")],
        ),
        (
            f"from importlib import import_module as load\n\ndef f():\n    return load('{_FLAT}')\n",
            [(4, _FLAT, "runtime", "error")],
        ),
        (f"__import__('{_FLAT}')\n", [(1, _FLAT, "parse", "error")]),
        (
            "from airflow.utils.module_loading import import_string\n"
            "import_string('airflow.models.dag.DagPickle')\n",
            [(2, "airflow.models.dag.DagPickle", "parse", "error")],
        ),
        (
            "from unittest import mock\n\n@mock.patch('airflow.models.SlaMiss')\ndef test_x(m): ...\n",
            [(3, "airflow.models.SlaMiss", "runtime", "error")],
        ),
        (
            "from unittest.mock import patch\n\ndef test_x():\n"
            "    with patch('airflow.models.slamiss.SlaMiss.query'): ...\n",
            [(4, "airflow.models.slamiss.SlaMiss", "runtime", "error")],
        ),
        (
            "def test_x(mocker):\n    mocker.patch('airflow.models.SlaMiss')\n",
            [(2, "airflow.models.SlaMiss", "runtime", "error")],
        ),
        (
            "from unittest import mock\nfrom airflow import models\nmock.patch.object(models, 'SlaMiss')\n",
            [(3, "airflow.models.SlaMiss", "runtime", "error")],
        ),
        (
            f"TASKS = [{{'operator': '{_FLAT}.BashOperator'}}]\n",
            [(1, f"{_FLAT}.BashOperator", "runtime", "warning")],
        ),
    ],
)
def test_flags(source: str, expected: list[tuple[int, str, str, str]]) -> None:
    assert codes(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "from unittest import mock\nmock.patch('airflow.models.DagRun')\n",
        "from unittest import mock\nmock.patch('mycompany.airflow.models.SlaMiss')\n",
        "from unittest import mock\nfrom airflow import models\nmock.patch.object(models, 'DagRun')\n",
        "import importlib\nimportlib.import_module(name)\n",
        "import importlib\nimportlib.import_module('airflow.models')\n",
        "import importlib\nimportlib.import_module('airflow.never_existed')\n",
        f"import logging\nlogging.getLogger('{_FLAT}')\n",
        f'"""{_FLAT}"""\n',
        f"x = 'use {_FLAT} for this'\n",
        f"x = f'{{y}}{_FLAT}'\n",
        "x = 'airflow.cfg'\n",
        "x = 'airflow.operators.bash.BashOperator'\n",
        f"import importlib as i\ntry:\n    i.import_module('{_FLAT}')\nexcept ImportError:\n    pass\n",
    ],
)
def test_stays_silent(source: str) -> None:
    assert codes(source) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"import importlib\nimportlib.import_module('{_FLAT}')\n",
            "import importlib\nimportlib.import_module('airflow.providers.standard.operators.bash')\n",
        ),
        (
            'x = "airflow.operators.dummy_operator.DummyOperator"\n',
            'x = "airflow.providers.standard.operators.empty.EmptyOperator"\n',
        ),
        ("x = r'airflow.operators.bash_operator'\n", "x = r'airflow.operators.bash_operator'\n"),
        ("x = 'airflow.models.SlaMiss'\n", "x = 'airflow.models.SlaMiss'\n"),
    ],
)
def test_rewrites_inside_the_quotes(before: str, after: str) -> None:
    assert fixed(before) == after
