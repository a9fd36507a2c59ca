"""Counts, in an Airflow 2, what matters for the move to Airflow 3. It reads only; it tells counts and names.

Written by `airshift env probe generate`. Unpause and trigger it once, then run `airshift env probe read`, then
delete this file. It works on Airflow 2.3 to 2.11, where tasks may read the metadata database.
"""

from __future__ import annotations

import datetime
import json
import pickle
import platform
import re
import time
from collections.abc import Callable
from typing import Any

from airflow import DAG
from airflow import __version__ as airflow_version
from airflow.operators.python import PythonOperator

RESULT = "variable:airshift_probe"
SECONDS = 240
"""How long values are looked at; what was not reached is said."""
MOST_DAGS = 5000
PICKLED = 0x80
EMPTY_CONF = b"\x80\x05}\x94."
ZERO = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
UNFINISHED_RUNS = ("queued", "running")
UNFINISHED_TASKS = (
    "scheduled", "queued", "running", "restarting", "up_for_retry", "up_for_reschedule", "deferred",
)  # fmt: skip


def measure() -> dict[str, Any]:
    """Everything that is counted, each part for itself: what fails is named and does not hinder the rest."""
    parts = {
        "xcom": count_xcoms,
        "dag_run_conf": count_confs,
        "unfinished_runs": count_unfinished_runs,
        "unfinished_tasks": count_unfinished_tasks,
        "tables": count_tables,
        "dags": last_runs,
    }
    found: dict[str, Any] = {
        "probe": 1,
        "airflow": airflow_version,
        "python": platform.python_version(),
        "at": datetime.datetime.now(datetime.UTC).isoformat(),
    }
    failed = {}
    for name, part in parts.items():
        try:
            found[name] = in_session(part)
        except Exception as error:
            failed[name] = type(error).__name__
    found["failed"] = failed
    found["database"] = in_session(lambda session: session.get_bind().dialect.name)
    return found


def in_session(part: Callable[[Any], Any]) -> Any:
    """Run a part in a transaction that the database itself keeps from writing, where it can."""
    from airflow.settings import Session
    from sqlalchemy import text

    session = Session()
    try:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET TRANSACTION READ ONLY"))
        return part(session)
    finally:
        session.rollback()
        session.close()


def count_xcoms(session: Any) -> dict[str, Any]:
    """XCom rows by what the migration to Airflow 3 makes of their value."""
    from sqlalchemy import text

    counts = {
        "rows": 0,
        "null": 0,
        "json": 0,
        "pickled": 0,
        "not_json": 0,
        "empty": 0,
        "nan": 0,
        "not_in_postgres": 0,
    }
    until = time.monotonic() + SECONDS
    counts["complete"] = True
    for (value,) in session.execute(text("SELECT value FROM xcom").execution_options(stream_results=True)):
        if time.monotonic() > until:
            counts["complete"] = False
            break
        counts["rows"] += 1
        counts[kind_of(value)] += 1
    return counts


def kind_of(value: Any) -> str:
    """What the migration makes of one value."""
    if value is None:
        return "null"
    data = bytes(value) if not isinstance(value, str) else value.encode("utf-8", "surrogatepass")
    if not data:
        return "empty"
    if data[0] == PICKLED:
        return "pickled"
    found: list[str] = []
    try:
        text = data.decode("utf-8")
        json.loads(text, parse_constant=found.append)
    except (ValueError, RecursionError):
        return "not_json"
    if found:
        return "nan"
    return "not_in_postgres" if has_bad_escape(text) else "json"


def has_bad_escape(text: str) -> bool:
    """Whether a string in JSON holds what PostgreSQL refuses: a zero character, or half of a surrogate pair."""
    if "\\u" not in text:
        return False
    try:
        whole = json.dumps(json.loads(text), ensure_ascii=False)
        whole.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return bool(ZERO.search(whole))


def count_confs(session: Any) -> dict[str, Any]:
    """Configurations of DAG runs, and those that are no JSON: the migration drops these without a word."""
    from sqlalchemy import text

    counts: dict[str, Any] = {"rows": 0, "not_json": 0, "complete": True}
    until = time.monotonic() + SECONDS
    query = text("SELECT conf FROM dag_run WHERE conf IS NOT NULL").execution_options(stream_results=True)
    for (value,) in session.execute(query):
        if time.monotonic() > until:
            counts["complete"] = False
            break
        if bytes(value) == EMPTY_CONF:
            continue
        counts["rows"] += 1
        try:
            json.dumps(pickle.loads(bytes(value)))
        except Exception:
            counts["not_json"] += 1
    return counts


