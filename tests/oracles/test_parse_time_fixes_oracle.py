"""What the fixes of AS903 and AS906 make of a DAG, asked of Airflow 2.10.3 and 3.3.1: the same DAG, the same values."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from airshift.fix.files import fix_file
from airshift.select import Selection
from airshift_dev.envs import Environment, ensure
from rules.checking import context

pytestmark = pytest.mark.oracle

VERSIONS = ("2.10.3", "3.3.1")
VARIABLES = {
    "BUCKET": "lake",
    "COMMAND": "load --all",
    "OUR-COMMAND": "echo 'its {} \"quoted\"' <&> %s\\n",
    "NUMBER": "042",
    "TEXT": "True",
    "SETTINGS": '{"days": 3, "path": "/in/ü", "steps": ["a", {"b": null}], "full": true}',
}
HEAD = """\
from airflow import DAG
from airflow.models import Variable
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
"""
SOURCES = {
    "direct": """
        dag = DAG("d", schedule=None)
        BashOperator(task_id="a", bash_command=Variable.get("command"), dag=dag)
        BashOperator(task_id="b", bash_command=Variable.get("our-command"), env={"N": Variable.get("number")}, dag=dag)
        BashOperator(task_id="c", bash_command=Variable.get("nowhere", "true"), env=dict(T=Variable.get("text")), dag=dag)
        """,
    "names and f-strings": """
        BUCKET = Variable.get("bucket")  # of the team
        PATH = f"s3://{BUCKET}/{{{{ ds }}}}/"
        with DAG("d", schedule=None) as dag:
            for table in ("orders", "items"):
                BashOperator(task_id=table, bash_command=f"load {PATH}{table} {BUCKET}" + Variable.get("command"))
        """,
    "arguments of Python": """
        def show(*args, **kwargs):
            return args, kwargs

        number, days = Variable.get("number"), 3
        text = Variable.get("text")
        with DAG("d", schedule=None) as dag:
            PythonOperator(task_id="p", python_callable=show, op_args=[text, days], op_kwargs={"t": {"u": (text,)}})
            PythonOperator(task_id="q", python_callable=show, templates_dict={"x": "{{ ds }} " + text}, op_args=[number])
        """,
    "JSON": """
        SETTINGS = Variable.get("settings", deserialize_json=True)
        DAYS = Variable.get("settings", deserialize_json=True)["days"]
        with DAG("d", schedule=None) as dag:
            BashOperator(task_id="a", bash_command=f"load '{SETTINGS}' {DAYS}")
            BashOperator(task_id="b", bash_command=Variable.get("settings", deserialize_json=True)["path"])
            BashOperator(task_id="c", bash_command="load " + Variable.get("settings", deserialize_json=True)["steps"][0])
            BashOperator(task_id="e", bash_command=str(Variable.get("settings", deserialize_json=True)["steps"]))
        """,
    "a mapped task": """
        COMMAND = Variable.get("command")
        with DAG("d", schedule=None) as dag:
            BashOperator.partial(task_id="a", bash_command=COMMAND).expand(env=[{"A": "1"}, {"A": "2"}])
        """,
    "heavy imports": """
        import pandas as pd

        def total():
            '''Adds up.'''
            return pd.total([1, 2, 3])

        def outer():
            def inner():
                return pd.total([4])
            return inner()

        with DAG("d", schedule=None) as dag:
            PythonOperator(task_id="f1", python_callable=total) >> PythonOperator(task_id="f2", python_callable=outer)
        """,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Each DAG before and after `airshift fix --unsafe-fixes --select AS903,AS906`."""
    found = {}
    for number, (name, body) in enumerate(SOURCES.items()):
        source = (HEAD + dedent(body)).encode()
        chosen = Selection(select=("AS903", "AS906"))
        fixed = fix_file("dags/dag.py", source, context("3.3.1"), unsafe=True, selection=chosen)
        assert fixed.changed, name
        again = fix_file("dags/dag.py", fixed.after, context("3.3.1"), unsafe=True, selection=chosen)
        assert not again.changed, name
        found[name] = (
            _written(tmp_path_factory.mktemp("before") / f"dag_{number}.py", source),
            _written(tmp_path_factory.mktemp("after") / f"dag_{number}.py", fixed.after),
        )
    return found


def _written(path: Path, source: bytes) -> Path:
    path.write_bytes(source)
    path.with_name("pandas.py").write_text("total = sum\n")
    return path


@cache
def _answers(version: str, paths: tuple[Path, ...]) -> list[dict[str, Any]]:
    folder = paths[0].parent
    out = folder / f"answer-{version}.json"
    settings = {
        **os.environ,
        **{f"AIRFLOW_VAR_{name}": value for name, value in VARIABLES.items()},
        "AIRFLOW_HOME": str(folder / f"home-{version}"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    script = Path(__file__).with_name("rendering.py")
    command = [str(ensure(Environment(version))), str(script), str(out), *map(str, paths)]
    subprocess.run(command, env=settings, check=True, capture_output=True)
    found: list[dict[str, Any]] = json.loads(out.read_text())
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SOURCES)
def test_the_dag_is_the_same_and_its_tasks_render_the_same(
    name: str, version: str, files: dict[str, tuple[Path, Path]]
) -> None:
    paths = tuple(path for pair in files.values() for path in pair)
    answers = dict(zip(paths, _answers(version, paths), strict=True))
    before, after = (answers[path] for path in files[name])
    assert before["error"] == after["error"] == ""
    assert len(before["stored"]) == 1
    assert before["stored"] == after["stored"]
    assert before["rendered"] == after["rendered"]
    assert before["results"] == after["results"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_package_is_not_loaded_while_the_file_is_parsed(
    version: str, files: dict[str, tuple[Path, Path]]
) -> None:
    paths = tuple(path for pair in files.values() for path in pair)
    answers = dict(zip(paths, _answers(version, paths), strict=True))
    before, after = (answers[path] for path in files["heavy imports"])
    assert before["heavy"]
    assert not after["heavy"]
    assert before["results"] == [{"f1": "6", "f2": "4"}]
