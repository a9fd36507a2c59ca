"""Look-ups at parse time through functions of other modules: told at the call, with the place of the look-up."""

from __future__ import annotations

from textwrap import dedent

import pytest

from rules.checking import facts_of, findings

READS = """\
    from airflow.models import Variable


    def get_config():
        return Variable.get("config", deserialize_json=True)
    """


def found(source: str, others: dict[str, str]) -> list[tuple[str, int, str]]:
    """Findings of parse-time work in a DAG file, with an estate around it."""
    source = "from airflow.sdk import DAG\n" + dedent(source)
    hits = findings(source, path="dags/dag.py", others={**others, "dags/dag.py": source})
    return [(hit.code, hit.place.line, hit.symbol) for hit in hits if hit.code in ("AS903", "AS904")]


@pytest.mark.parametrize(
    ("source", "others", "expected"),
    [
        pytest.param(
            "from common.config import get_config\nCONFIG = get_config()\n",
            {"dags/common/config.py": READS},
            [("AS903", 3, "Variable.get")],
            id="a function",
        ),
        pytest.param(
            "from common import config\nCONFIG = config.get_config()['a']\n",
            {"dags/common/config.py": READS, "dags/common/__init__.py": ""},
            [("AS903", 3, "Variable.get")],
            id="through its module",
        ),
        pytest.param(
            "from common import get_config\nfor table in get_config():\n    pass\n",
            {"dags/common/config.py": READS, "dags/common/__init__.py": "from .config import get_config\n"},
            [("AS903", 3, "Variable.get")],
            id="through its package",
        ),
        pytest.param(
            "from plugins.config import get_config\nwith DAG(get_config()['id']):\n    pass\n",
            {"plugins/config.py": READS},
            [("AS903", 3, "Variable.get")],
            id="a plugin",
        ),
        pytest.param(
            "from a import first\nfirst()\n",
            {
                "dags/a.py": "import airflow\nfrom b import second\ndef first():\n    return second()\n",
                "dags/b.py": READS + "\n    def second():\n        return third()\n\n    def third():\n"
                "        return [get_config() for _ in 'ab']\n",
            },
            [("AS903", 3, "Variable.get")],
            id="through more functions and modules",
        ),
        pytest.param(
            "from config import Config\nCONFIG = Config('a')\n",
            {
                "dags/config.py": """\
                from airflow.hooks.base import BaseHook
                class Config:
                    def __init__(self, name):
                        self.host = BaseHook.get_connection(name).host
                """
            },
            [("AS903", 3, "BaseHook.get_connection")],
            id="a class that looks up when it is made",
        ),
        pytest.param(
            "from tables import tables\nfor table in tables():\n    pass\n",
            {"dags/tables.py": "import airflow, requests\ndef tables():\n    return requests.get('https://x').json()\n"},
            [("AS904", 3, "requests.get")],
            id="the network",
        ),
        pytest.param(
            "from config import get_config\ndef build():\n    return get_config()\nbuild()\n",
            {"dags/config.py": READS},
            [("AS903", 4, "Variable.get")],
            id="in a function that runs at parse",
        ),
        pytest.param(
            "from config import get_config\nget_config()\n",
            {"dags/config.py": READS.replace("def get", "@cache\n    def get").replace("from", "from functools import cache\n    from", 1)},
            [("AS903", 3, "Variable.get")],
            id="remembered within a parse",
        ),
    ],
)  # fmt: skip
def test_is_told_at_the_call(
    source: str, others: dict[str, str], expected: list[tuple[str, int, str]]
) -> None:
    assert found(source, {path: dedent(text) for path, text in others.items()}) == expected


