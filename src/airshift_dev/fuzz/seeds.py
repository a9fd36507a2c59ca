"""What inputs are grown from: small, valid, one of each sort."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

from airshift.errors import SourceError
from airshift_dev.fuzz.promises import context, folder


def python_seeds() -> Iterator[bytes]:
    """Every rule's example, before and after."""
    for rule in context().catalogue.rules.values():
        for text in (rule.before, rule.after):
            with suppress(SourceError):
                yield text.encode()


def around_seeds() -> Iterator[bytes]:
    """A short file of each kind."""
    texts = (
        "[core]\nsql_alchemy_conn = x\ndag_concurrency = 16\n[webserver]\nsecret_key = y\n",
        "AIRFLOW__CORE__SQL_ALCHEMY_CONN=x\nexport AIRFLOW__CORE__DAG_CONCURRENCY=1\n",
        "FROM apache/airflow:2.10.3\nENV AIRFLOW__CORE__DAG_CONCURRENCY=1\nRUN airflow db init\n",
        "#!/bin/bash\nairflow db init && airflow webserver -p 80\nexport AIRFLOW__CORE__DAG_CONCURRENCY='1'\n",
        "start:\n\tairflow webserver\n",
        "web: airflow webserver\n",
        "services:\n  web:\n    command: airflow webserver\n    environment:\n      AIRFLOW__CORE__X: 1\n",
        '{"AirflowConfigurationOptions": {"core.dag_concurrency": "1"}, "Environment": {"Name": "x"}}',
        'airflow_configuration_options = {\n  "core.dag_concurrency" = 1\n}\n',
        "apache-airflow[async]==2.10.3 ; python_version < '3.12'\n-c https://x/constraints-3.11.txt\nsnowflake\n",
        "ExecStart=/usr/bin/airflow webserver\nEnvironment=AIRFLOW__CORE__DAG_CONCURRENCY=1\n",
        "*.py\n!dags/a.py\n[a-z]+\\.bak\n",
        "SELECT * FROM t WHERE d = '{{ execution_date }}' {% if next_ds %}{{ next_ds }}{% endif %}",
        "{% include 'x.sql' %}{{ macros.ds_add(ds, 1) }}{{ task_instance.execution_date }}",
    )
    for number, text in enumerate(texts):
        yield bytes([number]) + text.encode()


ENVIRONMENT = {
    "Environment": {
        "Name": "blue", "AirflowVersion": "2.10.3", "EnvironmentClass": "mw1.small", "MaxWorkers": 5,
        "AirflowConfigurationOptions": {"core.dag_concurrency": "1", "secrets.backend": "x"},
        "SourceBucketArn": "arn:aws:s3:::bucket", "DagS3Path": "dags", "Tags": {"a": "b"},
        "LoggingConfiguration": {"TaskLogs": {"Enabled": True, "LogLevel": "INFO"}},
        "NetworkConfiguration": {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
    }
}  # fmt: skip
_TIMING = {"id": "a", "environment": "", "schedule": "@daily", "start_date": "2024-01-01", "catchup": False}
PLAN = json.dumps({
    "schema_version": 1, "target": "3.3.1", "source": "2.10.3", "blocked": [], "retire": [],
    "edges": [{"source": "a", "target": "b", "kind": "trigger", "hard": True}],
    "bridges": [{"name": "x", "source": "a", "target": "c", "kind": "sensor", "wave": 1, "until": 2,
                 "moves_first": "source", "asset": "", "task": "t", "file": "bridges/x.py", "path": "a.py", "line": 1}],
    "waves": [
        {"number": 1, "name": "pilot", "state": "planned", "start": "2026-12-01", "effort_minutes": 10, "skipped": [],
         "cutover": {"start": "2026-12-01T10:00:00+00:00", "end": "2026-12-01T11:00:00+00:00"},
         "load": {"dags": 2, "busiest_concurrent_tasks": 3, "dag_capacity": 50, "task_capacity": 10},
         "dags": [{"dag_id": "a", "reasons": ["pilot"], "timing": _TIMING, "needs": {"pools": ["p"]}, "path": "a.py"},
                  {"dag_id": "b", "reasons": [], "moved": "done"}]},
        {"number": 2, "name": "rest", "state": "planned", "start": "2026-12-08", "cutover": None,
         "dags": [{"dag_id": "c", "reasons": []}]},
    ],
})  # fmt: skip
POLICY = """
target = "3.3.1"
[plan]
cadence = "weekly tue 10:00"
timezone = "Europe/Berlin"
start = "2026-12-01"
freeze = [{ start = "2026-12-20", end = "2027-01-06" }]
criticality = [{ match = "tier1", field = "tag", level = "critical" }]
pin = { a = 1 }
[wave]
[[environments]]
name = "blue"
paths = ["dags"]
"""
EXACT = {
    "dags": [{"dag_id": "a", "path": "a.py", "tasks": [{"task_id": "t", "operator": "x"}], "task_edges": []}]
}
EXPORT = {"schema_version": 1, "pools": [{"name": "p", "slots": 1}], "variables": [], "connections": []}


def zip_seeds() -> Iterator[bytes]:
    """A small archive."""
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("plugins/a.py", "x = 1\n" * 20)
        made.writestr("b.txt", "")
    yield packed.getvalue()


def texts(*found: str) -> Iterator[bytes]:
    """These, as bytes."""
    return (text.encode() for text in found)


def wave_seeds() -> Iterator[bytes]:
    """A journal of a wave that is under way, in small pages."""
    import sqlite3
    from datetime import UTC, datetime

    from airshift.wave.journal import Call, Journal, Outcome
    from airshift.wave.states import Progress, State, Where

    path = folder() / "seed.journal"
    path.unlink(missing_ok=True)
    base = sqlite3.connect(path)
    base.execute("PRAGMA page_size = 512")
    base.execute("VACUUM")
    base.close()
    journal, now = Journal(path, durable=False), datetime(2026, 12, 1, 10, tzinfo=UTC)
    journal.meta("id", "x")
    journal.begin_wave(1, "digest", "blue -> green", {"import_errors": [["a.py", "no"]]})
    number = journal.begin(1, Call("a", Where.BLUE, "pause", "k", "False", "True"), "me", now)
    journal.end(number, Outcome.DONE, now)
    journal.begin(1, Call("a", Where.GREEN, "unpause", "k2", "True", "False"), "me", now)
    journal.keep(
        1, Progress("a", State.GREEN_UNPAUSED, now, now, seeded=("run",), green_done=(now,)), Progress("b")
    )
    journal.close()
    base = sqlite3.connect(path)
    base.execute("PRAGMA journal_mode = DELETE")
    yield base.serialize()
    base.close()
