"""What is said about plugins, listeners, backends and scheduling, held against real installs.

Each snippet holds what a user wrote and the call that Airflow makes of it: it works on 2.10.3 and fails on
the targets. Snippets that the rules leave alone work on the targets as well.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.catalogue import Catalogue
from airshift.findings import Severity
from airshift.rules import options
from oracles.interpreter import run_snippets
from rules.checking import codes, context, facts_of

pytestmark = pytest.mark.oracle
TARGETS = ("3.0.6", "3.3.1")

BREAKS = {
    "AS701": """\
from airflow.operators.subdag import SubDagOperator
def make(subdag):
    return SubDagOperator(task_id="tables", subdag=subdag)
""",
    "AS703": """\
from airflow.plugins_manager import AirflowPlugin
class P(AirflowPlugin):
    name = "p"
    hooks = [1]
AirflowPlugin.hooks
""",
    "AS705": """\
import sys, types
from airflow.listeners import hookimpl
@hookimpl
def on_task_instance_success(previous_state, task_instance, session):
    pass
from airflow.listeners.listener import get_listener_manager
plugin = types.ModuleType("plugin")
plugin.on_task_instance_success = on_task_instance_success
get_listener_manager().add_listener(plugin)
""",
    "AS707": """\
from airflow.secrets import BaseSecretsBackend
class Vault(BaseSecretsBackend):
    def get_conn_uri(self, conn_id):
        return "postgres://warehouse/"
assert Vault().get_connection("x").conn_type == "postgres"
""",
    "AS710": """\
from airflow.models.xcom import BaseXCom
class Lake(BaseXCom):
    @staticmethod
    def serialize_value(value, **kwargs):
        return BaseXCom.serialize_value(value).decode()
Lake.serialize_value({"a": 1}, key="k", task_id="t", dag_id="d", run_id="r", map_index=-1)
""",
    "AS712": """\
from airflow.utils.log.file_task_handler import FileTaskHandler
class Handler(FileTaskHandler):
    def __init__(self, folder):
        super().__init__(folder, filename_template="{{ ti.task_id }}")
Handler("logs")
""",
    "AS715": """\
from airflow.models import BaseOperator
class Weighted(BaseOperator):
    def execute(self, context):
        return self.priority_weight_total
BaseOperator.priority_weight_total
""",
    "AS716": """\
from airflow.configuration import conf
conf.getint("scheduler", "min_file_process_interval")
""",
    "AS610": """\
from airflow.timetables.interval import CronDataIntervalTimetable
class Nightly(CronDataIntervalTimetable):
    def generate_run_id(self, *, run_type, logical_date, data_interval, **extra):
        return "x"
import inspect
from airflow.timetables.base import Timetable
arguments = dict.fromkeys(set(inspect.signature(Timetable.generate_run_id).parameters) - {"self", "extra"})
Nightly("@daily", "UTC").generate_run_id(**arguments)
""",
    "AS921": """\
import pendulum
from airflow.models.dag import DAG
import inspect
dag = DAG("x", schedule=None)
if False:
    dag.test(execution_date=pendulum.datetime(2024, 1, 1))
inspect.signature(dag.test).bind(execution_date=None)
""",
}

WORKS = (
    """\
import types
from airflow.listeners import hookimpl
@hookimpl
def on_task_instance_success(previous_state, task_instance):
    pass
from airflow.listeners.listener import get_listener_manager
plugin = types.ModuleType("plugin")
plugin.on_task_instance_success = on_task_instance_success
get_listener_manager().add_listener(plugin)
""",
    """\
from airflow.secrets import BaseSecretsBackend
class Vault(BaseSecretsBackend):
    def get_conn_value(self, conn_id):
        return "postgres://warehouse/"
assert Vault().get_connection("x").conn_type == "postgres"
""",
    """\
from airflow.models.xcom import BaseXCom
class Lake(BaseXCom):
    @staticmethod
    def serialize_value(value, **kwargs):
        return BaseXCom.serialize_value(value)
import json
json.dumps(Lake.serialize_value({"a": 1}, key="k"))
""",
    """\
from airflow.utils.log.file_task_handler import FileTaskHandler
class Handler(FileTaskHandler):
    def __init__(self, folder):
        super().__init__(folder)
Handler("logs")
""",
    """\
