"""What is said about the metadata database, held against real installs.

A snippet runs after `block_orm_access`, the function that workers, triggerers and DAG processors of Airflow 3
call before they import user code; one test lets a real DAG processor judge files that DagBag loads.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from airshift.catalogue import Catalogue
from airshift.findings import Severity
from airshift.rules.metadata_rows import metadata_rows
from airshift_dev.envs import Environment, ensure
from oracles.interpreter import run_snippets
from rules.checking import findings

pytestmark = pytest.mark.oracle
TARGETS = ("3.0.6", "3.3.1")
BLOCK = """\
import airflow.settings
from airflow.sdk.execution_time.supervisor import block_orm_access
block_orm_access()
"""
SNIPPETS = (
    "from airflow.utils.session import create_session\nwith create_session() as s:\n    pass\n",
    "from airflow import settings\nsettings.Session()\n",
    "from airflow.utils.session import provide_session\n@provide_session\ndef f(session=None): pass\nf()\n",
    "from airflow.utils.session import NEW_SESSION, create_session, provide_session\n",
    "from airflow.settings import engine\n",
    "from airflow import settings\nsettings.engine\n",
    "from airflow.settings import Session\nSession.query\n",
    "from airflow.settings import Session\n",
    "from airflow.models import DagRun\nDagRun.find(dag_id='x')\n",
    "from airflow.models import DagModel\nDagModel.get_dagmodel('x')\n",
    "from airflow.models import Pool\nPool.get_pools()\n",
    "from airflow.models.serialized_dag import SerializedDagModel\nSerializedDagModel.get_dag('x')\n",
    "from airflow.models import DagRun, TaskInstance, Pool\nDagRun.dag_id.in_(['x'])\n",
    "from airflow.api.common.trigger_dag import trigger_dag\n"
    "from airflow.utils.types import DagRunTriggeredByType as T\ntrigger_dag('x', triggered_by=T.TEST)\n",
    "from airflow.models import XCom\nXCom.clear\n",
    "from airflow.models import XCom\nXCom.get_many\n",
    "from airflow.models import XCom\nXCom.get_one, XCom.delete\n",
    "from airflow.hooks.base import BaseHook\nBaseHook.get_connections('a')\n",
    "from airflow.hooks.base import BaseHook\nBaseHook.get_connection\n",
    "from airflow.sdk import Variable\nVariable.setdefault('a', 'b')\n",
    "from airflow.sdk import Variable\nVariable.get, Variable.set, Variable.delete\n",
    "from airflow.models import DagBag\nDagBag('/nowhere', include_examples=False)\n",
    "from airflow.models import DagBag\nDagBag('/nowhere', read_dags_from_db=True).get_dag('x')\n",
    "from airflow.models import DagBag\nDagBag('/nowhere')\n",
)


def is_error(source: str, target: str) -> bool:
    found = findings(source, target, "dags/dag.py")
    return any(f.severity is Severity.ERROR for f in found if f.code.startswith("AS4"))


@pytest.mark.parametrize("target", TARGETS)
def test_errors_are_what_fails_where_the_orm_is_blocked(target: str, tmp_path: Path) -> None:
    results = run_snippets(target, [BLOCK, *SNIPPETS], tmp_path)
    assert results[0] == ""
    told = {source: is_error(source, target) for source in SNIPPETS}
    real = {source: bool(error) for source, error in zip(SNIPPETS, results[1:], strict=True)}
    # 3.0.6 still takes the argument and only fails at the look-up, which is not a keyword's matter.
    exempt = {source for source in SNIPPETS if "read_dags_from_db" in source and target == "3.0.6"}
    assert {s: v for s, v in told.items() if s not in exempt} == {
        s: v for s, v in real.items() if s not in exempt
    }


def test_the_url_cannot_be_opened(tmp_path: Path) -> None:
    read = "from airflow.configuration import conf\nexit(conf.get('database', 'sql_alchemy_conn'))\n"
    for target in TARGETS:
        assert "airflow-db-not-allowed" in run_snippets(target, [BLOCK, read], tmp_path)[1]


SCHEMA = """\
import json
from airflow.models.base import Base
from airflow.models import import_all_models
import_all_models()
tables = {name: [column.name for column in table.columns] for name, table in Base.metadata.tables.items()}
raise SystemExit(json.dumps(tables))
"""


def tables(version: str, folder: Path) -> dict[str, list[str]]:
    result = run_snippets(version, [SCHEMA], folder)[0]
    found: dict[str, list[str]] = json.loads(result.partition(": ")[2])
    return found


def test_tables_and_columns_that_are_said_to_be_gone_are_gone(tmp_path: Path) -> None:
    catalogue = Catalogue.load()
    old = tables("2.10.3", tmp_path)
    for target in TARGETS:
        new = tables(target, tmp_path)
        for row in catalogue.rows("metadata_db", "table"):
            if row.get("gone"):
                assert row["name"] in old
                assert row["name"] not in new
        for row in catalogue.rows("metadata_db", "gone_column"):
            assert row["column"] not in new[row["table"]]
            now = row.get("now", "").rpartition(".")
            if row.get("now"):
                assert now[2] in new[now[0] or row["table"]]


def test_every_gone_table_has_a_row(tmp_path: Path) -> None:
    rows = {row["name"]: row for row in Catalogue.load().rows("metadata_db", "table")}
    gone = tables("2.10.3", tmp_path).keys() - tables("3.0.6", tmp_path).keys()
    aliases = {name for name in gone if "dataset" in name}
    assert {name for name in gone - aliases if not rows.get(name, {}).get("gone")} == set()
    assert {"dataset", "dataset_event", "dataset_dag_run_queue"} <= aliases & rows.keys()


def advice() -> list[str]:
    rows = metadata_rows(Catalogue.load())
    texts = list(rows.functions.values())
    for model in rows.models.values():
        texts += [model.advice(operation) for operation in ("read", "count", "write", "delete")]
    return texts


@pytest.mark.parametrize("target", TARGETS)
def test_every_endpoint_and_method_in_the_advice_exists(target: str, tmp_path: Path) -> None:
    named = {
        match
        for text in advice()
        for match in re.findall(r"\b(GET|POST|PATCH|DELETE) (/api/v2[^\s,;]*)", text)
    }
    methods = {match for text in advice() for match in re.findall(r"`ti\.(\w+)\(", text)}
    assert len(named) > 15
    assert len(methods) > 5
    specification = next(
        ensure(Environment(target))
        .parents[1]
        .glob("lib/*/site-packages/airflow/**/v2-rest-api-generated.yaml")
    )
    offered: set[tuple[str, str]] = set()
    path = ""
    for line in specification.read_text().splitlines():
        if match := re.match(r"  (/[^:]*):$", line):
            path = match[1]
        elif match := re.match(r"    (get|post|patch|delete):", line):
            offered.add((match[1].upper(), path))
    assert named <= offered
    names = ", ".join(f"T.{name}" for name in sorted(methods))
    runtime = f"from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance as T\n{names}\n"
    assert run_snippets(target, [runtime], tmp_path) == [""]


TOP_LEVEL = """\
from airflow.models import DagRun
from airflow.sdk import DAG

