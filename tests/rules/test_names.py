from __future__ import annotations

from textwrap import dedent

import pytest

from airshift.fix.apply import rewrite
from airshift.rules import moved_calls, names
from airshift.rules.base import Hit
from rules.checking import context, facts_of


def hits(
    source: str, target: str = "3.3.1", path: str = "dag.py", others: dict[str, str] | None = None
) -> list[Hit]:
    return list(names.check(facts_of(source, path, others), context(target)))


def codes(
    source: str, target: str = "3.3.1", path: str = "dag.py", others: dict[str, str] | None = None
) -> list[tuple[str, int, str]]:
    facts = facts_of(source, path, others)
    found = names.check(facts, context(target))
    return sorted((hit.code, facts.source.place(*hit.span).line, hit.symbol) for hit in found)


def fixed(
    source: str, target: str = "3.3.1", path: str = "dag.py", others: dict[str, str] | None = None
) -> str:
    facts = facts_of(source, path, others)
    return rewrite(facts, list(names.check(facts, context(target)))).utf8.decode()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from airflow.models import SlaMiss\n", [("AS101", 1, "airflow.models.SlaMiss")]),
        ("import airflow.operators.subdag\n", [("AS101", 1, "airflow.operators.subdag")]),
        ("from airflow.operators import subdag as s\n", [("AS101", 1, "airflow.operators.subdag")]),
        ("from airflow.datasets import Dataset\n", [("AS102", 1, "airflow.datasets.Dataset")]),
        ("from airflow.utils.dates import days_ago\n", [("AS102", 1, "airflow.utils.dates.days_ago")]),
        ("from airflow.utils.weekday import WeekDay\n", [("AS103", 1, "airflow.utils.weekday.WeekDay")]),
        (
            "from airflow.operators.bash_operator import BashOperator as B\n",
            [("AS104", 1, "airflow.operators.bash_operator.BashOperator")],
        ),
        (
            "from airflow.contrib.hooks.ssh_hook import SSHHook\n",
            [("AS104", 1, "airflow.contrib.hooks.ssh_hook.SSHHook")],
        ),
        (
            "from airflow.contrib.never_existed import Thing\n",
            [("AS104", 1, "airflow.contrib.never_existed.Thing")],
        ),
        (
            "from airflow.operators.bash import BashOperator\n",
            [("AS105", 1, "airflow.operators.bash.BashOperator")],
        ),
        (
            "from airflow.operators.team_plugin import Load\n",
            [("AS110", 1, "airflow.operators.team_plugin.Load")],
        ),
        ("from airflow.operators import TeamOperator\n", [("AS110", 1, "airflow.operators.TeamOperator")]),
        ("import airflow.hooks.team_plugin\n", [("AS110", 1, "airflow.hooks.team_plugin")]),
        ("from airflow.sdk import NotYetThere\n", [("AS101", 1, "airflow.sdk.NotYetThere")]),
        ("import airflow.models\nairflow.models.SlaMiss\n", [("AS101", 2, "airflow.models.SlaMiss")]),
        ("from airflow import models as m\nm.SlaMiss.x\n", [("AS101", 2, "airflow.models.SlaMiss")]),
        (
            "import airflow.operators.bash as b\nb.BashOperator(task_id='x')\n",
            [("AS105", 2, "airflow.operators.bash.BashOperator")],
        ),
        (
            "import airflow.utils.dates\nairflow.utils.dates.days_ago(1)\n",
            [("AS102", 2, "airflow.utils.dates.days_ago")],
        ),
        (
            "import airflow.operators.bash_operator\nairflow.operators.bash_operator.BashOperator()\n",
            [("AS104", 1, "airflow.operators.bash_operator")],
        ),
        (
            "from airflow.contrib.hooks.ssh_hook import *\nSSHHook()\n",
            [("AS109", 1, "airflow.contrib.hooks.ssh_hook")],
        ),
        (
            "from airflow.models import *\nSlaMiss, SlaMiss, DAG\n",
            [("AS109", 2, "airflow.models.SlaMiss")],
        ),
        (
            "from airflow.models import SlaMiss, DagRun, TaskFail\n",
            [("AS101", 1, "airflow.models.SlaMiss"), ("AS101", 1, "airflow.models.TaskFail")],
        ),
    ],
)
def test_flags(source: str, expected: list[tuple[str, int, str]]) -> None:
    assert codes(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "from airflow import DAG\n",
        "import airflow\nairflow.DAG('x')\n",
        "from airflow.models import Variable, DagRun\n",
        "from airflow.sdk import DAG, BaseHook, dag, task\n",
        "from airflow.providers.standard.operators.bash import BashOperator\n",
        "from airflow.utils.session import provide_session\n",
        "from airflow.configuration import conf\nconf.get('a', 'b')\n",
        "import airflow.models\nairflow.models.Variable.get('x')\n",
        "import airflow.models\nairflow.models.set_by_the_team()\n",
        "from airflow.sdk import DAG as D\nD.anything.below.a.class_\n",
        "import airflowctl\n",
        "from airflow_helpers import SlaMiss\n",
        "from .airflow.models import SlaMiss\n",
        "from myairflow.models import SlaMiss\n",
        "models = object()\nmodels.SlaMiss\n",
        "from airflow import models\n\ndef f(models):\n    return models.SlaMiss\n",
        "from airflow import models\nmodels = load()\nmodels.SlaMiss\n",
        "from airflow.models import *\nDAG('x')\n",
        "from airflow.models import *\n\ndef f(SlaMiss):\n    return SlaMiss\n",
        "'from airflow.models import SlaMiss'\n",
        "# from airflow.models import SlaMiss\n",
        "x = {'airflow': 1}\n",
    ],
)
def test_stays_silent(source: str) -> None:
    assert codes(source) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # a pair of which one arm imports on the target
        (
            """
            try:
                from airflow.sdk import BaseHook
            except ImportError:
                from airflow.hooks.base_hook import BaseHook
            """,
            [],
        ),
        (
            """
            try:
                from airflow.hooks.base_hook import BaseHook
            except ImportError:
                from airflow.sdk import BaseHook
            """,
            [],
        ),
        # both arms are gone
        (
            """
            try:
                from airflow.operators.bash_operator import BashOperator
            except ImportError:
                from airflow.contrib.operators.bash_operator import BashOperator
            """,
            [("AS104", "parse", "error"), ("AS104", "parse", "error")],
        ),
        # the fallback goes on without the name
        (
            """
            try:
                from airflow.models import SlaMiss
            except ImportError:
                SlaMiss = None
            """,
            [("AS107", "behaviour", "warning")],
        ),
        (
            """
            try:
                from airflow.models import SlaMiss
            except ImportError as error:
                raise SystemExit("too new") from error
            """,
            [("AS101", "parse", "error")],
        ),
        # a handler that does not catch the failure
        (
            """
            try:
                from airflow.models import SlaMiss
            except KeyError:
                SlaMiss = None
            """,
            [("AS101", "parse", "error")],
        ),
        # a version test decides
        (
            """
            from airflow import __version__ as airflow_version
            if airflow_version.startswith("2"):
                from airflow.models import SlaMiss
            else:
                SlaMiss = None
            """,
            [],
        ),
        (
            """
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from airflow.models import SlaMiss
            """,
            [("AS101", "parse", "info")],
        ),
        # function-local imports run when the function runs
        ("def f():\n    from airflow.models import SlaMiss\n", [("AS101", "runtime", "error")]),
        ("def f():\n    from airflow.models import SlaMiss\nf()\n", [("AS101", "parse", "error")]),
        (
            """
            from airflow.sdk import dag

            @dag
            def etl():
                from airflow.models import SlaMiss
            """,
            [("AS101", "parse", "error")],
        ),
        (
            """
            from airflow.sdk import task

            @task
            def load():
                from airflow.models import SlaMiss

            load()
            """,
            [("AS101", "runtime", "error")],
        ),
        (
            "from airflow import models\n\ndef f():\n    return models.SlaMiss\n",
            [("AS101", "runtime", "error")],
        ),
    ],
)
def test_weighs_the_place(source: str, expected: list[tuple[str, str, str]]) -> None:
    found = [(hit.code, str(hit.kind), str(hit.severity)) for hit in hits(source)]
    assert found == expected


