"""Metadata database access: what is flagged, at which moment, and what stays silent."""

from __future__ import annotations

import pytest

from airshift.findings import Finding, Kind, Severity
from rules.checking import codes, findings


def found(source: str, path: str = "dags/dag.py", target: str = "3.3.1") -> list[tuple[str, int, str]]:
    return [hit for hit in codes(source, target, path) if hit[0].startswith("AS4") and hit[0] != "AS414"]


def first(source: str, path: str = "dags/dag.py", target: str = "3.3.1") -> Finding:
    return next(f for f in findings(source, target, path) if f.code.startswith("AS4") and f.code != "AS414")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            """\
            from airflow.utils.session import create_session
            def prune():
                with create_session() as session:
                    session.commit()
            """,
            [("AS401", 3, "airflow.utils.session.create_session")],
            id="create_session in a function",
        ),
        pytest.param(
            """\
            import airflow.settings
            s = airflow.settings.Session()
            """,
            [("AS402", 2, "airflow.settings.Session")],
            id="session at the top level, dotted import",
        ),
        pytest.param(
            """\
            from airflow.utils.db import provide_session as ps
            @ps
            def ids(session=None):
                return session.execute("x")
            """,
            [("AS401", 2, "airflow.utils.db.provide_session")],
            id="provide_session under an alias",
        ),
        pytest.param(
            """\
            from airflow.utils.session import create_session
            def ids():
                return inner()
            def inner():
                with create_session() as s:
                    return s
            for i in ids():
                pass
            """,
            [("AS402", 5, "airflow.utils.session.create_session")],
            id="a function reached from the top level runs at parse time",
        ),
        pytest.param(
            """\
            from airflow.decorators import dag, task
            from airflow.utils.session import create_session
            @dag
            def load():
                with create_session():
                    pass
                @task
                def inner():
                    with create_session():
                        pass
                inner()
            load()
            """,
            [
                ("AS402", 5, "airflow.utils.session.create_session"),
                ("AS401", 9, "airflow.utils.session.create_session"),
            ],
            id="a dag function runs at parse time, its tasks do not",
        ),
        pytest.param(
            """\
            from airflow.models import DagRun, TaskInstance as TI
            from airflow.utils.session import provide_session
            @provide_session
            def f(session=None):
                session.query(DagRun).filter(DagRun.state == "failed").count()
                session.query(TI).filter(TI.dag_id == "x").delete()
            """,
            [
                ("AS401", 3, "airflow.utils.session.provide_session"),
                ("AS403", 5, "DagRun"),
                ("AS403", 6, "TaskInstance"),
            ],
            id="queries on models",
        ),
        pytest.param(
            """\
            from airflow.models.dagrun import DagRun
            from airflow.models import DagModel, Pool
            def f():
                DagRun.find(dag_id="x")
                DagModel.get_dagmodel("x")
                Pool.get_pools()
            """,
            [("AS403", 4, "DagRun"), ("AS403", 5, "DagModel"), ("AS403", 6, "Pool")],
            id="class methods",
        ),
        pytest.param(
            """\
            from sqlalchemy import delete, func, select
            from airflow.models import DagRun, XCom
            def f(session):
                session.execute(delete(XCom).where(XCom.dag_id == "x"))
                stmt = select(func.count()).select_from(DagRun)
                return session.scalar(stmt)
            """,
            [("AS403", 4, "XCom"), ("AS403", 6, "DagRun")],
            id="statements of SQLAlchemy, one report each",
        ),
        pytest.param(
            """\
            from airflow.api.common.trigger_dag import trigger_dag
            def f():
                trigger_dag("x")
            """,
            [("AS403", 3, "airflow.api.common.trigger_dag.trigger_dag")],
            id="functions of Airflow that open a session",
        ),
        pytest.param(
            """\
            from airflow import settings
            def f():
                settings.engine.execute("SELECT 1")
                settings.Session.query
            """,
            [
                ("AS404", 3, "airflow.settings.engine.execute"),
                ("AS404", 4, "airflow.settings.Session.query"),
            ],
            id="engine and the session class's attributes",
        ),
        pytest.param(
            """\
            import os
            from airflow.configuration import conf
            def f():
                conf.get("database", "sql_alchemy_conn")
                os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
                os.getenv("AIRFLOW__CORE__SQL_ALCHEMY_CONN")
            """,
            [
                ("AS405", 4, "database.sql_alchemy_conn"),
                ("AS405", 5, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"),
                ("AS405", 6, "AIRFLOW__CORE__SQL_ALCHEMY_CONN"),
            ],
            id="the database's URL",
        ),
        pytest.param(
            """\
            from airflow.providers.postgres.hooks.postgres import PostgresHook
            def f():
                hook = PostgresHook(postgres_conn_id="airflow_db")
                hook.run("DELETE FROM log WHERE dttm < now()")
            """,
            [("AS406", 3, "airflow_db"), ("AS407", 4, "log")],
            id="the connection airflow_db makes a common table name Airflow's",
        ),
        pytest.param(
            """\
            from airflow.hooks.base import BaseHook
            def f():
                connection = BaseHook.get_connection("x")
                connection.get_password()
                connection.log_info()
                BaseHook.get_connections("x")
            """,
            [
                ("AS412", 4, "Connection.get_password"),
                ("AS412", 5, "Connection.log_info"),
                ("AS410", 6, "BaseHook.get_connections"),
            ],
            id="methods of connections",
        ),
        pytest.param(
            """\
            from airflow.hooks.base import BaseHook
            class LakeHook(BaseHook):
                def all(self):
                    return self.get_connections("lake")
            """,
            [("AS410", 4, "BaseHook.get_connections")],
            id="get_connections of the estate's own hook",
        ),
        pytest.param(
            """\
            from airflow.models import XCom
            from airflow.sdk import Variable
            def f():
                XCom.clear(dag_id="x")
                XCom.get_many
                XCom.get_one
                Variable.update("a", "b")
                Variable.get("a")
            """,
            [
                ("AS408", 4, "XCom.clear"),
                ("AS408", 5, "XCom.get_many"),
                ("AS409", 7, "Variable.update"),
            ],
            id="what XCom and Variable lack",
        ),
    ],
)
def test_is_flagged(source: str, expected: list[tuple[str, int, str]]) -> None:
    assert sorted(found(source)) == sorted(expected)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            """\
            from sqlalchemy import create_engine
            from sqlalchemy.orm import Session
            from airflow.decorators import task
            @task
            def load():
                with Session(create_engine("postgresql://warehouse")) as session:
                    session.query(Customer).delete()
            """,
            id="the user's own engine",
        ),
        pytest.param(
            """\
            from airflow.models import Variable
            def load(session):
                session.execute("SELECT 1", {"since": Variable.get("since")})
                session.add(Customer(name=Variable.get("name")))
            """,
            id="Variable.get among the arguments of another session",
        ),
        pytest.param(
            """\
            import requests
            from airflow.models import Variable
            def load():
                requests.Session().get("https://x", params={"q": Variable.get("q")})
            """,
            id="a session of requests",
        ),
        pytest.param(
            """\
            from airflow.utils.session import create_session
            """,
            id="an import alone still works",
        ),
        pytest.param(
            """\
            def create_session():
                return 1
            with create_session() as session:
                pass
            """,
            id="the user's own create_session",
        ),
        pytest.param(
            """\
            from airflow.providers.postgres.hooks.postgres import PostgresHook
            def f():
                PostgresHook("warehouse").run("SELECT * FROM variable WHERE name = 'x'")
                PostgresHook("warehouse").run("SELECT * FROM mart.dag_run")
                PostgresHook("warehouse").run("SELECT job FROM people JOIN connection c ON c.id = people.c")
            """,
            id="other tables of the same name",
        ),
        pytest.param(
            '''\
            """Rows are deleted: DELETE FROM xcom WHERE ..."""
            from airflow.decorators import task
            @task
            def f():
                """SELECT * FROM dag_run"""
                log.info("delete from xcom done")
                print("SELECT state FROM task_instance")
            ''',
            id="prose and log lines",
        ),
        pytest.param(
            """\
            from airflow.hooks.base import BaseHook
            from airflow.models import Connection
            def f(user, vault):
                BaseHook.get_connection("x").password
                user.get_password()
                vault.get_connections()
                Connection(conn_id="x").get_uri()
            """,
            id="methods of the same name",
        ),
        pytest.param(
            """\
            from airflow.models import TaskInstance, DagRun
            def describe(ti: TaskInstance, run: DagRun) -> str:
                return isinstance(ti, TaskInstance) and TaskInstance.__name__
            """,
            id="models as annotations",
        ),
        pytest.param(
            """\
            from airflow.models import Variable
            def f():
                Variable.setdefault("a", 1)
                Variable.set("a", 1)
                Variable.delete("a")
            """,
            id="Variable of airflow.models",
        ),
        pytest.param(
            """\
            import os
            os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = "sqlite://"
            """,
            id="setting the URL",
        ),
        pytest.param(
            """\
            try:
                from airflow.settings import engine
            except ImportError:
                engine = None
            """,
            id="a guarded import",
        ),
    ],
)
def test_stays_silent(source: str) -> None:
    assert found(source) == []


