"""What public DAG files need most on their way to Airflow 3, by the count of files that fail for it."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from airshift.files import list_files
from airshift.fix.estate import FixOptions, fix_listing
from airshift.fix.files import fix_file
from rules.checking import context

SQL = "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
CASES = {
    "schedule_interval": (
        "from airflow import DAG\nDAG('a', schedule_interval='@daily', catchup=False)\n",
        "from airflow import DAG\nDAG('a', schedule='@daily', catchup=False)\n",
    ),
    "Postgres": (
        "from airflow.operators.postgres_operator import PostgresOperator\n"
        "PostgresOperator(task_id='a', sql='q', postgres_conn_id='c', database='d')\n",
        f"{SQL}SQLExecuteQueryOperator(task_id='a', sql='q', conn_id='c', hook_params={{\"database\": 'd'}})\n",
    ),
    "MySql": (
        "from airflow.operators.mysql_operator import MySqlOperator\nMySqlOperator(task_id='a', sql='q')\n",
        f"{SQL}SQLExecuteQueryOperator(task_id='a', sql='q', conn_id=\"mysql_default\")\n",
    ),
    "Snowflake": (
        "from airflow.providers.snowflake.operators.snowflake import SnowflakeOperator\n"
        "SnowflakeOperator(task_id='a', sql='q', snowflake_conn_id='c', warehouse='w', role='r')\n",
        f"{SQL}SQLExecuteQueryOperator(task_id='a', sql='q', conn_id='c', "
        "hook_params={\"warehouse\": 'w', \"role\": 'r'})\n",
    ),
    "MsSql": (
        "from airflow.operators.mssql_operator import MsSqlOperator\n"
        "MsSqlOperator(task_id='a', sql='q', mssql_conn_id='c')\n",
        f"{SQL}SQLExecuteQueryOperator(task_id='a', sql='q', conn_id='c')\n",
    ),
    "Sqlite": (
        "from airflow.operators.sqlite_operator import SqliteOperator\n"
        "SqliteOperator(task_id='a', sql='q', sqlite_conn_id='c')\n",
        f"{SQL}SQLExecuteQueryOperator(task_id='a', sql='q', conn_id='c')\n",
    ),
    "Oracle": (
        "from airflow.operators.oracle_operator import OracleOperator\n"
        "OracleOperator(task_id='a', sql='q', oracle_conn_id='c')\n",
        f"{SQL}SQLExecuteQueryOperator(task_id='a', sql='q', conn_id='c')\n",
    ),
    "Jdbc": (
        "from airflow.operators.jdbc_operator import JdbcOperator\n"
        "JdbcOperator(task_id='a', sql='q', jdbc_conn_id='c')\n",
        f"{SQL}SQLExecuteQueryOperator(task_id='a', sql='q', conn_id='c')\n",
    ),
    "Trino": (
        "from airflow.providers.trino.operators.trino import TrinoOperator\n"
        "TrinoOperator(task_id='a', sql='q', trino_conn_id='c')\n",
        f"{SQL}SQLExecuteQueryOperator(task_id='a', sql='q', conn_id='c')\n",
    ),
    "flat operator module": (
        "from airflow.operators.python_operator import BranchPythonOperator, PythonOperator\n"
        "BranchPythonOperator, PythonOperator\n",
        "from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator\n"
        "BranchPythonOperator, PythonOperator\n",
    ),
    "flat hook module": (
        "from airflow.hooks.S3_hook import S3Hook\nS3Hook()\n",
        "from airflow.providers.amazon.aws.hooks.s3 import S3Hook\nS3Hook()\n",
    ),
    "contrib module": (
        "from airflow.contrib.operators.ssh_operator import SSHOperator\nSSHOperator(task_id='a', command='ls')\n",
        "from airflow.providers.ssh.operators.ssh import SSHOperator\nSSHOperator(task_id='a', command='ls')\n",
    ),
    "contrib sensor": (
        "from airflow.contrib.sensors.file_sensor import FileSensor\nFileSensor(task_id='a', filepath='b')\n",
        "from airflow.providers.standard.sensors.filesystem import FileSensor\nFileSensor(task_id='a', filepath='b')\n",
    ),
    "SimpleHttpOperator": (
        "from airflow.operators.http_operator import SimpleHttpOperator\n"
        "SimpleHttpOperator(task_id='a', http_conn_id='b', endpoint='c')\n",
        "from airflow.providers.http.operators.http import HttpOperator\n"
        "HttpOperator(task_id='a', http_conn_id='b', endpoint='c')\n",
    ),
    "kubernetes_pod as a module": (
        "from airflow.providers.cncf.kubernetes.operators import kubernetes_pod\n"
        "kubernetes_pod.KubernetesPodOperator(task_id='a', name='n')\n",
        "from airflow.providers.cncf.kubernetes.operators import pod\n"
        "pod.KubernetesPodOperator(task_id='a', name='n')\n",
    ),
    "kubernetes_pod under an alias": (
        "import airflow.providers.cncf.kubernetes.operators.kubernetes_pod as k\n"
        "k.KubernetesPodOperator(task_id='a', name='n')\n",
        "import airflow.providers.cncf.kubernetes.operators.pod as k\n"
        "k.KubernetesPodOperator(task_id='a', name='n')\n",
    ),
    "days_ago": (
        "from airflow.utils.dates import days_ago\nSTART = days_ago(1)\n",
        'import pendulum\nSTART = pendulum.today("UTC").add(days=-1)\n',
    ),
    "airflow.utils.dates.days_ago": (
        "import airflow\nSTART = airflow.utils.dates.days_ago(1)\n",
        'import pendulum\nSTART = pendulum.today("UTC").add(days=-1)\n',
    ),
    "parameters of the DAG": (
        "from airflow import DAG\nDAG('a', schedule=None, default_view='graph', orientation='LR', concurrency=2)\n",
        "from airflow import DAG\nDAG('a', schedule=None, max_active_tasks=2)\n",
    ),
    "provide_context": (
        "from airflow.operators.python import PythonOperator\n"
        "PythonOperator(task_id='a', python_callable=f, provide_context=True)\n",
        "from airflow.providers.standard.operators.python import PythonOperator\n"
        "PythonOperator(task_id='a', python_callable=f)\n",
    ),
    "DummyOperator under an alias": (
        "from airflow.operators.dummy_operator import DummyOperator as Start\nStart(task_id='a')\n",
        "from airflow.providers.standard.operators.empty import EmptyOperator as Start\nStart(task_id='a')\n",
    ),
    "Context from taskinstance": (
        "from airflow.models.taskinstance import Context\n\n\ndef f(context: Context): ...\n",
        "from airflow.sdk import Context\n\n\ndef f(context: Context): ...\n",
    ),
    "a keyword onto one that is there": (
        "from airflow import DAG\nDAG('a', schedule='@daily', schedule_interval='@hourly', catchup=False)\n",
        "from airflow import DAG\nDAG('a', schedule='@daily', catchup=False)\n",
    ),
    "keywords through a dictionary": (
        "from airflow import DAG\nargs = {'schedule_interval': '@daily', 'catchup': False}\nDAG('a', **args)\n",
        "from airflow import DAG\nargs = {'schedule': '@daily', 'catchup': False}\nDAG('a', **args)\n",
    ),
    "keywords through dict()": (
        "from airflow import DAG\nargs = dict(schedule_interval='@daily', catchup=False)\nDAG('a', **args)\n",
        "from airflow import DAG\nargs = dict(schedule='@daily', catchup=False)\nDAG('a', **args)\n",
    ),
}
BY_HAND = {
    "airflow.www": "from airflow.www.app import csrf\ncsrf\n",
    "airflow.www.auth": "from airflow.www import auth\nauth\n",
    "experimental API": "from airflow.api.common.experimental.trigger_dag import trigger_dag\ntrigger_dag('a')\n",
    "experimental API pool": "from airflow.api.common.experimental.pool import get_pool\nget_pool('a')\n",
}


@pytest.mark.parametrize("target", ["3.0.6", "3.3.1"])
@pytest.mark.parametrize("what", CASES)
def test_it_is_fixed(what: str, target: str) -> None:
    before, after = CASES[what]
    assert fix_file("dag.py", before.encode(), context(target), unsafe=True).after.decode() == after


@pytest.mark.parametrize("target", ["3.0.6", "3.3.1"])
@pytest.mark.parametrize("what", BY_HAND)
def test_it_is_left_with_an_error_and_advice(what: str, target: str) -> None:
    fix = fix_file("dag.py", BY_HAND[what].encode(), context(target), unsafe=True)
    assert not fix.changed
    assert [finding.severity for finding in fix.left] == ["error"]
    assert re.search("use |; ", fix.left[0].message)


def test_names_that_come_through_the_estates_own_modules(tmp_path: Path) -> None:
    files = {
        "lib/common.py": """\
            from airflow.operators.dummy_operator import DummyOperator
            from airflow.operators.postgres_operator import PostgresOperator
            """,
        "dag.py": """\
            from airflow import DAG
            from lib.common import DummyOperator, PostgresOperator

            with DAG("a", schedule_interval=None):
                DummyOperator(task_id="a", task_concurrency=1)
                PostgresOperator(task_id="b", sql="q", postgres_conn_id="c")
            """,
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(content))
    fixes = fix_listing(list_files([tmp_path]), context("3.3.1"), FixOptions(unsafe=True))
    after = {file.path: fix.after.decode() for file, fix in fixes}
    assert after["lib/common.py"] == (
        "from airflow.providers.standard.operators.empty import EmptyOperator as DummyOperator\n"
        "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator as PostgresOperator\n"
    )
    assert 'DummyOperator(task_id="a", max_active_tis_per_dag=1)' in after["dag.py"]
    assert 'PostgresOperator(task_id="b", sql="q", conn_id="c")' in after["dag.py"]