def test_a_reexport_is_judged_in_the_helper_alone() -> None:
    helper = {"common/compat.py": "from airflow import models\nfrom airflow.models import SlaMiss\n"}
    assert codes("from common.compat import SlaMiss\nSlaMiss()\n", others=helper) == []
    assert codes("from common import compat\ncompat.SlaMiss()\n", others=helper) == []
    assert codes(helper["common/compat.py"], path="common/compat.py") == [
        ("AS101", 2, "airflow.models.SlaMiss")
    ]


def test_attributes_are_followed_through_the_estates_modules() -> None:
    helper = {"common/compat.py": "from airflow import models\n"}
    source = "from common import compat\ncompat.models.SlaMiss, compat.models.DagRun\n"
    assert codes(source, others=helper) == [("AS101", 2, "airflow.models.SlaMiss")]


def test_attributes_of_a_module_count_from_the_module_that_is_imported() -> None:
    module = "airflow.providers.dbt.cloud.sensors.dbt"
    names = ("DbtCloudJobRunSensor", "DbtCloudJobRunAsyncSensor")
    source = "\n".join([f"import {module}", *(f"{module}.{name}" for name in names)])
    assert codes(source, "3.0.6") == [("AS106", 3, f"{module}.{names[1]}")]


def test_a_name_that_is_gone_from_a_deprecated_module_is_still_an_error() -> None:
    source = "import airflow.utils.context as c\nc.Context, c.context_get_outlet_events\n"
    assert codes(source) == [
        ("AS101", 2, "airflow.utils.context.context_get_outlet_events"),
        ("AS105", 1, "airflow.utils.context"),
    ]