SESSION = """\
from airflow.utils.session import create_session

def f():
    with create_session():
        pass
"""


@pytest.mark.parametrize(
    ("path", "kind", "severity"),
    [
        ("dags/load.py", Kind.RUNTIME, Severity.ERROR),
        ("plugins/views.py", Kind.RUNTIME, Severity.WARNING),
        ("tests/test_load.py", Kind.RUNTIME, Severity.INFO),
        ("dags/tests/conftest.py", Kind.RUNTIME, Severity.INFO),
        ("scripts/prune.py", Kind.RUNTIME, Severity.INFO),
    ],
)
def test_the_same_call_matters_differently_by_file(path: str, kind: Kind, severity: Severity) -> None:
    finding = first(SESSION, path)
    assert (finding.code, finding.kind, finding.severity) == ("AS401", kind, severity)


def test_an_operator_in_a_plugin_runs_in_tasks() -> None:
    source = """\
    from airflow.models import BaseOperator
    from airflow.utils.session import create_session
    class Prune(BaseOperator):
        def execute(self, context):
            with create_session():
                pass
    """
    assert first(source, "plugins/prune.py").severity is Severity.ERROR


def test_a_main_block_is_no_parse_time() -> None:
    source = """\
    from airflow.utils.session import create_session
    if __name__ == "__main__":
        with create_session():
            pass
    """
    finding = first(source)
    assert (finding.code, finding.severity) == ("AS401", Severity.INFO)


