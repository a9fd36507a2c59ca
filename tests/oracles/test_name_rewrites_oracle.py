"""Rewritten operators are the same tasks on the target: same connection, same hook parameters."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from airshift.fix.apply import rewrite
from airshift.rules import names
from airshift_dev.envs import Environment, ensure
from rules.checking import context, facts_of

pytestmark = pytest.mark.oracle

DAG_FILE = """
from airflow.models.dag import DAG
from airflow.operators import python_operator
from airflow.operators.dummy_operator import DummyOperator as Noop
from airflow.operators.http_operator import SimpleHttpOperator
from airflow.operators.postgres_operator import PostgresOperator
from airflow.providers.mysql.operators.mysql import MySqlOperator
from airflow.providers.snowflake.operators.snowflake import SnowflakeOperator
from airflow.sensors.external_task_sensor import ExternalTaskSensor
from airflow.utils.dates import days_ago
from airflow.utils.weekday import WeekDay
import airflow.operators.bash_operator as shell


class Load(PostgresOperator):
    def __init__(self, db, **kwargs):
        super().__init__(postgres_conn_id=db, **kwargs)


with DAG("rewritten", start_date=days_ago(3), schedule=None) as dag:
    first = Noop(task_id="first")
    a = PostgresOperator(task_id="pg", sql="SELECT 1", postgres_conn_id="warehouse", database="sales")
    b = PostgresOperator(task_id="pg_default", sql="SELECT 1", autocommit=True)
    c = MySqlOperator(task_id="my", sql="SELECT 1", mysql_conn_id="shop")
    d = SnowflakeOperator(task_id="snow", sql="SELECT 1", warehouse="wh", role="loader")
    e = Load(db="own", task_id="load", sql="SELECT 1")
    f = SimpleHttpOperator(task_id="http", http_conn_id="api", endpoint="x")
    g = shell.BashOperator(task_id="bash", bash_command=f"echo {WeekDay.MONDAY}")
    h = python_operator.PythonOperator(task_id="python", python_callable=print)
    i = ExternalTaskSensor(task_id="wait", external_dag_id="other")
    first >> [a, b, c, d, e, f, g, h, i]
"""

_DESCRIBE = """
import json, sys, warnings
warnings.simplefilter("ignore")
space = {"__name__": "dag_file", "__file__": sys.argv[1]}
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), space)
dag = space["dag"]
found = {}
for task in dag.tasks:
    params = {key: value for key, value in (getattr(task, "hook_params", None) or {}).items() if value is not None}
    connection = getattr(task, "conn_id", None) or getattr(task, "http_conn_id", None)
    found[task.task_id] = [connection, params, sorted(task.upstream_task_ids)]
print(json.dumps({"tasks": found, "start": dag.start_date.isoformat()}))
"""


def _described(version: str, file: Path) -> dict[str, object]:
    python = ensure(Environment(version, wide=True))
    command = [str(python), "-c", _DESCRIBE, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("target", ["3.0.6", "3.3.1"])
def test_the_same_tasks_come_out(target: str, tmp_path: Path) -> None:
    before, after = tmp_path / "before.py", tmp_path / "after.py"
    before.write_text(DAG_FILE)
    facts = facts_of(DAG_FILE)
    done = rewrite(facts, list(names.check(facts, context(target))))
    assert done.refused == ()
    after.write_text(done.utf8.decode())
    assert _described(target, after) == _described("2.10.3", before)
