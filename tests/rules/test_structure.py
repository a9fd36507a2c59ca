"""Structure, plugins, listeners, backends and policies."""

from __future__ import annotations

from textwrap import dedent

import pytest

from airshift.findings import Applicability
from airshift.fix.apply import rewrite
from airshift.judge import find_hits
from rules.checking import codes, context, facts_of, findings


def found(
    source: str, path: str = "plugins/mine.py", target: str = "3.3.1", others: dict[str, str] | None = None
) -> list[tuple[str, int, str]]:
    return [hit for hit in codes(source, target, path, others) if hit[0].startswith("AS7")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            """\
            from airflow.operators.subdag import SubDagOperator
            SubDagOperator(task_id="a", subdag=b)
            """,
            [("AS701", 2, "SubDagOperator")],
            id="SubDagOperator",
        ),
        pytest.param(
            """\
            from airflow.operators import subdag
            class Ours(subdag.SubDagOperator):
                pass
            """,
            [("AS701", 2, "SubDagOperator")],
            id="a subclass of SubDagOperator",
        ),
        pytest.param(
            """\
            from airflow.configuration import conf
            from airflow.providers.standard.operators.bash import BashOperator
            LOCAL = conf.get("core", "executor") in ("SequentialExecutor", "LocalExecutor")
            BashOperator(task_id="a", bash_command="true", executor="CeleryKubernetesExecutor")
            """,
            [("AS702", 3, "SequentialExecutor"), ("AS702", 4, "CeleryKubernetesExecutor")],
            id="removed executors",
        ),
        pytest.param(
            """\
            from airflow.plugins_manager import AirflowPlugin
            class Ours(AirflowPlugin):
                name = "ours"
                operators = [One]
                ti_deps = [Two()]
                appbuilder_views = VIEWS
                flask_blueprints: list = [page]
            """,
            [
                ("AS703", 4, "AirflowPlugin.operators"),
                ("AS703", 5, "AirflowPlugin.ti_deps"),
                ("AS704", 6, "AirflowPlugin.appbuilder_views"),
                ("AS704", 7, "AirflowPlugin.flask_blueprints"),
            ],
            id="plugin attributes",
        ),
        pytest.param(
            """\
            from airflow.listeners import hookimpl
            class Listener:
                @hookimpl
                def on_task_instance_failed(self, previous_state, task_instance, error, session):
                    pass
                @hookimpl(trylast=True)
                def on_dataset_created(self, dataset):
                    pass
            """,
            [("AS705", 4, "on_task_instance_failed"), ("AS706", 7, "on_dataset_created")],
            id="listeners",
        ),
        pytest.param(
            """\
            from airflow.secrets.base_secrets import BaseSecretsBackend
            class Vault(BaseSecretsBackend):
                def get_conn_uri(self, conn_id):
                    return None
            """,
            [("AS707", 3, "get_conn_uri")],
            id="a secrets backend",
        ),
        pytest.param(
            """\
            import json
            from airflow.models.xcom import BaseXCom
            class Lake(BaseXCom):
                @staticmethod
                def serialize_value(value):
                    text = BaseXCom.serialize_value(value)
                    text.decode()
                    return json.dumps(value).encode("utf-8")
                def orm_deserialize_value(self):
                    return None
            """,
            [
                ("AS710", 5, "BaseXCom.serialize_value"),
                ("AS710", 7, "BaseXCom.serialize_value"),
                ("AS710", 8, "BaseXCom.serialize_value"),
                ("AS710", 9, "BaseXCom.orm_deserialize_value"),
            ],
            id="an XCom backend",
        ),
        pytest.param(
            """\
            from airflow.executors.base_executor import BaseExecutor
            class Ours(BaseExecutor):
                def execute_async(self, key, command, queue=None, executor_config=None):
                    pass
            """,
            [("AS711", 3, "BaseExecutor.execute_async")],
            id="an executor",
        ),
        pytest.param(
            """\
            from airflow.utils.log.file_task_handler import FileTaskHandler
            class Ours(FileTaskHandler):
                def __init__(self, folder, template):
                    super().__init__(folder, filename_template=template)
            """,
            [("AS712", 4, "filename_template")],
            id="a log handler",
        ),
        pytest.param(
            """\
            from airflow.models.baseoperator import BaseOperatorLink
            class Link(BaseOperatorLink):
                name = "x"
                def get_link(self, operator, dttm):
                    return ""
            """,
            [("AS714", 4, "BaseOperatorLink.get_link")],
            id="an operator link",
        ),
        pytest.param(
            """\
            from airflow.models import BaseOperator
            class Ours(BaseOperator):
                supports_lineage = True
                def execute(self, context):
                    return self.priority_weight_total
            """,
            [
                ("AS715", 3, "BaseOperator.supports_lineage"),
                ("AS715", 5, "BaseOperator.priority_weight_total"),
            ],
            id="operator attributes",
        ),
    ],
)
def test_is_flagged(source: str, expected: list[tuple[str, int, str]]) -> None:
    assert found(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            "class SubDagOperator:\n    pass\nSubDagOperator()\n", id="the user's own SubDagOperator"
        ),
        pytest.param(
            """\
            from airflow.providers.standard.operators.bash import BashOperator
            BashOperator(task_id="a", bash_command="SequentialExecutor", executor="LocalExecutor")
            NAMES = ["DebugExecutor"]
            """,
            id="surviving executors and other strings",
        ),
        pytest.param(
            """\
            from airflow.plugins_manager import AirflowPlugin
            class Ours(AirflowPlugin):
                name = "ours"
                operators = []
                macros = [f]
                timetables = [T]
                listeners = [l]
                operator_extra_links = [Link()]
                fastapi_apps = [app]
            class Other:
                operators = [1]
            """,
            id="what plugins still register",
        ),
        pytest.param(
            """\
            from airflow.listeners import hookimpl
            @hookimpl
            def on_task_instance_success(previous_state, task_instance):
                pass
            @hookimpl
            def on_dag_run_failed(dag_run, msg):
                pass
            def on_task_instance_failed(session):
                pass
            """,
            id="hooks that fit, and a function that is no hook",
        ),
        pytest.param(
            """\
            from airflow.secrets import BaseSecretsBackend
            class Vault(BaseSecretsBackend):
                def get_conn_value(self, conn_id):
                    return self.get_conn_uri(conn_id)
                def get_conn_uri(self, conn_id):
                    return None
            """,
            id="a secrets backend with both methods",
        ),
        pytest.param(
            """\
            from airflow.models.xcom import BaseXCom
            class Lake(BaseXCom):
                @staticmethod
                def serialize_value(value, *, key, task_id, dag_id, run_id, map_index):
                    key.encode().decode()
                    return BaseXCom.serialize_value(value)
            class Other:
                def clear(self):
                    return b"".decode()
            """,
            id="an XCom backend that fits",
        ),
        pytest.param(
            """\
            from concurrent.futures import ThreadPoolExecutor
            from airflow.executors.base_executor import BaseExecutor
            class Ours(BaseExecutor):
                def execute_async(self, key, command, queue=None, executor_config=None):
                    pass
                def queue_workload(self, workload, session):
                    pass
            class Threads(ThreadPoolExecutor):
                def execute_async(self):
                    pass
            """,
            id="an executor for both versions",
        ),
        pytest.param(
            """\
            from airflow.models.baseoperator import BaseOperatorLink
            class Link(BaseOperatorLink):
                def get_link(self, operator, *, ti_key):
                    return ""
            class Other:
                def get_link(self, operator, dttm):
                    return ""
            """,
            id="a link that fits",
        ),
        pytest.param(
            """\
            from airflow.models import BaseOperator
            class Ours(BaseOperator):
                operator_extra_links = (Link(),)
                def __init__(self, **kwargs):
                    super().__init__(**kwargs)
                    self.extra_links = 1
                def execute(self, context):
                    return self.extra_links
            """,
            id="the user's own attribute",
        ),
        pytest.param("def policy(task):\n    pass\n", id="a function called policy elsewhere"),
    ],
)
def test_stays_silent(source: str) -> None:
    assert found(source) == []


