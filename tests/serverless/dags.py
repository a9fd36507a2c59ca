"""Small DAG files and their verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import indent

from airshift.files import list_files
from airshift.serverless.assessing import assess_listing
from airshift.serverless.model import Assessed
from airshift.serverless.ruleset import RuleSet
from airshift.targets import parse_version

RULES = RuleSet.load()
IMPORTS = """
import os
from datetime import datetime, timedelta
import pendulum
from airflow import DAG
from airflow.models.param import Param
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.s3 import S3CreateBucketOperator, S3DeleteBucketOperator, S3ListOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
"""
LIST = 'S3ListOperator(task_id="list", bucket="data")'


def dag_file(
    body: str = LIST, arguments: str = 'schedule="0 6 * * *", start_date=datetime(2026, 1, 1)'
) -> str:
    """A file with one DAG called `daily`."""
    return f'{IMPORTS}\nwith DAG("daily", {arguments}):\n{indent(body.strip(), "    ")}\n'


def assess_all(
    folder: Path,
    source: str,
    *,
    variables: Mapping[str, str] | None = None,
    version: str = "2.10.3",
    exact: Path | None = None,
) -> list[Assessed]:
    """The verdicts on one file."""
    path = folder / "dags" / "daily.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(source, encoding="utf-8")
    found, problems = assess_listing(
        list_files([folder]), RULES, source=parse_version(version), variables=variables, exact=exact
    )
    assert not problems
    return found


def assess(folder: Path, source: str, **options: object) -> Assessed:
    """The verdict on the only DAG of a file."""
    (found,) = assess_all(folder, source, **options)  # type: ignore[arg-type]
    return found


def decisive(found: Assessed) -> list[str]:
    """What led to the verdict."""
    return [reason.text for reason in found.reasons if reason.leads_to is found.verdict]