@pytest.mark.parametrize(
    ("source", "others"),
    [
        pytest.param("from common.config import get_config\n", {}, id="imported only"),
        pytest.param(
            "from airflow.sdk import task\nfrom config import get_config\n@task\ndef f():\n    get_config()\n",
            {},
            id="called in a task",
        ),
        pytest.param(
            "from config import get_config\n"
            "from airflow.providers.standard.operators.python import PythonOperator\n"
            "PythonOperator(task_id='a', python_callable=get_config)\n",
            {},
            id="handed to a task",
        ),
        pytest.param(
            "from config import get_config\nif __name__ == '__main__':\n    get_config()\n", {}, id="a script"
        ),
        pytest.param("from config import get_config\nX = lambda: get_config()\n", {}, id="in a lambda"),
        pytest.param("from elsewhere import get_config\nget_config()\n", {}, id="of nobody"),
        pytest.param(
            "try:\n    from config import get_config\nexcept ImportError:\n    from elsewhere import get_config\n"
            "get_config()\n",
            {},
            id="perhaps another function",
        ),
        pytest.param("from config import get_config\nget_config = dict\nget_config()\n", {}, id="shadowed"),
        *(
            pytest.param("from helpers import f\nf()\n", {"dags/helpers.py": dedent(text)}, id=name)
            for name, text in {
                "a task": "from airflow.sdk import Variable, task\n@task\ndef f():\n    return Variable.get('a')\n",
                "another task": "from airflow.sdk import Variable, task\n@task.bash(retries=1)\ndef f():\n"
                "    return Variable.get('a')\n",
                "a decorator of nobody": "from team import later\nfrom airflow.sdk import Variable\n@later\ndef f():\n"
                "    return Variable.get('a')\n",
                "a generator": "from airflow.sdk import Variable\ndef f():\n    yield Variable.get('a')\n",
                "a coroutine": "from airflow.sdk import Variable\nasync def f():\n    return Variable.get('a')\n",
                "a closure": "from airflow.sdk import Variable\ndef f():\n    def g():\n"
                "        return Variable.get('a')\n    return g\n",
                "a lambda": "from airflow.sdk import Variable\ndef f():\n    return lambda: Variable.get('a')\n",
                "another class's get": "from airflow.sdk import DAG\nfrom team import Variable\ndef f():\n"
                "    return Variable.get('a')\n",
                "a template": "import airflow\ndef f():\n    return '{{ var.value.a }}'\n",
                "a method": "from airflow.sdk import Variable\nclass f:\n    def get(self):\n"
                "        return Variable.get('a')\n",
                "written only": "from airflow.sdk import Variable\ndef f():\n    Variable.set('a', 'b')\n",
                "calls itself": "import airflow\ndef f():\n    return f()\n",
                "at its own top": "from airflow.sdk import Variable\nA = Variable.get('a')\ndef f():\n    return A\n",
            }.items()
        ),
    ],
)
def test_anything_else_is_not(source: str, others: dict[str, str]) -> None:
    config = {"dags/config.py": dedent(READS), "dags/common/config.py": dedent(READS)}
    assert found(source, {**config, **others}) == []


def test_the_message_names_the_place() -> None:
    source = "from airflow.sdk import DAG\nfrom config import get_config\nget_config()\n"
    (hit,) = findings(source, path="dags/dag.py", others={"dags/config.py": READS})
    assert hit.message == (
        "`get_config()` calls `Variable.get` (dags/config.py:5) at each parse: one call to the API server on Airflow 3, "
        "and a new DAG version when the value changes. Read it in the task."
    )


def test_a_function_that_is_called_often_is_told_once() -> None:
    source = "from airflow.sdk import DAG\nfrom config import get_config\nget_config()\nget_config()\nX = get_config()\n"
    (hit,) = findings(source, path="dags/dag.py", others={"dags/config.py": READS})
    assert hit.place.line == 3
    assert "(dags/config.py:5) 3 times at each parse" in hit.message


def test_what_a_module_offers_changes_with_its_look_ups_only() -> None:
    """Results of other files are remembered by it: lines of other calls must not count."""
    first = facts_of(
        "import airflow, pandas\ndef f():\n    return pandas.read_csv('a')\n", "dags/a.py"
    ).summary
    second = facts_of(
        "import airflow, pandas\n\ndef f():\n\n    return pandas.read_csv('a')\n", "dags/a.py"
    ).summary
    assert first == second
