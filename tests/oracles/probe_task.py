"""Runs inside a real Airflow install: what a really running task finds in its context.

Reads {"python": {name: expression}, "jinja": {name: template}, "callback": {name: expression}} from the
file named first, runs a DAG with `dag.test()`, and writes the outcome of each question to the file named
second: ["value", text] or ["error", class]. Public members of the runtime objects are written under
"members". Beside the probing task stand tasks that fail or survive by themselves; their states are
written under "states".
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path

warnings.simplefilter("ignore")

import airflow  # noqa: E402

IS_3 = airflow.__version__.startswith("3")
if IS_3:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG, BaseOperator
else:
    from airflow import DAG
    from airflow.models import BaseOperator
    from airflow.operators.bash import BashOperator
    from airflow.operators.python import PythonOperator

QUESTIONS = json.loads(Path(sys.argv[1]).read_text())
ANSWERS = {"python": {}, "jinja": {}, "members": {}, "states": {}, "callback": {}}
LOGICAL_DATE = datetime(2024, 1, 1, tzinfo=UTC)


def outcome(ask, *arguments):
    try:
        return ["value", str(ask(*arguments))]
    except BaseException as error:
        return ["error", type(error).__name__]


class Probe(BaseOperator):
    def execute(self, context):
        ti, dag_run, dag = context["ti"], context["dag_run"], context["dag"]
        things = {"ti": ti, "dag_run": dag_run, "dag": dag, "task": self}
        scope = {"context": context, "self": self, "os": os, **things}
        ti.xcom_push(key="own", value="mine")
        for name, expression in QUESTIONS["python"].items():
            ANSWERS["python"][name] = outcome(eval, expression, dict(scope))
        for name, template in QUESTIONS["jinja"].items():
            ANSWERS["jinja"][name] = outcome(self.render_template, template, context)
        ANSWERS["members"] = {name: members(thing) for name, thing in things.items()}


def members(thing):
    found = set(dir(thing)) | set(dir(type(thing))) | set(getattr(type(thing), "model_fields", {}))
    return sorted(name for name in found if not name.startswith("_"))


def push(ti):
    ti.xcom_push(key="rows", value=3)
    return "returned"


def pull_named(ti):
    assert ti.xcom_pull(task_ids="push", key="rows") == 3


def pull_unnamed(ti):
    assert ti.xcom_pull(key="rows") == 3


def requires_removed(execution_date):
    print(execution_date)


def defaults_removed(execution_date=None):
    assert execution_date is not None


def requires_kept(logical_date, ds, ti):
    print(logical_date, ds, ti)


def failing(**context):
    raise RuntimeError


def callback(context):
    ti = context["ti"]
    for name, expression in QUESTIONS["callback"].items():
        ANSWERS["callback"][name] = outcome(eval, expression, {"context": context, "ti": ti})


with DAG("probe", schedule=None, start_date=LOGICAL_DATE) as dag:
    pusher = PythonOperator(task_id="push", python_callable=push)
    dated = 'cat <<< $AIRFLOW_CTX_{}_DATE; test -n "$AIRFLOW_CTX_{}_DATE"'
    tasks = [
        PythonOperator(task_id="pull_named", python_callable=pull_named),
        PythonOperator(task_id="pull_unnamed", python_callable=pull_unnamed),
        PythonOperator(task_id="requires_removed", python_callable=requires_removed),
        PythonOperator(task_id="defaults_removed", python_callable=defaults_removed),
        PythonOperator(task_id="requires_kept", python_callable=requires_kept),
        PythonOperator(task_id="failing", python_callable=failing, on_failure_callback=callback),
        BashOperator(task_id="removed_template", bash_command="echo {{ tomorrow_ds }}"),
        BashOperator(task_id="kept_template", bash_command="echo {{ ds }} {{ ti.task_id }}"),
        BashOperator(task_id="member_template", bash_command="echo {{ ti.execution_date }}"),
        BashOperator(task_id="old_variable", bash_command=dated.format("EXECUTION", "EXECUTION")),
        BashOperator(task_id="new_variable", bash_command=dated.format("LOGICAL", "LOGICAL")),
        Probe(task_id="probe"),
    ]
    pusher >> tasks


if __name__ == "__main__":
    moment = {"logical_date": LOGICAL_DATE} if IS_3 else {"execution_date": LOGICAL_DATE}
    run = dag.test(**moment)
    ANSWERS["states"] = {
        ti.task_id: str(getattr(ti.state, "value", ti.state)) for ti in run.get_task_instances()
    }
    Path(sys.argv[2]).write_text(json.dumps(ANSWERS))
