"""Attributes of runtime objects, and what else changed around them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from airshift.fix.apply import rewrite
from airshift.judge import find_hits
from rules.checking import codes, context, facts_of, findings

OURS = ("AS308", "AS309", "AS311", "AS501", "AS502", "AS503", "AS504")
PREAMBLE = """\
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseOperator, task
"""
LINES = PREAMBLE.count("\n")


def ours(source: str, target: str = "3.3.1") -> list[tuple[str, int, str]]:
    """Findings of the runtime family, lines counted after the preamble."""
    found = codes(PREAMBLE + dedent(source), target)
    return [(code, line - LINES, symbol) for code, line, symbol in found if code in OURS]


FOUND = {
    "from the context": (
        """
        @task
        def load(**context):
            context["ti"].execution_date
            context["task_instance"].job_id
            context.get("dag_run").id
        """,
        [("AS501", 4, "ti.execution_date"), ("AS501", 5, "ti.job_id"), ("AS502", 6, "dag_run.id")],
    ),
    "from parameters": (
        """
        def load(ti, dag_run, dag, task):
            ti.duration, dag_run.external_trigger
            dag.following_schedule(1)
            task.get_task_instances()
        PythonOperator(task_id="a", python_callable=load)
        """,
        [
            ("AS501", 3, "ti.duration"),
            ("AS502", 3, "dag_run.external_trigger"),
            ("AS503", 4, "dag.following_schedule"),
            ("AS504", 5, "task.get_task_instances"),
        ],
    ),
    "the other side of a test for database rows": (
        """
        from airflow.listeners import hookimpl
        from airflow.models.taskinstance import TaskInstance
        class Own: ...
        @hookimpl
        def on_task_instance_failed(previous_state, task_instance):
            if isinstance(task_instance, TaskInstance):
                pass
            else:
                task_instance.operator
            if isinstance(task_instance, Own):
                task_instance.operator
            if not isinstance(previous_state, TaskInstance):
                return
            task_instance.operator
        """,
        [
            ("AS501", 10, "ti.operator"),
            ("AS501", 12, "ti.operator"),
            ("AS501", 15, "ti.operator"),
        ],
    ),
    "through variables": (
        """
        @task
        def load(**context):
            ti, run = context["ti"], context["dag_run"]
            other = ti
            other.pool, run.queued_at
        """,
        [("AS501", 6, "ti.pool"), ("AS502", 6, "dag_run.queued_at")],
    ),
    "through chains and calls": (
        """
        @task
        def load(ti):
            ti.task.dag.concurrency
            ti.get_dagrun().id
        load()
        """,
        [("AS503", 4, "dag.concurrency"), ("AS501", 5, "ti.get_dagrun"), ("AS502", 5, "dag_run.id")],
    ),
    "passed on": (
        """
        def describe(instance): return instance.operator
        @task
        def load(**context):
            describe(context["ti"])
        """,
        [("AS501", 2, "ti.operator")],
    ),
    "callback": (
        """
        def tell(context): context["ti"].mark_success_url, context["ti"].get_dagrun
        DAG("x", default_args={"on_failure_callback": tell})
        """,
        [("AS501", 2, "ti.get_dagrun")],
    ),
    "DAG at the top level": (
        """
        with DAG("x") as dag:
            pass
        dag.subdags
        """,
        [("AS503", 4, "dag.subdags")],
    ),
    "operator": (
        """
        class Load(BaseOperator):
            def execute(self, context):
                self.xcom_push(context, "k", 1)
                self.dag.get_last_dagrun()
                self.run()
        """,
        [
            ("AS504", 4, "BaseOperator.xcom_push"),
            ("AS503", 5, "dag.get_last_dagrun"),
            ("AS504", 6, "BaseOperator.run"),
        ],
    ),
    "listener": (
        """
        from airflow.listeners import hookimpl
        @hookimpl
        def on_task_instance_success(previous_state, task_instance):
            task_instance.operator
        """,
        [("AS501", 5, "ti.operator")],
    ),
    "text of the run type": (
        """
        @task
        def load(dag_run):
            print(f"{dag_run.run_type}", str(dag_run.run_type))
            return dag_run.run_type == "dataset_triggered"
        load()
        """,
        [
            ("AS308", 4, "dag_run.run_type"),
            ("AS308", 4, "dag_run.run_type"),
            ("AS308", 5, "dag_run.run_type"),
        ],
    ),
    "exported variable": (
        """
        import os
        os.environ["AIRFLOW_CTX_EXECUTION_DATE"]
        """,
        [("AS309", 3, "AIRFLOW_CTX_EXECUTION_DATE")],
    ),
    "success callback of a task that skips": (
        """
        from airflow.exceptions import AirflowSkipException
        def load():
            raise AirflowSkipException
        PythonOperator(task_id="a", python_callable=load, on_success_callback=print)
        """,
        [("AS311", 5, "on_success_callback")],
    ),
}

SILENT = {
    "objects of other kinds": """
        def load(ti, dag_run, dag):
            return ti.execution_date, dag_run.id, dag.concurrency
        """,
    "kept members": """
        @task
        def load(ti, dag_run, dag):
            ti.task_id, ti.xcom_pull, ti.log_url, dag_run.conf, dag_run.logical_date, dag.dag_id, dag.timetable
        load()
        """,
    "own method of an operator": """
        class Load(BaseOperator):
            def run(self): ...
            def execute(self, context):
                self.run()
                self.deps = []
                self.deps
        """,
    "method of an operator in between": """
        from airflow.providers.standard.operators.bash import BashOperator
        class Load(BashOperator):
            def execute(self, context):
                self.run()
        """,
    "not an operator": """
        class Load:
            def execute(self, context):
                self.xcom_push(context, "k", 1)
        """,
    "asked before": """
        @task
        def load(ti):
            if hasattr(ti, "job_id"):
                print(ti.job_id)
            if getattr(ti, "unixname", None):
                print(ti.unixname)
            try:
                ti.pid
            except AttributeError:
                pass
        load()
        """,
    "attribute that is set": """
        @task
        def load(ti):
            ti.note = "x"
        load()
        """,
    "run type compared": """
        @task
        def load(dag_run):
            return dag_run.run_type == "manual", dag_run.run_type.value
        load()
        """,
    "a database row in a listener": """
        from airflow.listeners import hookimpl
        from airflow.models.taskinstance import TaskInstance
        @hookimpl
        def on_task_instance_failed(previous_state, task_instance):
            if isinstance(task_instance, TaskInstance):
                print(task_instance.operator)
            if isinstance(task_instance, TaskInstance) and task_instance.pool:
                print(task_instance.operator if isinstance(task_instance, TaskInstance) else None)
        """,
    "whatever is no database row left": """
        from airflow.listeners import hookimpl
        from airflow.models.taskinstance import TaskInstance
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
        @hookimpl
        def on_task_instance_failed(previous_state, task_instance):
            if not isinstance(task_instance, TaskInstance):
                return
            print(task_instance.operator)
        @hookimpl
        def on_task_instance_success(previous_state, task_instance):
            if isinstance(task_instance, RuntimeTaskInstance):
                print(task_instance.task.task_type)
            else:
                print(task_instance.operator)
        """,
    "variable in a docstring": '''
        def load():
            """Reads AIRFLOW_CTX_EXECUTION_DATE."""
        ''',
    "success callback of a task that does not skip": """
        def load(): ...
        PythonOperator(task_id="a", python_callable=load, on_success_callback=print)
        from airflow.exceptions import AirflowSkipException
        """,
    "both callbacks": """
        from airflow.exceptions import AirflowSkipException
        def load():
            raise AirflowSkipException
        PythonOperator(
            task_id="a", python_callable=load, on_success_callback=print, on_skipped_callback=print
        )
        """,
}


@pytest.mark.parametrize(("source", "expected"), FOUND.values(), ids=FOUND.keys())
def test_finds(source: str, expected: list[tuple[str, int, str]]) -> None:
    """Code, line and member."""
    assert ours(source) == expected


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT.keys())
def test_stays_silent(source: str) -> None:
    """What is not a runtime object, or still there."""
    assert ours(source) == []


QUEUE = "@task\ndef load(ti): return ti.queue, ti.get_previous_ti, ti.mark_success_url\nload()\n"


@pytest.mark.parametrize(
    ("target", "gone"),
    [
        ("3.0.6", {"ti.queue", "ti.get_previous_ti", "ti.mark_success_url"}),
        ("3.1.8", {"ti.queue", "ti.get_previous_ti"}),
        ("3.2.1", {"ti.queue"}),
        ("3.3.1", set()),
    ],
)
def test_members_that_came_back(target: str, gone: set[str]) -> None:
    """The exact target decides."""
    assert {symbol for _, _, symbol in ours(QUEUE, target)} == gone


def test_operator_methods_live_on_in_3_0_models() -> None:
    """From 3.1 on they are gone whatever the base class."""
    source = "from airflow.models import BaseOperator\nclass Load(BaseOperator):\n"
    source += "    def execute(self, context):\n        self.xcom_pull(context, task_ids='a')\n"
    severities = {
        target: [finding.severity.value for finding in findings(source, target) if finding.code == "AS504"]
        for target in ("3.0.6", "3.1.8")
    }
    assert severities == {"3.0.6": ["warning"], "3.1.8": ["error"]}


def test_a_top_level_use_of_the_dag_breaks_the_parse() -> None:
    """In a function it breaks the task."""
    source = PREAMBLE + "dag = DAG('x')\ndag.subdags\n@task\ndef f(dag): dag.subdags\nf()\n"
    assert [finding.kind.value for finding in findings(source) if finding.code == "AS503"] == [
        "parse",
        "runtime",
    ]


FIXED = {
    "ti.execution_date": 'ti.get_template_context()["logical_date"]',
    'context["ti"].execution_date': 'context["logical_date"]',
    "ti.get_dagrun()": 'ti.get_template_context()["dag_run"]',
    "ti.operator.lower()": "ti.task.task_type.lower()",
    "dag_run.execution_date": "dag_run.logical_date",
    "dag_run.external_trigger": '(dag_run.run_type == "manual")',
    "not dag_run.is_backfill": 'not (dag_run.run_type == "backfill")',
    "dag_run.get_state()": "dag_run.state",
    "dag.concurrency": "dag.max_active_tasks",
    "dag.full_filepath": "dag.fileloc",
    "dag.task_count": "len(dag.tasks)",
    "ti.job_id": "ti.job_id",
    "dag_run.get_task_instances()": "dag_run.get_task_instances()",
    "ti.get_dagrun": "ti.get_dagrun",
    "str(dag_run.run_type)": "str(dag_run.run_type.value)",
    'os.environ["AIRFLOW_CTX_EXECUTION_DATE"]': 'os.environ["AIRFLOW_CTX_LOGICAL_DATE"]',
}


def fixed(source: str) -> str:
    """The source with every rewrite of this family applied."""
    facts = facts_of(source)
    hits = [hit for hit in find_hits(facts, context()) if hit.code in OURS]
    return rewrite(facts, hits).utf8.decode()


@pytest.mark.parametrize(("before", "after"), FIXED.items())
def test_rewrites(before: str, after: str) -> None:
    """One expression; those without an equivalent stay as they are."""
    head = f"import os\n{PREAMBLE}def load(ti, dag_run, dag, **context):\n    return "
    tail = "\nPythonOperator(task_id='a', python_callable=load)\n"
    assert fixed(f"{head}{before}{tail}") == f"{head}{after}{tail}"


METHODS = {
    'self.xcom_push(context, key="k", value=1)': 'context["ti"].xcom_push(key="k", value=1)',
    'self.xcom_push(context, "k", 1)  # done': 'context["ti"].xcom_push("k", 1)  # done',
    'self.xcom_pull(context, task_ids="a")': 'context["ti"].xcom_pull(task_ids="a")',
    'self.xcom_push(context, "k", 1, execution_date=d)': 'self.xcom_push(context, "k", 1, execution_date=d)',
    'self.xcom_push(context=context, key="k", value=1)': 'self.xcom_push(context=context, key="k", value=1)',
}


@pytest.mark.parametrize(("before", "after"), METHODS.items())
def test_rewrites_of_operator_methods(before: str, after: str) -> None:
    """The task instance has the same methods, without the context."""
    head = f"{PREAMBLE}class Load(BaseOperator):\n    def execute(self, context):\n        "
    assert fixed(f"{head}{before}\n") == f"{head}{after}\n"


BAG = """
import pytest
from airflow.models import DagBag
@pytest.fixture(scope="session")
def dagbag():
    return DagBag(dag_folder="dags")
def test_all(dagbag):
    for dag_id, dag in dagbag.dags.items():
        assert dag.schedule_interval
    assert [dag.default_view for dag in dagbag.dags.values()]
    assert dagbag.get_dag("a").following_schedule(1)
    dagbag.dags["a"].get_dagrun()
    dag.schedule_interval, dag.tags
"""


def test_dags_out_of_a_bag_are_those_of_the_task_sdk() -> None:
    expected = [
        ("AS503", 9, "dag.schedule_interval"),
        ("AS503", 10, "dag.default_view"),
        ("AS503", 11, "dag.following_schedule"),
        ("AS503", 12, "dag.get_dagrun"),
        ("AS503", 13, "dag.schedule_interval"),
    ]
    assert codes(BAG, path="tests/test_dags.py") == expected
    kept = ("AS503", 12, "dag.get_dagrun")
    assert codes(BAG, "3.0.6", path="tests/test_dags.py") == [hit for hit in expected if hit != kept]


def test_other_bags_are_none_of_ours() -> None:
    assert codes(BAG.replace("from airflow.models", "from acme.models"), path="tests/test_dags.py") == []
    other = BAG.replace("return DagBag(", "return Mine(")
    assert codes(other, path="tests/test_dags.py") == []