def test_access_at_the_top_level_is_a_parse_error_that_tests_do_not_see() -> None:
    finding = first("from airflow.models import DagRun\nRUNS = DagRun.find(dag_id='x')\n")
    assert (finding.code, finding.kind, finding.severity) == ("AS402", Kind.PARSE, Severity.ERROR)
    assert "DagBag" in finding.message


def test_importing_the_engine_is_a_parse_error() -> None:
    finding = first("from airflow.settings import engine\n")
    assert (finding.code, finding.kind) == ("AS404", Kind.PARSE)


@pytest.mark.parametrize(
    ("statement", "advice"),
    [
        ("session.query(DagRun).count()", "get_dr_count"),
        ("session.query(DagRun).all()", "get_dagrun_state"),
        ("session.query(TaskInstance).delete()", "airflow db clean --tables task_instance"),
        ("session.query(Variable).all()", "Variable.get"),
        ("session.add(Connection(conn_id='x'))", "POST /api/v2/connections"),
        ("session.query(DagModel).update({'is_paused': True})", "PATCH /api/v2/dags/{dag_id}"),
        ("session.query(Log).all()", "GET /api/v2/eventLogs"),
        ("session.query(Pool).all()", "GET /api/v2/pools"),
    ],
)
def test_advice_follows_the_model_and_the_operation(statement: str, advice: str) -> None:
    source = f"""\
from airflow.models import Connection, DagModel, DagRun, Log, Pool, TaskInstance, Variable

def f(session):
    {statement}
"""
    assert advice in first(source).message


@pytest.mark.parametrize(
    ("sql", "severity"),
    [
        ("SELECT run_id FROM dag_run", Severity.WARNING),
        ("SELECT execution_date FROM dag_run", Severity.ERROR),
        ("SELECT * FROM task_fail", Severity.ERROR),
        ("SELECT * FROM public.dag_run WHERE external_trigger", Severity.ERROR),
        ("SELECT is_active FROM dag WHERE dag_id = 'x'", Severity.ERROR),
    ],
)
def test_sql_on_what_is_gone_is_an_error(sql: str, severity: Severity) -> None:
    assert first(f'import airflow\nSQL = "{sql}"\n').severity is severity


@pytest.mark.parametrize(
    ("target", "keyword", "is_gone"),
    [
        ("3.0.6", "read_dags_from_db", False),
        ("3.1.8", "read_dags_from_db", True),
        ("3.2.1", "include_examples", False),
        ("3.3.1", "include_examples", True),
    ],
)
def test_dagbag_arguments_go_with_the_release(target: str, keyword: str, is_gone: bool) -> None:
    source = f"from airflow.models import DagBag\nDagBag('dags', {keyword}=False)\n"
    expected = [("AS411", 2, f"DagBag.{keyword}")] if is_gone else []
    assert found(source, "tests/test_dags.py", target) == expected


@pytest.mark.parametrize(("target", "is_flagged"), [("3.0.6", False), ("3.1.8", True), ("3.3.1", True)])
def test_a_task_instance_needs_a_dag_version_from_3_1(target: str, is_flagged: bool) -> None:
    source = "from airflow.models import TaskInstance\nTaskInstance(task, run_id='r')\n"
    assert bool(found(source, "tests/test_task.py", target)) is is_flagged


def test_a_dag_bag_asks_the_database_for_a_dag() -> None:
    source = """
        from airflow.models import DagBag
        from airflow.sdk import task
        @task
        def load():
            bag = DagBag()
            bag.get_dag("a")
            DagBag(dag_folder="x").get_dag("b")
            bag.dags, bag.import_errors, bag.size()
        """
    assert codes(source, path="dags/load.py") == [
        ("AS403", 7, "DagBag.get_dag"),
        ("AS403", 8, "DagBag.get_dag"),
    ]
    assert codes(source, path="tests/test_load.py") == []
