"""Heavy imports at the top of a DAG file: found where each parse pays for them, moved where only tasks need them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from airshift.findings import Applicability
from airshift.fix.apply import rewrite
from airshift.judge import judge
from airshift.rules.heavy_imports import check
from rules.checking import codes, context, facts_of


def found(source: str, path: str = "dags/dag.py") -> list[tuple[int, str]]:
    return [(line, symbol) for code, line, symbol in codes(source, path=path) if code == "AS906"]


def moved(source: str, others: dict[str, str] | None = None) -> str | None:
    """The file with its heavy imports moved; None where that is left to people."""
    facts = facts_of(source, "dags/dag.py", others)
    result = rewrite(facts, list(check(facts, context())))
    return result.utf8.decode() if result.applied else None


HEAD = "from airflow.sdk import dag, task\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import pandas as pd\nimport os\n", [(2, "pandas")]),
        ("from pandas.core import frame\n", [(2, "pandas")]),
        ("import google.cloud.bigquery\nimport google.auth\n", [(2, "google.cloud")]),
        ("try:\n    import torch\nexcept ImportError:\n    torch = None\n", [(3, "torch")]),
        ("@dag\ndef flow():\n    import numpy\nflow()\n", [(4, "numpy")]),
        ("class Config:\n    import numpy\n", [(3, "numpy")]),
        ("import numpy, pandas\n", [(2, "numpy")]),
    ],
)
def test_an_import_that_each_parse_pays_for_is_found(source: str, expected: list[tuple[int, str]]) -> None:
    assert found(HEAD + source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "import os, json, datetime\n",
        "import pandasticsearch\n",
        "from . import pandas\n",
        "from common.pandas import frame\n",
        "@task\ndef load():\n    import pandas\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas\n",
        "import typing\nif typing.TYPE_CHECKING:\n    import pandas\n",
        "if __name__ == '__main__':\n    import pandas\n",
        "TEXT = 'import pandas'\n",
    ],
)
def test_other_imports_are_not(source: str) -> None:
    assert found(HEAD + source) == []


@pytest.mark.parametrize("path", ["tests/test_dag.py", "plugins/ops.py", "scripts/run.py"])
def test_files_that_no_dag_processor_parses_are_left_alone(path: str) -> None:
    assert found(HEAD + "import pandas\n", path) == []


def test_a_file_without_airflow_is_left_alone() -> None:
    assert found("import pandas\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            """\
            import pandas as pd
            from airflow.sdk import task

            @task
            def load(path):
                return pd.read_csv(path)
            """,
            """\
            from airflow.sdk import task

            @task
            def load(path):
                import pandas as pd
                return pd.read_csv(path)
            """,
            id="a task",
        ),
        pytest.param(
            """\
            from airflow.providers.standard.operators.python import PythonOperator
            from numpy import array, zeros as z

            def one():
                '''Say it.'''
                # first
                return array([1])

            class Mine:
                async def two(self):
                    @staticmethod
                    def inner():
                        return z(2)
                    return inner

            PythonOperator(task_id="a", python_callable=one)
            """,
            """\
            from airflow.providers.standard.operators.python import PythonOperator

            def one():
                '''Say it.'''
                # first
                from numpy import array, zeros as z
                return array([1])

            class Mine:
                async def two(self):
                    from numpy import array, zeros as z
                    @staticmethod
                    def inner():
                        return z(2)
                    return inner

            PythonOperator(task_id="a", python_callable=one)
            """,
            id="functions and methods, behind docstrings and before decorators",
        ),
        pytest.param(
            """\
            from airflow.sdk import dag, task
            import numpy
            import pandas

            @dag
            def flow():
                @task
                def load():
                    return pandas.DataFrame(numpy.zeros(3))
                load()
            flow()
            """,
            """\
            from airflow.sdk import dag, task

            @dag
            def flow():
                @task
                def load():
                    import numpy
                    import pandas
                    return pandas.DataFrame(numpy.zeros(3))
                load()
            flow()
            """,
            id="the task inside a DAG function",
        ),
        pytest.param(
            """\
            from airflow.sdk import task
            # the frames
            import pandas as pd  # noqa: E402
            # the rest

            @task
            def load():
                # read it
                return pd.read_csv("a")  # once
            """,
            """\
            from airflow.sdk import task
            # the frames
            # the rest

            @task
            def load():
                # read it
                import pandas as pd  # noqa: E402
                return pd.read_csv("a")  # once
            """,
            id="comments are kept",
        ),
    ],
)
def test_an_import_moves_into_the_functions_that_use_it(before: str, after: str) -> None:
    assert moved(dedent(before)) == dedent(after)


def body(text: str, imports: str = "import pandas as pd\n") -> str:
    return imports + HEAD + dedent(text)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(body("FRAME = pd.DataFrame()\n"), id="used at the top"),
        pytest.param(body(""), id="not used"),
        pytest.param(body("@task\ndef f(x=pd.NA):\n    return pd.x(x)\n"), id="used in a default"),
        pytest.param(body("@task\ndef f(x: pd.DataFrame):\n    return pd.x(x)\n"), id="used in an annotation"),
        pytest.param(body("@task\ndef f(x: 'pd.DataFrame'):\n    return pd.x(x)\n"), id="in a written one"),
        pytest.param(body("@task\ndef f(x) -> 'pd.DataFrame':\n    return pd.x(x)\n"), id="in a returned one"),
        pytest.param(body("X: 'pd.Series'\n@task\ndef f(x):\n    return pd.x(x)\n"), id="of a variable"),
        pytest.param(body("@pd.api\ndef f():\n    return pd.x\n"), id="used in a decorator"),
        pytest.param(body("class A(pd.DataFrame):\n    def f(self):\n        return pd.x\n"), id="as a base"),
        pytest.param(body("F = lambda: pd.x\n"), id="used in a lambda"),
        pytest.param(body("def f(): return pd.x\n"), id="function on one line"),
        pytest.param(body("def f():\n    return pd.x\nX = f()\n"), id="function that runs at parse"),
        pytest.param(body("@dag\ndef flow():\n    pd.x\nflow()\n"), id="DAG function"),
        pytest.param(body("def f():\n    pd = 1\n    return pd\n"), id="bound in the function"),
        pytest.param(body("def f(pd):\n    return pd.x\ndef g():\n    return pd.x\n"), id="a parameter"),
        pytest.param(body("def f():\n    global pd\n    pd = 1\n"), id="global"),
        pytest.param(body("def f():\n    import pandas as pd\n    return pd\n"), id="imported there already"),
        pytest.param(body("def f():\n    return pd.x\n__all__ = ['pd']\n"), id="exported"),
        pytest.param(body("def f():\n    return pd.x\n", "try:\n    import pandas as pd\nexcept ImportError:\n    pd = None\n"),
                     id="guarded"),
        pytest.param(body("def f():\n    return pd.x\n", "import pandas as pd; import os\n"), id="shares its line"),
        pytest.param(body("def f():\n    return array(1)\n", "from numpy import *\n"), id="star"),
        pytest.param(body("def f():\n    return array(1)\n", "from numpy import (\n    array,  # one\n)\n"),
                     id="comments inside"),
        pytest.param(body("def f():\n    return array(1)\nX = zeros(3)\n", "from numpy import array, zeros\n"),
                     id="one of two is used at the top"),
        pytest.param(body("def f():\n    return numpy.x\n", "import numpy.linalg\nimport numpy.random\n"),
                     id="two imports of one name"),
    ],
)  # fmt: skip
def test_an_import_that_more_than_tasks_need_stays(source: str) -> None:
    assert moved(source) is None


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("FRAME = pd.DataFrame()\n", 3),
        ("@task\ndef f():\n    return pd.x\n@task(executor_config=pd.y)\ndef g():\n    pass\n", 6),
        ("def f():\n    return pd.x\nf()\n", 4),
    ],
)
def test_a_file_that_needs_it_is_told_where(source: str, line: int) -> None:
    facts = facts_of(body(source), "dags/dag.py")
    (hit,) = check(facts, context())
    assert f"which needs it in line {line};" in hit.message


def test_a_name_that_another_module_imports_from_here_stays() -> None:
    source = body("def f():\n    return pd.x\n")
    assert moved(source) is not None
    assert moved(source, {"dags/dag.py": source, "dags/other.py": "from dag import pd\n"}) is None


def test_moving_is_for_people_to_ask_for() -> None:
    facts = facts_of(body("def f():\n    return pd.x\n"), "dags/dag.py")
    (finding,) = judge(facts, context()).findings
    assert finding.applicability is Applicability.UNSAFE