def test_a_module_of_the_estate_below_airflow_is_left_alone() -> None:
    others = {"airflow/plugins/team.py": "x = 1\n"}
    assert codes("from airflow.plugins.team import x\n", others=others) == []
    assert codes("from airflow.utils.weekday import WeekDay\n", others={"airflow/utils/weekday.py": ""}) != []


@pytest.mark.parametrize(
    ("source", "by_target"),
    [
        ("from airflow.datasets import Dataset\n", {"3.0.6": "AS105", "3.2.1": "AS102", "3.3.1": "AS102"}),
        ("from airflow.hooks.base import BaseHook\n", {"3.0.6": None, "3.1.8": "AS105", "3.3.1": "AS105"}),
        ("from airflow.sdk import BaseHook\n", {"3.0.6": "AS102", "3.1.8": None, "3.3.1": None}),
        ("import airflow.sdk\nairflow.sdk.BaseHook\n", {"3.0.6": "AS102", "3.1.8": None, "3.3.1": None}),
        ("from airflow.sdk import conf\n", {"3.1.8": "AS102", "3.2.1": None}),
        ("from airflow.sdk import DeadlineAlert\n", {"3.0.6": "AS101", "3.1.8": "AS102", "3.2.1": None}),
        ("from airflow.utils.timezone import make_aware\n", {"3.0.6": None, "3.1.8": "AS102"}),
        ("from airflow.utils.timezone import utc_epoch\n", {"3.0.6": None, "3.1.8": "AS101"}),
        ("from airflow.settings import LOG_FORMAT\n", {"3.0.6": None, "3.1.8": None, "3.2.1": "AS101"}),
    ],
)
def test_verdicts_depend_on_the_target(source: str, by_target: dict[str, str | None]) -> None:
    found = {target: [hit.code for hit in hits(source, target)] for target in by_target}
    assert found == {target: [code] if code else [] for target, code in by_target.items()}


def test_a_name_that_comes_later_says_when() -> None:
    assert "exists from Airflow 3.2 on" in hits("from airflow.sdk import DeadlineAlert\n", "3.0.6")[0].message