from airflow.executors.base_executor import BaseExecutor
BaseExecutor.queue_workload
from airflow.timetables.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable
""",
)


def errors(source: str, target: str, path: str = "plugins/mine.py") -> set[str]:
    return {code for code, _, _ in codes(source, target, path)}


def test_what_is_flagged_works_on_2_10_3(tmp_path: Path) -> None:
    results = run_snippets("2.10.3", list(BREAKS.values()), tmp_path)
    assert dict(zip(BREAKS, results, strict=True)) == dict.fromkeys(BREAKS, "")


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_flagged_breaks_on_the_target(target: str, tmp_path: Path) -> None:
    results = dict(zip(BREAKS, run_snippets(target, list(BREAKS.values()), tmp_path), strict=True))
    assert {code for code, error in results.items() if not error} == set()
    assert {code for code, source in BREAKS.items() if code not in errors(source, target)} == set()


@pytest.mark.parametrize("target", TARGETS)
def test_what_stays_silent_works_on_the_target(target: str, tmp_path: Path) -> None:
    assert run_snippets(target, list(WORKS), tmp_path) == [""] * len(WORKS)
    for source in WORKS:
        assert not {code for code in errors(source, target) if code.startswith("AS7")}


@pytest.mark.parametrize("target", TARGETS)
def test_options_fail_exactly_where_an_error_says_so(target: str, tmp_path: Path) -> None:
    """Against every option of the table that 2.10.3 can read."""
    rows = dict(Catalogue.load().rows("config", "options"))
    names = sorted(name for name in rows if not name.endswith("sql_alchemy_conn"))
    snippets = [
        f"from airflow.configuration import conf\nconf.get{tuple(name.split('.', 1))}\n" for name in names
    ]
    old = run_snippets("2.10.3", snippets, tmp_path)
    new = run_snippets(target, snippets, tmp_path)
    told = {}
    for name, snippet in zip(names, snippets, strict=True):
        hits = list(options.check(facts_of(snippet), context(target)))
        told[name] = bool(hits) and hits[0].severity is not Severity.WARNING
    fails = {name: bool(error) for name, error, was in zip(names, new, old, strict=True) if not was}
    # Read under the new name, which has no default: a warning that says so.
    quiet = {name for name in fails if fails[name] and not told[name]}
    assert quiet <= {n for n in names if "honoured" in rows[n]}
    assert {n for n in fails if told[n] and not fails[n]} == set()


SCHEDULES = """\
import pendulum
from datetime import timedelta
from airflow.models.dag import DAG
start = pendulum.datetime(2024, 1, 1)
dags = [DAG("a", start_date=start), DAG("b", start_date=start, schedule="@daily"),
        DAG("c", start_date=start, schedule=timedelta(days=1))]
raise SystemExit(",".join([*(type(dag.timetable).__name__ for dag in dags), str(dags[1].catchup)]))
"""


def test_defaults_of_schedules(tmp_path: Path) -> None:
    expected = {
        "2.10.3": "DeltaDataIntervalTimetable,CronDataIntervalTimetable,DeltaDataIntervalTimetable,True",
        "3.0.6": "NullTimetable,CronTriggerTimetable,DeltaTriggerTimetable,False",
        "3.3.1": "NullTimetable,CronTriggerTimetable,DeltaTriggerTimetable,False",
    }
    for version, names in expected.items():
        assert run_snippets(version, [SCHEDULES], tmp_path) == [f"SystemExit: {names}"]


SERIALIZE = """\
import json, logging
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
try:
    from airflow.serialization.serialized_objects import DagSerialization as S
except ImportError:
    from airflow.serialization.serialized_objects import SerializedDAG as S
def text():
    with DAG("x", schedule=None) as dag:
{body}
    return json.dumps(S.to_dict(dag), sort_keys=True, default=str)
raise SystemExit(str(text() == text()))
"""


CLOCK = """\
import datetime
        from airflow.providers.standard.sensors.time import TimeSensor
        at = datetime.datetime.now(tz=datetime.timezone.utc).time()
        TimeSensor(task_id="a", target_time=at{more})"""
STABLE = ('BashOperator(task_id="a", bash_command="true")', CLOCK.format(more=""))
"""The second is no template field of its sensor, so it is not stored: ruff's AIR304 is wrong about it."""
UNSTABLE = (
    'import uuid\n        BashOperator(task_id="a", bash_command=str(uuid.uuid4()))',
    CLOCK.format(more=", deferrable=True, start_from_trigger=True"),
)


@pytest.mark.parametrize("target", TARGETS)
def test_an_unstable_argument_changes_the_serialized_dag(target: str, tmp_path: Path) -> None:
    sources = [SERIALIZE.format(body=f"        {body}") for body in (*STABLE, *UNSTABLE)]
    same = run_snippets(target, sources, tmp_path, wide=True)
    assert same == ["SystemExit: True"] * len(STABLE) + ["SystemExit: False"] * len(UNSTABLE)
    flagged = ["AS901" in errors(source, target, "dags/x.py") for source in sources]
    assert flagged == [False] * len(STABLE) + [True] * len(UNSTABLE)


ADDRESS = """\
import json
from airflow.sdk import DAG
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
try:
    from airflow.serialization.serialized_objects import DagSerialization as S
except ImportError:
    from airflow.serialization.serialized_objects import SerializedDAG as S
with DAG("x", schedule=None) as dag:
    TriggerDagRunOperator(task_id="a", trigger_dag_id="b")
raise SystemExit(str("object at 0x" in json.dumps(S.to_dict(dag), default=str)))
"""


def test_known_issue_of_the_memory_address(tmp_path: Path) -> None:
    """KI002, seen on 3.2.1 and on neither of its neighbours."""
    assert run_snippets("3.2.1", [ADDRESS], tmp_path, wide=True) == ["SystemExit: True"]
    for target in TARGETS:
        assert run_snippets(target, [ADDRESS], tmp_path) == ["SystemExit: False"]
