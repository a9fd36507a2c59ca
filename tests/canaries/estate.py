"""An estate with a secret of its own in every place where estates keep secrets."""

from __future__ import annotations

import json
from pathlib import Path

PREFIX = "kN4ry"
"""What every canary begins with: no output may hold it."""


def canary(place: str) -> str:
    """A secret that says where it was; it looks like a password, and is a valid part of a URL."""
    return f"{PREFIX}{place}7Qz9"


DAG = f"""\
import os
import requests
from airflow import DAG, settings
from airflow.hooks.postgres_hook import PostgresHook
from airflow.models import Connection, TaskInstance, Variable
from airflow.operators.bash_operator import BashOperator
from airflow.operators.python_operator import PythonOperator
from airflow.operators.dummy_operator import DummyOperator
from airflow.providers.http.operators.http import SimpleHttpOperator
from datetime import datetime
from sqlalchemy import create_engine

DB_PASSWORD = "{canary("Name")}"
API_TOKEN = os.environ.get("API_TOKEN", "{canary("Fallback")}")
AWS = dict(aws_access_key_id="AKIA{canary("Akia").upper()[:16]}", aws_secret_access_key="{canary("AwsKey")}")
KEY = '''-----BEGIN PRIVATE KEY-----
{canary("Pem")}
-----END PRIVATE KEY-----'''

def load(**context):
    hook = PostgresHook(postgres_conn_id="x", schema=context["execution_date"], password="{canary("Hook")}")
    engine = create_engine("postgresql://airflow:{canary("Engine")}@metadata/airflow"); session = settings.Session()
    session.add(Connection(conn_id="w", uri="postgresql://etl:{canary("Uri")}@db/x", password="{canary("Conn")}"))
    session.query(TaskInstance).filter_by(password="{canary("Query")}").all()
    Variable.set("api_key", "{canary("VariableSet")}")
    requests.post("http://u:{canary("Rest")}@airflow/api/experimental/dags/x/dag_runs", headers={{"Authorization": "Bearer {canary("Bearer")}"}}, auth=("admin", "{canary("Auth")}"))
    requests.get("http://airflow/api/v1/dags?token={canary("Parameter")}", headers={{"X-Api-Key": "{canary("Header")}"}})
    return context["prev_execution_date"], Variable.get("api_key", default_var="{canary("DefaultVar")}"), "{{{{ conn.x.password }}}}"

with DAG("etl", schedule_interval="@daily", start_date=datetime(2024, 1, 1), concurrency=3, default_args={{"password": "{canary("DefaultArgs")}", "provide_context": True}}) as dag:
    start = DummyOperator(task_id="start", params={{"password": "{canary("Params")}"}}, task_concurrency=1)
    shell = BashOperator(task_id="shell", bash_command="PGPASSWORD={canary("Shell")} psql --password {canary("Flag")} -d {{{{ execution_date }}}} && airflow connections add x --conn-uri postgres://u:{canary("CliUri")}@h --conn-password {canary("CliFlag")} && airflow trigger_dag x", env={{"SECRET_KEY": "{canary("Env")}"}})
    template = BashOperator(task_id="template", bash_command="curl -u admin:{canary("Curl")} -H 'Authorization: Basic {canary("Basic")}' http://airflow/api/experimental/dags/{{{{ ds_nodash }}}}/{{{{ execution_date }}}}")
    python = PythonOperator(task_id="load", python_callable=load, provide_context=True, op_kwargs={{"dsn": "mysql://root:{canary("Dsn")}@h/db", "token": "{canary("OpKwargs")}"}})
    http = SimpleHttpOperator(task_id="http", endpoint="x?api_key={canary("Endpoint")}", headers={{"Authorization": "Token {canary("HttpHeader")}"}})
    start >> shell >> template >> python >> http
"""

BROKEN = f"""\
from airflow import DAG
password = "{canary("Broken")}
uri = "postgresql://u:{canary("BrokenUri")}@h/x" if else
"""

FACTORY = f"""\
from airflow import DAG
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sensors.external_task_sensor import ExternalTaskSensor
from datetime import datetime
TOKEN = "{canary("GlobalToken")}"
for name in ["a", "b"]:
    with DAG(f"made_{{name}}", schedule_interval=None, start_date=datetime(2024, 1, 1), doc_md="see https://u:{canary("Docs")}@wiki", tags=["x"]) as dag:
        ExternalTaskSensor(task_id="wait", external_dag_id="etl", external_task_id="start", execution_date_fn=lambda d: d)
        TriggerDagRunOperator(task_id="go", trigger_dag_id="etl", conf={{"password": "{canary("Conf")}"}}, execution_date="{{{{ execution_date }}}}")
with DAG("made_" + get(token="{canary("Unknown")}"), schedule_interval=None) as dag:
    pass
"""