@pytest.mark.parametrize(
    ("before", "after", "target"),
    [
        (
            "from airflow.hooks.base_hook import BaseHook\nBaseHook()\n",
            "from airflow.sdk import BaseHook\nBaseHook()\n",
            "3.3.1",
        ),
        (
            "from airflow.hooks.base_hook import BaseHook\nBaseHook()\n",
            "from airflow.hooks.base import BaseHook\nBaseHook()\n",
            "3.0.6",
        ),
        (
            "from airflow.operators.dummy_operator import DummyOperator\nDummyOperator(task_id='a')\n",
            "from airflow.providers.standard.operators.empty import EmptyOperator\n"
            "EmptyOperator(task_id='a')\n",
            "3.3.1",
        ),
        (
            "from airflow.operators.dummy_operator import DummyOperator as Noop\nNoop(task_id='a')\n",
            "from airflow.providers.standard.operators.empty import EmptyOperator as Noop\n"
            "Noop(task_id='a')\n",
            "3.3.1",
        ),
        (
            "from airflow.operators import dummy_operator\ndummy_operator.DummyOperator(task_id='a')\n",
            "from airflow.providers.standard.operators.empty import EmptyOperator\n"
            "EmptyOperator(task_id='a')\n",
            "3.3.1",
        ),
        (
            "import airflow.operators.dummy_operator\n"
            "airflow.operators.dummy_operator.DummyOperator(task_id='a')\n",
            "from airflow.providers.standard.operators.empty import EmptyOperator\n"
            "EmptyOperator(task_id='a')\n",
            "3.3.1",
        ),
        (
            "from airflow.utils.dates import days_ago\nstart = days_ago(2)\n",
            'import pendulum\nstart = pendulum.today("UTC").add(days=-2)\n',
            "3.3.1",
        ),
        (
            "from airflow.utils.dates import days_ago\nstart = days_ago(n=a + 1, hour=6)\n",
            'import pendulum\nstart = pendulum.today("UTC").add(days=-(a + 1)).replace(hour=6)\n',
            "3.3.1",
        ),
        (
            "from airflow.contrib.operators.bigquery_operator import BigQueryCreateEmptyTableOperator\n"
            "BigQueryCreateEmptyTableOperator(task_id='a', dataset_id='d', table_id='t', schema_fields=FIELDS, "
            "labels={'a': 'b'}, bigquery_conn_id='c')\n",
            "from airflow.providers.google.cloud.operators.bigquery import BigQueryCreateTableOperator\n"
            "BigQueryCreateTableOperator(task_id='a', dataset_id='d', table_id='t', "
            "table_resource={\"schema\": {\"fields\": FIELDS}, \"labels\": {'a': 'b'}}, gcp_conn_id='c')\n",
            "3.3.1",
        ),
        (
            "from airflow.providers.google.cloud.operators.bigquery import BigQueryCreateEmptyTableOperator\n"
            "BigQueryCreateEmptyTableOperator(task_id='a', dataset_id='d', table_id='t')\n",
            "from airflow.providers.google.cloud.operators.bigquery import BigQueryCreateTableOperator\n"
            "BigQueryCreateTableOperator(task_id='a', dataset_id='d', table_id='t', table_resource={})\n",
            "3.0.6",
        ),
        (
            "from airflow.operators.python import is_venv_installed\nready = is_venv_installed()\n",
            "import importlib.util\nimport shutil\n"
            'ready = bool(shutil.which("virtualenv") or importlib.util.find_spec("virtualenv"))\n',
            "3.3.1",
        ),
        (
            "from airflow.utils.dates import datetime, timedelta\nx = datetime(2024, 1, 1) + timedelta(1)\n",
            "from datetime import datetime, timedelta\nx = datetime(2024, 1, 1) + timedelta(1)\n",
            "3.3.1",
        ),
        (
            "gcs = None\ntry:\n    from airflow.contrib.operators import gcs_to_bq as gcs\nexcept ImportError:\n"
            "    pass\nif gcs is not None:\n    gcs.GoogleCloudStorageToBigQueryOperator()\n",
            "gcs = None\ntry:\n    from airflow.providers.google.cloud.transfers import gcs_to_bigquery as gcs\n"
            "except ImportError:\n    pass\nif gcs is not None:\n    gcs.GCSToBigQueryOperator()\n",
            "3.3.1",
        ),
        (
            "from airflow.utils.dates import days_ago\nstart = days_ago(-1)\n",
            'import pendulum\nstart = pendulum.today("UTC").add(days=1)\n',
            "3.3.1",
        ),
        (
            "from airflow.utils import timezone\nx = timezone.make_aware(a or b, tz)\n",
            "import pendulum\nx = pendulum.instance((a or b), tz=tz)\n",
            "3.3.1",
        ),
        (
            "from airflow.utils.timezone import is_naive\nx = not is_naive(a.b)\n",
            "x = not (a.b.utcoffset() is None)\n",
            "3.3.1",
        ),
        (
            "from airflow.configuration import get\nget('a', 'b')\n",
            "from airflow.configuration import conf\nconf.get('a', 'b')\n",
            "3.3.1",
        ),
        (
            "from airflow import configuration\nconfiguration.get('a', 'b')\n",
            "from airflow.configuration import conf\nconf.get('a', 'b')\n",
            "3.3.1",
        ),
        (
            "from airflow.providers.postgres.operators.postgres import PostgresOperator\n"
            "PostgresOperator(task_id='a', sql='x', postgres_conn_id='db')\n"
            "PostgresOperator(task_id='b', sql='x')\n"
            "PostgresOperator(task_id='c', sql='x', postgres_conn_id='old', conn_id='new', database='d')\n",
            "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
            "SQLExecuteQueryOperator(task_id='a', sql='x', conn_id='db')\n"
            "SQLExecuteQueryOperator(task_id='b', sql='x', conn_id=\"postgres_default\")\n"
            "SQLExecuteQueryOperator(task_id='c', sql='x', conn_id='new', "
            "hook_params={\"database\": 'd'})\n",
            "3.3.1",
        ),
        (
            "from airflow.providers.snowflake.operators.snowflake import SnowflakeOperator\n"
            "SnowflakeOperator(task_id='a', sql='x', snowflake_conn_id='s', warehouse='w', role=R)\n",
            "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
            "SQLExecuteQueryOperator(task_id='a', sql='x', conn_id='s', "
            'hook_params={"warehouse": \'w\', "role": R})\n',
            "3.3.1",
        ),
        (
            "from airflow.contrib.hooks.ssh_hook import *\nSSHHook()\n",
            "from airflow.providers.ssh.hooks.ssh import SSHHook\nSSHHook()\n",
            "3.3.1",
        ),
    ],
)
def test_rewrites(before: str, after: str, target: str) -> None:
    assert fixed(before, target) == after
    assert fixed(after, target) == after


