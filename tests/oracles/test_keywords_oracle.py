"""Parameters, checked against real installs: flagged as a parse error exactly when the constructor raises."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.catalogue import Catalogue
from airshift.findings import Kind, Severity
from airshift.judge import check_file
from airshift.rules.data import applies
from airshift.targets import parse_version
from oracles.interpreter import construct, run_snippets
from rules.checking import context

pytestmark = pytest.mark.oracle

SOURCE = "2.10.3"
TARGETS = ["3.0.6", "3.3.1"]
REJECTIONS = {"AS206", "AS207", "AS209"}
SCHEMES = [
    *("s3", "gs", "gcs", "bigquery", "file", "postgres", "postgresql", "mysql", "mariadb", "trino", "presto"),
    *(
        "redshift",
        "databricks",
        "ftp",
        "sftp",
        "mongodb",
        "oracle",
        "snowflake",
        "teradata",
        "vertica",
        "hdfs",
    ),
    *("hive", "kafka", "mssql", "abfs", "http", "custom", "x-own"),
]
RESTS = ["://", "://h", "://h/", "://h/a", "://h/a/b", "://h/a/b/c", "://h/a/b/c/d", "://h/a/b/c/d/e"]
RESTS += [
    ":///a/b/c",
    "://h:99/a/b",
    "://h:99/a/b/c",
    "://u:p@h/a/b/c",
    "://h//a/b",
    "://h/a/b/",
    "://h/a/b/c/",
]
HEAD = "from datetime import date, datetime, timedelta\nfrom airflow import DAG\n"
EMPTY = "from airflow.operators.empty import EmptyOperator as O\n"
START = "start_date=datetime(2024, 1, 1)"

DAG_KEYWORDS = {
    "schedule_interval": "'@daily'",
    "timetable": "None",
    "concurrency": "3",
    "fail_stop": "True",
    "default_view": "'graph'",
    "orientation": "'LR'",
    "full_filepath": "'x'",
    "schedule": "'@daily'",
    "max_active_tasks": "3",
    "max_active_runs": "3",
    "description": "'x'",
    "catchup": "False",
    "tags": "['a']",
    "params": "{'a': 1}",
    "doc_md": "'x'",
    "sla_miss_callback": "print",
    "on_failure_callback": "print",
    "on_success_callback": "print",
    "is_paused_upon_creation": "True",
    "render_template_as_native_obj": "True",
    "user_defined_macros": "{}",
    "user_defined_filters": "{}",
    "template_searchpath": "'x'",
    "jinja_environment_kwargs": "{}",
    "dagrun_timeout": "timedelta(1)",
    "end_date": "datetime(2025, 1, 1)",
    "owner_links": "{}",
    "auto_register": "True",
    "dag_display_name": "'x'",
    "max_consecutive_failed_dag_runs": "1",
    "default_args": "{}",
}
TASK_KEYWORDS = {
    "task_concurrency": "1",
    "max_active_tis_per_dag": "1",
    "max_active_tis_per_dagrun": "1",
    "sla": "timedelta(1)",
    "email": "'a@example.com'",
    "email_on_failure": "True",
    "owner": "'x'",
    "retries": "1",
    "retry_delay": "timedelta(1)",
    "depends_on_past": "True",
    "wait_for_downstream": "True",
    "ignore_first_depends_on_past": "True",
    "priority_weight": "1",
    "weight_rule": "'absolute'",
    "queue": "'x'",
    "pool": "'x'",
    "execution_timeout": "timedelta(1)",
    "do_xcom_push": "True",
    "inlets": "[]",
    "outlets": "[]",
    "run_as_user": "'x'",
    "doc_md": "'x'",
    "params": "{'a': 1}",
    "resources": "{}",
    "trigger_rule": "'all_done'",
    "start_date": "datetime(2024, 1, 1)",
}


IN_DAG = f"with DAG('x', {START}):\n    f()"
TASK = "from airflow.decorators import task\n"
DAG_FORMS = [
    "DAG('x', {start}, {given})",
    "import airflow.models as m\nm.DAG('x', {start}, {given})",
    "A = dict({given})\nDAG('x', {start}, **A)",
    "from airflow.decorators import dag\n@dag({start}, {given})\ndef f(): ...\nf()",
    "class D(DAG):\n    def __init__(self, i, **kw):\n        super().__init__(i, {given}, **kw)\nD('x', {start})",
    "class D(DAG): ...\nD('x', {start}, {given})",
    "from functools import partial\npartial(DAG, {start}, {given})('x')",
    "def make(i, **kw):\n    return DAG(i, {start}, **kw)\nmake('x', {given})",
]
TASK_FORMS = [
    EMPTY + "O(task_id='x', {given})",
    EMPTY + "O(**dict(task_id='x', {given}))",
    EMPTY
    + "class M(O):\n    def __init__(self, a, **kw):\n        super().__init__(**kw)\nM(task_id='x', a=1, {given})",
    EMPTY
    + "class M(O):\n    def __init__(self, **kw):\n        super().__init__({given}, **kw)\nM(task_id='x')",
    "from airflow.sensors.python import PythonSensor as S\nS(task_id='x', python_callable=print, {given})",
    "from airflow.operators.bash import BashOperator as B\nB(task_id='x', bash_command='x', {given})",
    EMPTY + "with DAG('x', {start}, default_args=dict({given})):\n    O(task_id='x')",
    TASK + "@task({given})\ndef f(): ...\n" + IN_DAG,
    TASK + "@task.bash({given})\ndef f():\n    return 'x'\n" + IN_DAG,
    TASK + "@task\ndef f(): ...\nwith DAG('x', {start}):\n    f.override({given})()",
]


def _snippets(forms: list[str], keywords: dict[str, str]) -> list[str]:
    given = [f"{name}={value}" for name, value in keywords.items()]
    return [HEAD + form.format(start=START, given=one) for form in forms for one in given]


OTHER = [
    f"{HEAD}DAG('x', 'about')",
    f"{HEAD}DAG('x', 'about', None)",
    f"{HEAD}DAG('x', 'about', None, None)",
    f"{HEAD}DAG('x', 'about', None, None, None)",
    f"{HEAD}DAG('x')",
    f"{HEAD}DAG(dag_id='x')",
    f"{HEAD}from airflow.decorators import dag\n@dag('x')\ndef f():\n    pass\nf()",
    f"{HEAD}from airflow.decorators import dag\n@dag('x', 'about')\ndef f():\n    pass\nf()",
    f"{HEAD}from airflow.decorators import dag\n@dag()\ndef f():\n    pass\nf()",
    *(
        f"{HEAD}{EMPTY}O(task_id='x', trigger_rule='{rule}')"
        for rule in ("dummy", "none_failed_or_skipped", "always", "none_failed_min_one_success", "one_done")
    ),
    f"{HEAD}{EMPTY}with DAG('x', {START}, default_args={{'trigger_rule': 'dummy'}}):\n    O(task_id='x')",
    *(
        f"from airflow.utils.trigger_rule import TriggerRule\nTriggerRule.{member}"
        for member in ("DUMMY", "NONE_FAILED_OR_SKIPPED", "ALWAYS", "ALL_DONE")
    ),
    "from airflow.utils.trigger_rule import TriggerRule\nTriggerRule('dummy')",
    f"{HEAD}{EMPTY}O(task_id='x', start_date='2024-01-01')",
    f"{HEAD}{EMPTY}O(task_id='x', start_date=date(2024, 1, 1))",
    f"{HEAD}{EMPTY}O(task_id='x', start_date=datetime(2024, 1, 1))",
    f"{HEAD}{EMPTY}O(task_id='x', default_args={{'start_date': '2024-01-01'}})",
    f"{HEAD}{EMPTY}with DAG('x', default_args={{'start_date': '2024-01-01'}}):\n    O(task_id='x')",
    f"{HEAD}{EMPTY}from airflow.utils.task_group import TaskGroup\nwith DAG('x', {START}):\n"
    "    with TaskGroup('g', default_args={'start_date': '2024-01-01'}):\n        O(task_id='x')",
    *(
        f"{HEAD}import decimal, pathlib, uuid\nDAG('x', {START}, params={{'a': {value}}})"
        for value in (
            "{1}",
            "b'a'",
            "datetime(2024, 1, 1)",
            "date(2024, 1, 1)",
            "timedelta(1)",
            "decimal.Decimal(1)",
            "pathlib.Path('a')",
            "uuid.uuid4()",
            "lambda: 1",
            "[{1}]",
            "{'b': {1}}",
            "frozenset([1])",
            "set()",
            "range(2)",
            "1",
            "None",
            "(1, 2)",
            "[1, 'a', {'b': 1.5}]",
            "datetime(2024, 1, 1).isoformat()",
        )
    ),
    f"{HEAD}{EMPTY}O(task_id='x', params={{'a': {{1}}}})",
    f"{HEAD}{EMPTY}with DAG('x', {START}, default_args={{'params': {{'a': {{1}}}}}}):\n    O(task_id='x')",
    f"{HEAD}from airflow.models.param import Param\nDAG('x', {START}, params={{'a': Param({{1}})}})",
    f"{HEAD}from airflow.models.param import Param\nDAG('x', params={{'a': Param(1, type='integer')}})",
    *(
        f"{HEAD}d = DAG('x', {START}, tags=['a'])\n{use}"
        for use in (
            "d.tags[0]",
            "d.tags + ['b']",
            "d.tags.append('b')",
            "d.tags.extend(['b'])",
            "d.tags += ['b']",
            "len(d.tags)",
            "'a' in d.tags",
            "sorted(d.tags)",
            "[t for t in d.tags]",
        )
    ),
    *(
        f"{HEAD}DAG('x', {START}, {name}=None)"
        for name in ("default_args", "max_active_runs", "max_active_tasks")
    ),
    *(
        f"{HEAD}DAG('x', {START}, {name}=None)"
        for name in ("description", "tags", "params", "dagrun_timeout")
    ),
]


def _breaks(source: str, target: str) -> bool:
    found = check_file("dags/dag.py", source.encode(), context(target)).findings
    return any(
        "AS201" <= f.code <= "AS249" and f.kind is Kind.PARSE and f.severity is Severity.ERROR for f in found
    )


@pytest.mark.parametrize("target", TARGETS)
def test_flagged_exactly_when_the_constructor_raises(target: str, tmp_path: Path) -> None:
    """Every snippet works on the source version, so whatever raises on the target is the target's doing."""
    snippets = [*_snippets(DAG_FORMS, DAG_KEYWORDS), *_snippets(TASK_FORMS, TASK_KEYWORDS), *OTHER]
    before = run_snippets(SOURCE, snippets, tmp_path)
    after = run_snippets(target, snippets, tmp_path)
    works = [(s, a) for s, b, a in zip(snippets, before, after, strict=True) if not b]
    wrong = [(s, a) for s, a in works if bool(a) != _breaks(s, target)]
    assert wrong == []
    assert len(works) > 0.95 * len(snippets), [(s, b) for s, b in zip(snippets, before, strict=True) if b]
    assert sum(bool(a) for _, a in works) > 80