RUNS = DagRun.find(dag_id="x")
with DAG("top_level"):
    pass
"""
CLEAN = """\
from airflow.sdk import DAG

with DAG("clean"):
    pass
"""


@pytest.mark.parametrize("target", TARGETS)
def test_dagbag_is_green_where_the_dag_processor_is_not(target: str, tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "top_level.py").write_text(TOP_LEVEL)
    (dags / "clean.py").write_text(CLEAN)
    settings = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    airflow = ensure(Environment(target)).with_name("airflow")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [str(airflow), *arguments],
            env=settings,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.stdout

    run("db", "migrate")
    bag = "from airflow.models import DagBag\nimport sys\nsys.exit(str(DagBag(sys.argv[1]).import_errors))\n"
    python = ensure(Environment(target))
    green = subprocess.run(
        [str(python), "-c", bag, str(dags)], env=settings, capture_output=True, text=True, check=False
    )
    assert green.stderr.strip().splitlines()[-1] == "{}"
    run("dag-processor", "--num-runs", "1")
    listed = run("dags", "list-import-errors", "--output", "json")
    errors = json.loads(listed[listed.index("[{") :])
    assert [Path(error["filepath"]).name for error in errors] == ["top_level.py"]
    assert "Direct database access via the ORM is not allowed" in errors[0]["error"]
    assert is_error(TOP_LEVEL, target)
    assert not is_error(CLEAN, target)