def test_apply_defaults_goes_with_its_import() -> None:
    before = """
    from airflow.models import BaseOperator
    from airflow.utils.decorators import apply_defaults

    class Mine(BaseOperator):
        @apply_defaults
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
    """
    assert "apply_defaults" not in fixed(before, "3.0.6")


def test_a_subclass_passes_the_new_keyword_on() -> None:
    before = """
    from airflow.providers.postgres.operators.postgres import PostgresOperator

    class Load(PostgresOperator):
        def __init__(self, db, **kwargs):
            super().__init__(postgres_conn_id=db, **kwargs)

    PostgresOperator(task_id="plain", sql="SELECT 1")
    """
    assert 'sql="SELECT 1", conn_id="postgres_default")' in fixed(before)
    found = hits(before)
    assert [hit.code for hit in found] == ["AS106"]
    assert found[0].unsafe
    assert "super().__init__(conn_id=db, **kwargs)" in fixed(before)


def test_default_args_keep_their_connection() -> None:
    before = """
    from airflow.providers.mysql.operators.mysql import MySqlOperator
    from airflow.sdk import DAG

    with DAG("x", default_args={"mysql_conn_id": "db"}):
        MySqlOperator(task_id="a", sql="x")
    """
    after = fixed(before)
    assert '{"conn_id": "db"}' in after
    assert "mysql_default" not in after