PACKAGES = [
    "airflow.operators",
    "airflow.sensors",
    *(
        f"airflow.providers.{name}"
        for name in (
            "airbyte",
            "amazon.aws.operators",
            "amazon.aws.triggers",
            "cncf.kubernetes",
            "databricks",
            "docker",
            "google.marketing_platform",
            "google.suite",
            "http",
            "mongo",
            "postgres",
            "sftp",
            "slack",
            "snowflake",
            "ssh",
            "weaviate",
            "yandex",
            "ydb",
        )
    ),
]


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the classes of the source version accept, tried one keyword at a time."""
    answers = construct(SOURCE, {"packages": PACKAGES}, tmp_path_factory.mktemp("source"))
    return {
        name: [k for k, answer in found.items() if answer is not False] for name, found in answers.items()
    }


@pytest.mark.parametrize("target", TARGETS)
def test_a_keyword_is_flagged_exactly_when_its_class_rejects_it(
    target: str, accepted: dict[str, list[str]], tmp_path: Path
) -> None:
    """All parameters of all operators, sensors, hooks and triggers of core and eighteen providers."""
    answers = construct(target, list(accepted.items()), tmp_path)
    rejected = {
        (name, k) for name, found in answers.items() for k, answer in found.items() if answer is False
    }
    flagged = set()
    for name, found in answers.items():
        module, _, class_ = name.rpartition(".")
        calls = "".join(f"{class_}({k}='x')\n" for k, answer in found.items() if answer is not None)
        text = f"from {module} import {class_}\n{calls}"
        flagged |= {(name, symbol) for symbol in _rejections(text, target)}
    assert flagged == rejected
    assert len(rejected) > 40
    assert sum(len(found) for found in answers.values()) > 3000


def _rejections(text: str, target: str) -> set[str]:
    found = check_file("dags/dag.py", text.encode(), context(target)).findings
    return {f.symbol for f in found if f.code in REJECTIONS and f.kind is Kind.PARSE}


@pytest.mark.parametrize("target", ["3.0.6", "3.1.8", "3.2.1", "3.3.1"])
def test_dataset_uris_are_flagged_exactly_when_the_target_rejects_them(target: str, tmp_path: Path) -> None:
    """Every scheme with a normaliser, with each number of path segments."""
    uris = [f"{scheme}{rest}" for scheme in SCHEMES for rest in RESTS]
    imported = (
        "try:\n    from airflow.sdk import Asset as A\n"
        "except ImportError:\n    from airflow.datasets import Dataset as A\n"
    )
    texts = [f"{imported}A({uri!r})" for uri in uris]
    before = run_snippets(SOURCE, texts, tmp_path, wide=True)
    after = run_snippets(target, texts, tmp_path, wide=True)
    sources = [f"from airflow.datasets import Dataset\nDataset({uri!r})" for uri in uris]
    works = [(s, bool(a)) for s, b, a in zip(sources, before, after, strict=True) if not b]
    assert [s for s, raises in works if raises != _has(s, target, "AS214")] == []
    assert sum(raises for _, raises in works) > 40


def _has(source: str, target: str, code: str) -> bool:
    found = check_file("dags/dag.py", source.encode(), context(target)).findings
    return any(f.code == code for f in found)


RENAMING = [
    "airflow.providers.airbyte",
    "airflow.providers.amazon.aws.triggers.glue",
    "airflow.providers.cncf.kubernetes.triggers",
    "airflow.providers.docker",
    "airflow.providers.google.cloud.operators.kubernetes_engine",
    "airflow.providers.google.cloud.operators.pubsub",
    "airflow.providers.mongo",
    "airflow.providers.sftp",
    "airflow.providers.slack",
    "airflow.providers.ssh",
    "airflow.providers.standard",
    "airflow.providers.weaviate",
    "airflow.providers.yandex",
]


@pytest.mark.parametrize("target", TARGETS)
def test_every_new_name_is_accepted_by_the_targets_class(target: str, tmp_path: Path) -> None:
    """`becomes` of the rows about single classes; a class that the target lacks has no say."""
    rows = Catalogue.load().rows("keywords", "parameter")
    renamed = [row for row in rows if "becomes" in row and applies(row, parse_version(target))]
    wanted: dict[str, set[str]] = {}
    for row in renamed:
        for class_ in row.get("classes", []):
            wanted.setdefault(class_, set()).add(row["becomes"])
    homes = construct(target, {"packages": RENAMING}, tmp_path, only=sorted(wanted))
    assert {name.rpartition(".")[2] for name in homes} == set(wanted)
    for name, found in homes.items():
        new = wanted[name.rpartition(".")[2]]
        assert all(found.get(keyword) is not False for keyword in new), (name, new)
        assert new & set(found), (name, new)