def count_unfinished_runs(session: Any) -> list[dict[str, Any]]:
    """Runs that are queued or running, by DAG."""
    from airflow.models import DagRun
    from sqlalchemy import func

    rows = (
        session.query(DagRun.dag_id, DagRun.state, func.count())
        .filter(DagRun.state.in_(UNFINISHED_RUNS), DagRun.dag_id != "airshift_probe")
        .group_by(DagRun.dag_id, DagRun.state)
        .order_by(DagRun.dag_id)
        .limit(MOST_DAGS)
    )
    return [{"dag_id": dag_id, "state": str(state), "runs": count} for dag_id, state, count in rows]


def count_unfinished_tasks(session: Any) -> dict[str, int]:
    """Task instances that are not finished, by state."""
    from airflow.models import TaskInstance
    from sqlalchemy import func

    rows = (
        session.query(TaskInstance.state, func.count())
        .filter(TaskInstance.state.in_(UNFINISHED_TASKS), TaskInstance.dag_id != "airshift_probe")
        .group_by(TaskInstance.state)
    )
    return {str(state): count for state, count in rows}


def count_tables(session: Any) -> dict[str, Any]:
    """Rows and bytes of every table; the database's own estimate where counting would take long."""
    from sqlalchemy import inspect

    names = sorted(inspect(session.connection()).get_table_names())
    estimates = estimate_tables(session)
    tables = {}
    for name in names:
        rows, size = estimates.get(name, (-1, None))
        exact = rows < 100_000
        tables[name] = {"rows": count_rows(session, name) if exact else rows, "exact": exact, "bytes": size}
    return tables


def count_rows(session: Any, name: str) -> int:
    from sqlalchemy import func, select, table

    return int(session.execute(select([func.count()]).select_from(table(name))).scalar())


def estimate_tables(session: Any) -> dict[str, Any]:
    """Rows and bytes by table, as PostgreSQL and MySQL keep them."""
    from sqlalchemy import text

    queries = {
        "postgresql": "SELECT relname, reltuples, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r'",
        "mysql": "SELECT table_name, table_rows, data_length + index_length FROM information_schema.tables "
        "WHERE table_schema = database()",
    }
    query = queries.get(session.get_bind().dialect.name)
    rows = session.execute(text(query)) if query else []
    return {name: (int(-1 if count is None else count), size and int(size)) for name, count, size in rows}


def last_runs(session: Any) -> list[dict[str, Any]]:
    """The last run of every DAG, and how many it has had."""
    from airflow.models import DagModel, DagRun
    from sqlalchemy import func

    runs = {
        dag_id: (count, last)
        for dag_id, count, last in session.query(
            DagRun.dag_id, func.count(), func.max(DagRun.start_date)
        ).group_by(DagRun.dag_id)
    }
    dags = (
        session.query(DagModel.dag_id, DagModel.is_paused, DagModel.is_active)
        .order_by(DagModel.dag_id)
        .limit(MOST_DAGS)
    )
    return [
        {
            "dag_id": dag_id,
            "is_paused": bool(is_paused),
            "is_active": bool(is_active),
            "runs": runs.get(dag_id, (0, None))[0],
            "last_run": as_text(runs.get(dag_id, (0, None))[1]),
        }
        for dag_id, is_paused, is_active in dags
        if dag_id != "airshift_probe"
    ]


def as_text(moment: Any) -> Any:
    return moment.isoformat() if moment else None


def report() -> None:
    """Measure, and hand the result over."""
    content = json.dumps(measure())
    kind, _, place = RESULT.partition(":")
    if kind == "variable":
        from airflow.models import Variable

        Variable.set(place, content)
    else:
        import boto3

        bucket, _, key = place.lstrip("/").partition("/")
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=content.encode())


with DAG(
    "airshift_probe",
    schedule_interval=None,
    start_date=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    catchup=False,
    max_active_runs=1,
    tags=["airshift"],
):
    PythonOperator(
        task_id="measure",
        python_callable=report,
        do_xcom_push=False,
        execution_timeout=datetime.timedelta(minutes=30),
    )