@pytest.mark.parametrize(
    "source",
    [
        "from airflow.utils.dates import days_ago\nf = days_ago\n",
        "from airflow.utils.dates import days_ago\ndays_ago(*args)\n",
        "from airflow.utils.dates import days_ago\ndays_ago()\n",
        "from airflow.utils.timezone import make_aware\nmake_aware(a)\n",
        "from airflow.utils.timezone import make_aware\nmake_aware(value=a, timezone=b)\n",
        "from airflow.configuration import get\n__all__ = ['get']\n",
        "from airflow.providers.postgres.operators.postgres import PostgresOperator\n"
        "PostgresOperator(database='d', hook_params={})\n",
        "from airflow.models import SlaMiss\n",
        "from airflow.providers.google.cloud.operators.bigquery import BigQueryCreateEmptyTableOperator\n"
        "BigQueryCreateEmptyTableOperator(task_id='a', table_resource=made, schema_fields=FIELDS)\n",
        "from airflow.utils.dag_cycle_tester import check_cycle\n",
        "gcs = None\ntry:\n    from airflow.contrib.operators import gcs_to_bq as gcs\nexcept ImportError:\n    pass\n"
        "keep = gcs\n",
    ],
)
def test_finds_but_does_not_rewrite(source: str) -> None:
    found = hits(source)
    assert len(found) == 1
    assert found[0].rewrites == ()


def test_the_provider_is_required_with_a_release_that_carries_the_name() -> None:
    found = hits("from airflow.operators.bash_operator import BashOperator\n", "3.0.6")
    distribution, _, release = found[0].requires[0].partition(">=")
    assert distribution == "apache-airflow-providers-standard"
    assert release


def test_no_rewrite_goes_to_a_private_module() -> None:
    for name in ("airflow.models.abstractoperator.DEFAULT_RETRIES", "airflow.models.dag.DagContext"):
        module, _, member = name.rpartition(".")
        text = dedent(fixed(f"from {module} import {member}\n", "3.3.1"))
        assert "._" not in text


def test_spans_are_those_of_the_alias() -> None:
    source = "from airflow.models import (\n    DagRun,\n    SlaMiss as S,\n)\n"
    facts = facts_of(source)
    (hit,) = names.check(facts, context())
    start, end = hit.span
    assert facts.source.utf8[start:end] == b"SlaMiss as S"


_HELPER = {"common/operators.py": "from airflow.operators.postgres_operator import PostgresOperator\n"}


def test_keywords_change_where_the_class_comes_through_a_helper() -> None:
    source = (
        "from common.operators import PostgresOperator\n"
        "PostgresOperator(task_id='a', postgres_conn_id='db', database='d')\n"
    )
    facts = facts_of(source, others=_HELPER)
    found = list(moved_calls.check(facts, context()))
    assert [(hit.code, hit.symbol.rpartition(".")[2]) for hit in found] == [("AS106", "postgres_conn_id")]
    after = rewrite(facts, found).utf8.decode()
    assert "PostgresOperator(task_id='a', conn_id='db', hook_params={\"database\": 'd'})" in after


@pytest.mark.parametrize(
    "source",
    [
        "from common.operators import PostgresOperator\nPostgresOperator(task_id='a', conn_id='db')\n",
        "from common.operators import Other\nOther(task_id='a', postgres_conn_id='db')\n",
        "from airflow.operators.postgres_operator import PostgresOperator\n"
        "PostgresOperator(task_id='a', postgres_conn_id='db')\n",
    ],
)
def test_other_calls_stay_silent(source: str) -> None:
    assert list(moved_calls.check(facts_of(source, others=_HELPER), context())) == []


def test_a_package_that_is_gone_takes_its_examples_with_it() -> None:
    assert codes("from airflow.contrib.example_dags.libs.helper import print_stuff\n") == [
        ("AS104", 1, "airflow.contrib.example_dags.libs.helper.print_stuff")
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from airflow.decorators import Any\nx: Any\n", "from typing import Any\nx: Any\n"),
        (
            "from airflow.models.baseoperator import Iterable\nx: Iterable\n",
            "from collections.abc import Iterable\nx: Iterable\n",
        ),
        (
            "from airflow.contrib.operators.bigquery_operator import Iterable as I\nI\n",
            "from collections.abc import Iterable as I\nI\n",
        ),
        ("from airflow.macros import datetime\ndatetime\n", "from datetime import datetime\ndatetime\n"),
        ("from airflow.models.dag import Callable\nCallable\n", None),
    ],
)
def test_names_of_the_standard_library_are_taken_from_there(before: str, after: str | None) -> None:
    assert fixed(before) == (after or before)