def test_policy_by_its_old_name() -> None:
    source = "def policy(task):\n    pass\ndef dag_policy(dag):\n    pass\n"
    assert found(source, "plugins/airflow_local_settings.py") == [("AS713", 1, "policy")]


def test_the_web_servers_configuration() -> None:
    source = "from flask_appbuilder.security.manager import AUTH_OAUTH\nAUTH_TYPE = AUTH_OAUTH\n"
    assert found(source, "webserver_config.py") == [("AS708", 2, "AUTH_TYPE")]
    assert found(source, "other.py") == []


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("plugins/mine.py", "from common.tables import T  # airflow\n", [("AS709", 1, "common.tables")]),
        ("plugins/mine.py", "import dags.other  # airflow\n", [("AS709", 1, "dags.other")]),
        ("plugins/mine.py", "from helpers import T  # airflow\n", []),
        ("dags/mine.py", "from common.tables import T  # airflow\n", []),
    ],
)
def test_plugins_cannot_import_dags(path: str, source: str, expected: list[tuple[str, int, str]]) -> None:
    others = {"dags/common/tables.py": "T = 1\n", "plugins/helpers.py": "T = 1\n"}
    assert found(source, path, others=others) == expected


def fixed(source: str, path: str) -> str:
    facts = facts_of(source, path)
    hits = [hit for hit in find_hits(facts, context()) if hit.code.startswith("AS7")]
    return rewrite(facts, hits).utf8.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            """\
            from airflow.listeners import hookimpl
            @hookimpl
            def on_task_instance_success(previous_state, task_instance, session):  # done
                print(task_instance)
            """,
            """\
            from airflow.listeners import hookimpl
            @hookimpl
            def on_task_instance_success(previous_state, task_instance):  # done
                print(task_instance)
            """,
            id="session parameter",
        ),
        pytest.param(
            """\
            from airflow.listeners import hookimpl
            @hookimpl
            def on_dataset_changed(dataset):
                print(dataset.uri, other.dataset)
            """,
            """\
            from airflow.listeners import hookimpl
            @hookimpl
            def on_asset_changed(asset):
                print(asset.uri, other.dataset)
            """,
            id="dataset hook",
        ),
        pytest.param(
            """\
            from airflow.secrets import BaseSecretsBackend
            class Vault(BaseSecretsBackend):
                def get_conn_uri(self, conn_id):
                    return None
            """,
            """\
            from airflow.secrets import BaseSecretsBackend
            class Vault(BaseSecretsBackend):
                def get_conn_value(self, conn_id):
                    return None
            """,
            id="secrets backend",
        ),
    ],
)
def test_is_rewritten(before: str, after: str) -> None:
    assert fixed(before, "plugins/mine.py") == dedent(after)


def test_a_session_in_use_is_left_to_a_person() -> None:
    source = """\
    from airflow.listeners import hookimpl
    @hookimpl
    def on_task_instance_success(previous_state, task_instance, session):
        session.add(task_instance)
    """
    hit = next(f for f in findings(source, path="plugins/mine.py") if f.code == "AS705")
    assert hit.applicability is Applicability.MANUAL
