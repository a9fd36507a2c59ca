"""Stability: definitions that change, work at parse time, blocking triggers, and calls of dag.test()."""

from __future__ import annotations

import pytest

from airshift.findings import Severity
from rules.checking import codes, findings


def found(source: str, path: str = "dags/dag.py") -> list[tuple[str, int, str]]:
    """Findings of stability, apart from the cost of imports (tests/rules/test_parse_time_imports.py)."""
    hits = codes(source, "3.3.1", path)
    return [hit for hit in hits if hit[0].startswith("AS9") and hit[0] != "AS906"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            """\
            import random, uuid
            from datetime import datetime
            from airflow.sdk import DAG
            from airflow.providers.standard.operators.bash import BashOperator
            STAMP = datetime.now().isoformat()
            with DAG(f"load_{uuid.uuid4()}", schedule=None, params={"batch": STAMP}):
                BashOperator(task_id="a", bash_command="load", env={"N": str(random.randint(1, 9))})
            """,
            [
                ("AS901", 5, "datetime.datetime.now"),
                ("AS901", 6, "uuid.uuid4"),
                ("AS901", 7, "random.randint"),
            ],
            id="clock, uuid and random",
        ),
        pytest.param(
            """\
            import os
            from airflow.sdk import DAG
            from airflow.providers.standard.operators.bash import BashOperator
            with DAG("a", schedule=None, tags=list({"x", "y"})):
                for table in set(["a", "b"]):
                    BashOperator(task_id=table, bash_command="true")
                for name in os.listdir("sql"):
                    BashOperator(task_id=name, bash_command="true")
            """,
            [("AS902", 4, "order"), ("AS902", 5, "order"), ("AS902", 7, "order")],
            id="sets and listings",
        ),
        pytest.param(
            """\
            from airflow.hooks.base import BaseHook
            from airflow.models import Variable
            from airflow.providers.standard.operators.bash import BashOperator
            BUCKET = Variable.get("bucket")
            BashOperator(task_id="a", bash_command=Variable.get("command", "true"))
            def host():
                return BaseHook.get_connection("x").host
            HOST = host()
            """,
            [
                ("AS903", 4, "Variable.get"),
                ("AS903", 5, "Variable.get"),
                ("AS903", 7, "BaseHook.get_connection"),
            ],
            id="look-ups at the top level",
        ),
        pytest.param(
            """\
            import boto3
            import requests
            from airflow.providers.postgres.hooks.postgres import PostgresHook
            client = boto3.client("s3")
            client.list_objects_v2(Bucket="b")
            requests.get("https://x")
            rows = PostgresHook("x").get_records("select 1")
            hook = PostgresHook("x")
            hook.run("select 1")
            """,
            [
                ("AS904", 5, "list_objects_v2"),
                ("AS904", 6, "requests.get"),
                ("AS904", 7, "get_records"),
                ("AS904", 9, "run"),
            ],
            id="network and databases at the top level",
        ),
        pytest.param(
            """\
            import time
            import requests
            from airflow.hooks.base import BaseHook
            from airflow.triggers.base import BaseTrigger
            class Wait(BaseTrigger):
                async def run(self):
                    BaseHook.get_connection("x")
                    requests.get("https://x")
                    time.sleep(1)
            """,
            [
                ("AS905", 7, "BaseHook.get_connection"),
                ("AS905", 8, "requests.get"),
                ("AS905", 9, "time.sleep"),
            ],
            id="a blocking trigger",
        ),
        pytest.param(
            """\
            from airflow import DAG
            dag = DAG("a")
            if __name__ == "__main__":
                dag.test(execution_date=today)
            """,
            [("AS921", 4, "DAG.test.execution_date")],
            id="dag.test",
        ),
    ],
)
def test_is_flagged(source: str, expected: list[tuple[str, int, str]]) -> None:
    assert found(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            """\
            import uuid
            from datetime import datetime
            from airflow.sdk import DAG, task
            STARTED = datetime.now()
            with DAG("a", schedule=None, start_date=datetime(2024, 1, 1)):
                @task
                def f():
                    return datetime.now(), uuid.uuid4()
            """,
            id="the clock in a task, and a constant no DAG uses",
        ),
        pytest.param(
            """\
            from datetime import datetime
            from airflow.sdk import DAG
            from airflow.providers.standard.operators.python import PythonOperator
            with DAG("a", schedule=None):
                PythonOperator(task_id="a", python_callable=lambda: datetime.now())
            """,
            id="the clock in a lambda",
        ),
        pytest.param(
            """\
            from pendulum import today
            from airflow.sdk import DAG
            from airflow.providers.standard.operators.python import PythonOperator
            dag = DAG("a", schedule=None, default_args={"start_date": today("UTC")})
            PythonOperator(task_id="a", python_callable=print, dag=dag)
            """,
            id="the clock in the DAG that a task is given to, whose start_date another rule judges",
        ),
        pytest.param(
            """\
            import os
            from airflow.sdk import DAG
            from airflow.providers.standard.operators.bash import BashOperator
            with DAG("a", schedule=None, tags=sorted({"x", "y"})):
                for name in sorted(os.listdir("sql")):
                    BashOperator(task_id=name, bash_command="true")
                for name in ["a", "b"]:
                    BashOperator(task_id=name, bash_command="true")
            for name in {"a", "b"}:
                print(name)
            """,
            id="sorted sets, lists, and sets that make no task",
        ),
        pytest.param(
            """\
            import requests
            from airflow.models import Variable
            from airflow.sdk import task
            @task
            def f():
                Variable.get("x")
                requests.get("https://x")
            if __name__ == "__main__":
                Variable.get("y")
            """,
            id="look-ups in a task and a main block",
        ),
        pytest.param("import requests\nrequests.get('https://x')\n", id="no DAG file"),
        pytest.param(
            """\
            import asyncio, time
            from asgiref.sync import sync_to_async
            from airflow.hooks.base import BaseHook
            from airflow.triggers.base import BaseTrigger
            class Wait(BaseTrigger):
                def serialize(self):
                    time.sleep(0)
                async def run(self):
                    await asyncio.sleep(1)
                    await sync_to_async(BaseHook.get_connection)("x")
                    await asyncio.to_thread(time.sleep, 1)
            class Other:
                async def run(self):
                    time.sleep(1)
            """,
            id="a trigger that awaits",
        ),
        pytest.param(
            """\
            from airflow import DAG
            dag = DAG("a")
            dag.test(logical_date=today)
            model.test(execution_date=today)
            """,
            id="surviving arguments and other tests",
        ),
    ],
)
def test_stays_silent(source: str) -> None:
    assert found(source) == []


@pytest.mark.parametrize(
    ("target", "severity"),
    [
        ("3.0.6", Severity.ERROR),
        ("3.1.8", Severity.WARNING),
        ("3.2.1", Severity.WARNING),
        ("3.3.1", Severity.INFO),
    ],
)
def test_a_look_up_in_a_trigger_matters_less_with_each_release(target: str, severity: Severity) -> None:
    source = """\
    import time
    from airflow.sdk import Variable
    from airflow.triggers.base import BaseTrigger
    class Wait(BaseTrigger):
        async def run(self):
            Variable.get("x")
            time.sleep(1)
    """
    severities = {f.symbol: f.severity for f in findings(source, target) if f.code == "AS905"}
    assert severities == {"Variable.get": severity, "time.sleep": Severity.WARNING}


def test_building_an_object_of_requests_does_not_block_a_trigger() -> None:
    source = """
        import requests
        from airflow.triggers.base import BaseTrigger
        class Mine(BaseTrigger):
            async def run(self):
                requests.Response()
                requests.structures.CaseInsensitiveDict()
                requests.post("https://a")
        """
    assert [line for code, line, _ in codes(source) if code == "AS905"] == [8]
