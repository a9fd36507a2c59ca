"""Blue in a made-up AWS account: its bucket, figures and the endpoint behind it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws

from airshift.clients.aws import client
from environments.blues import REGION, description
from environments.fake_airflow import FakeAirflow, fake_airflow
from environments.fake_mwaa import Airflow, FakeMwaa, fake_mwaa

BUCKET = "blue-bucket"
DAG = """
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator
from common.names import SCHEDULE
from own_plugin import hello

with DAG("first", schedule_interval=SCHEDULE, start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="hello", python_callable=hello, provide_context=True)
"""
FILES = {
    "dags/first.py": DAG,
    "dags/second.py": 'from airflow import DAG\nDAG("second", schedule_interval="@daily")\n',
    "dags/common/names.py": 'SCHEDULE = "0 3 * * *"\n',
    "dags/.airflowignore": "common/\n",
    "config/requirements.txt": "apache-airflow-providers-http==4.13.0\n",
    "startup.sh": "#!/bin/sh\nexport AIRFLOW__CORE__DAG_CONCURRENCY=4\n",
}
VERSIONED = {
    "Plugins": "plugins.zip",
    "Requirements": "config/requirements.txt",
    "StartupScript": "startup.sh",
}


@dataclass(frozen=True)
class Account:
    """What the tests may change."""

    s3: Any
    mwaa: FakeMwaa
    airflow: FakeAirflow
    description: dict[str, Any]


def plugins(**files: str) -> bytes:
    """A plugins.zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return packed.getvalue()


@contextmanager
def blue_account(monkeypatch: pytest.MonkeyPatch, major: int = 2, **changes: Any) -> Iterator[Account]:
    """An environment `mwaa:blue` whose every call stays on this machine; `changes` are fields of its description."""
    said = description(AirflowVersion={2: "2.10.3", 3: "3.0.6"}[major], **changes)
    with (
        fake_airflow(major) as airflow,
        fake_mwaa({"blue": Airflow(airflow.url, major, description=said)}) as mwaa,
    ):
        for name, value in mwaa.settings().items():
            monkeypatch.setenv(name, value)
        with mock_aws():  # after the variables are set: it puts back what it found
            s3 = client("s3", REGION)
            _fill(s3)
            for kind, key in VERSIONED.items():
                found = s3.head_object(Bucket=BUCKET, Key=key)["VersionId"]
                said[f"{kind}S3ObjectVersion"] = changes.get(f"{kind}S3ObjectVersion", found)
            yield Account(s3, mwaa, airflow, said)


def _fill(s3: Any) -> None:
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for key, text in FILES.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    s3.put_object(Bucket=BUCKET, Key="plugins.zip", Body=plugins(own_plugin="def hello(**context): ...\n"))