FILES: dict[str, str] = {
    "dags/etl.py": DAG,
    "dags/broken.py": BROKEN,
    "dags/factory.py": FACTORY,
    "dags/queries/load.sql": f"select '{{{{ execution_date }}}}' -- password='{canary('Sql')}'\n",
    "dags/run.sh": f"export DB_PASSWORD={canary('Export')}\nairflow connections add x --conn-uri mysql://u:{canary('ScriptUri')}@h\n"
    f"curl -H 'Authorization: Bearer {canary('ScriptBearer')}' http://airflow/api/v1/dags\n",
    "airflow.cfg": "[core]\n"
    f"sql_alchemy_conn = postgresql://airflow:{canary('Cfg')}@db/airflow\nfernet_key = {canary('Fernet')}\n"
    "dag_concurrency = 16\n"
    f"[smtp]\nsmtp_password = {canary('Smtp')}\n[webserver]\nsecret_key = {canary('Webserver')}\n"
    f'[secrets]\nbackend_kwargs = {{"token": "{canary("Backend")}"}}\n[celery]\nbroker_url = redis://:{canary("Broker")}@r/0\n',
    ".env": f"AIRFLOW__CORE__SQL_ALCHEMY_CONN=postgresql://a:{canary('EnvConn')}@db/a\nAIRFLOW__CORE__FERNET_KEY={canary('EnvFernet')}\n"
    f"AIRFLOW_CONN_X='postgres://u:{canary('EnvConnection')}@h/x'\nAIRFLOW_VAR_API_KEY={canary('EnvVariable')}\n"
    f"AIRFLOW__WEBSERVER__SECRET_KEY={canary('EnvSecret')}\nAIRFLOW__SMTP__SMTP_PASSWORD={canary('EnvSmtp')}\n",
    "docker-compose.yml": "services:\n  web:\n    image: apache/airflow:2.10.3\n    environment:\n"
    f"      AIRFLOW__CORE__SQL_ALCHEMY_CONN: postgresql://a:{canary('Compose')}@db/a\n"
    f"      AIRFLOW__WEBSERVER__SECRET_KEY: {canary('ComposeSecret')}\n"
    f"  worker:\n    environment:\n      - AIRFLOW__CORE__FERNET_KEY={canary('ComposeFernet')}\n",
    "requirements.txt": f"--index-url https://u:{canary('Index')}@index.invalid/simple\n--extra-index-url https://{canary('Extra')}@more.invalid/simple\n"
    f"apache-airflow==2.10.3\npandas==2.1.4\nprivate @ git+https://x:{canary('Git')}@git.invalid/r.git\nnot a line @@ https://u:{canary('BadLine')}@h\n",
    "startup.sh": f"#!/bin/sh\nexport AIRFLOW__CORE__SQL_ALCHEMY_CONN=postgresql://a:{canary('Startup')}@db/a\nexport API_KEY={canary('StartupKey')}\n"
    f"pip install --index-url https://u:{canary('StartupIndex')}@h/simple x\n",
    "policy.py": f"def task_policy(task):\n    task.password = '{canary('Policy')}'\n    task.execution_date = 'postgres://u:{canary('PolicyUri')}@h'\n",
    "config/airflow_local_settings.py": f"from airflow import policies\nfrom airflow.contrib.hooks.aws_hook import AwsHook\nHOOK = AwsHook(password='{canary('Local')}')\n",
}


def write_estate(folder: Path) -> Path:
    """Write the estate, with a git repository whose remote holds a token."""
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    config = folder / ".git" / "config"
    config.parent.mkdir()
    config.write_text(f'[remote "origin"]\n\turl = https://x:{canary("Remote")}@git.invalid/r.git\n')
    return folder


def environment_json() -> str:
    """What `aws mwaa get-environment` says about blue."""
    options = {
        "core.fernet_key": canary("MwaaFernet"),
        "smtp.smtp_password": canary("MwaaSmtp"),
        "secrets.backend_kwargs": json.dumps({"token": canary("MwaaBackend")}),
        "database.sql_alchemy_conn": f"postgresql://u:{canary('MwaaConn')}@h/x",
        "my.option": canary("MwaaUnknown"),
        "api.base_url": f"https://u:{canary('MwaaUrl')}@h/x",
    }
    return json.dumps(
        {
            "Environment": {
                "Name": "blue",
                "AirflowVersion": "2.10.3",
                "EnvironmentClass": "mw1.small",
                "Arn": "arn:aws:airflow:eu-west-1:123456789012:environment/blue",
                "SourceBucketArn": "arn:aws:s3:::blue",
                "DagS3Path": "dags",
                "RequirementsS3Path": "requirements.txt",
                "ExecutionRoleArn": "arn:aws:iam::123456789012:role/blue",
                "NetworkConfiguration": {
                    "SubnetIds": ["subnet-11111111", "subnet-22222222"],
                    "SecurityGroupIds": ["sg-11111111"],
                },
                "AirflowConfigurationOptions": options,
                "Tags": {"token": canary("MwaaTag"), "url": f"https://u:{canary('MwaaTagUrl')}@h"},
                "LastUpdate": {
                    "Status": "FAILED",
                    "Error": {"ErrorCode": "X", "ErrorMessage": f"password={canary('MwaaError')}"},
                },
            }
        }
    )


def variables() -> dict[str, str]:
    """Secrets that the caller's environment holds."""
    login = {
        f"AIRSHIFT_{side}_{what}": canary(f"{side}{what}")
        for side in ("LIVE", "BLUE", "GREEN")
        for what in ("USER", "PASSWORD")
    }
    return login | {
        "AWS_ACCESS_KEY_ID": canary("AwsId"),
        "AWS_SECRET_ACCESS_KEY": canary("AwsSecret"),
        "AWS_SESSION_TOKEN": canary("AwsSession"),
        "UV_INDEX_URL": f"http://u:{canary('UvIndex')}@127.0.0.1:9/simple",
        "PIP_INDEX_URL": f"http://u:{canary('PipIndex')}@127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": f"http://u:{canary('PipExtra')}@127.0.0.1:9/simple",
        "AIRFLOW__CORE__FERNET_KEY": canary("OwnFernet"),
        "GITHUB_TOKEN": canary("GithubToken"),
    }
