"""The probe on a real Airflow 2.10.3: its counts against SQL, and its judgement against the real migrations."""

from __future__ import annotations

import json
import os
import pickle
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airshift.environments.probe import dag_text
from airshift_dev.envs import Environment, ensure

pytestmark = pytest.mark.oracle

CANARY = "canary-7Q"
VALUES = {
    "null": None,
    "json": json.dumps({"x": CANARY}).encode(),
    "pickled": pickle.dumps({"x": CANARY}),
    "not_json": b"{'x': 'canary-7Q'}",
    "empty": b"",
    "nan": b'{"x": NaN}',
    "not_in_postgres": b'"\\u0000"',
}
COPIES = {kind: number + 1 for number, kind in enumerate(VALUES)}
FILL = """
import datetime, sys
from airflow.models import DagModel, DagRun
from airflow.utils.session import create_session
moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
with create_session() as session:
    for name in ("a", "b", "c"):
        session.add(DagModel(dag_id=name, is_paused=name == "b", is_active=True))
    for number, (name, state) in enumerate([("a", "success"), ("a", "running"), ("a", "queued"), ("b", "running"), ("b", "failed")]):
        day = moment + datetime.timedelta(days=number)
        conf = [{}, {"k": "canary-7Q"}, {"k": {1, 2}}, None, {"k": 1}][number]
        session.add(DagRun(dag_id=name, run_id=f"r{number}", run_type="manual", state=state, execution_date=day, start_date=day, conf=conf))
"""


class Blue:
    """A 2.10.3 with a database of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.python = str(ensure(Environment("2.10.3")))
        self.database = home / "airflow.db"
        self.settings = {
            "PATH": os.environ["PATH"], "HOME": str(home), "AIRFLOW_HOME": str(home), "PYTHONWARNINGS": "ignore",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        }  # fmt: skip

    def run(self, *arguments: str, **settings: str) -> str:
        done = subprocess.run(
            [self.python, *arguments],
            env=self.settings | settings,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def count(self, sql: str) -> Any:
        with sqlite3.connect(self.database) as connection:
            return connection.execute(sql).fetchone()[0]

    def table_rows(self) -> dict[str, int]:
        with sqlite3.connect(self.database) as connection:
            names = [
                row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            return {
                name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names
            }


@pytest.fixture(scope="module")
def blue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blue]:
    made = Blue(tmp_path_factory.mktemp("blue"))
    (made.home / "dags").mkdir()
    made.run("-m", "airflow", "db", "migrate")
    made.run("-c", FILL)
    with sqlite3.connect(made.database) as connection:
        for kind, copies in COPIES.items():
            for number in range(copies):
                row = (1, f"{kind}{number}", -1, "k", "a", "r0", VALUES[kind], "2026-01-01 00:00:00")
                connection.execute("INSERT INTO xcom VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        connection.execute(
            "INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, max_tries) "
            "VALUES ('t', 'a', 'r1', -1, 'deferred', 'default_pool', 1, 0)"
        )
    yield made


def test_counts_are_those_of_the_database(blue: Blue) -> None:
    (blue.home / "dags" / "airshift_probe.py").write_text(dag_text("variable"))
    before = blue.table_rows()
    blue.run("-m", "airflow", "dags", "test", "airshift_probe")
    text = blue.run(
        "-c", "from airflow.models import Variable; print(Variable.get('airshift_probe'))"
    ).splitlines()[-1]
    found = json.loads(text)
    assert CANARY not in text
    assert not found["failed"]
    assert found["airflow"] == "2.10.3"
    xcom = found["xcom"]
    assert {kind: xcom[kind] for kind in COPIES} == COPIES
    assert xcom["rows"] == blue.count("SELECT count(*) FROM xcom") == sum(COPIES.values())
    assert xcom["pickled"] == blue.count("SELECT count(*) FROM xcom WHERE hex(substr(value, 1, 1)) = '80'")
    bad = "SELECT count(*) FROM xcom WHERE value IS NOT NULL AND hex(substr(value, 1, 1)) != '80' AND NOT json_valid(CAST(value AS TEXT))"
    assert xcom["not_json"] + xcom["empty"] + xcom["nan"] == blue.count(bad)
    assert found["dag_run_conf"] == {"rows": 3, "not_json": 1, "complete": True}
    assert found["unfinished_runs"] == [
        {"dag_id": "a", "state": "queued", "runs": 1},
        {"dag_id": "a", "state": "running", "runs": 1},
        {"dag_id": "b", "state": "running", "runs": 1},
    ]
    assert found["unfinished_tasks"] == {"deferred": 1}
    dags = {
        one["dag_id"]: (one["runs"], one["is_paused"], (one["last_run"] or "")[:10]) for one in found["dags"]
    }
    last = {
        name: blue.count(f"SELECT substr(max(start_date), 1, 10) FROM dag_run WHERE dag_id = '{name}'")
        for name in "ab"
    }
    assert last == {"a": "2026-01-02", "b": "2026-01-05"}  # a queued run has not started
    assert dags == {"a": (3, False, last["a"]), "b": (2, True, last["b"]), "c": (0, False, "")}
    for name in (
        "xcom",
        "variable",
        "connection",
        "slot_pool",
        "alembic_version",
        "trigger",
    ):  # no run adds to these
        assert found["tables"][name] == {"rows": before[name], "exact": True, "bytes": None}
    assert found["tables"].keys() == before.keys()


def test_the_result_can_go_to_s3_and_nothing_else_is_written(blue: Blue, tmp_path: Path) -> None:
    (tmp_path / "boto3.py").write_text(
        "class client:\n    def __init__(self, name): pass\n"
        f"    def put_object(self, Bucket, Key, Body): open({str(tmp_path / 'put')!r}, 'w').write(Bucket + ' ' + Key + ' ' + Body.decode())\n"
    )
    script = tmp_path / "probe.py"
    script.write_text(dag_text("s3://bucket/a/b.json") + "\nreport()\n")
    before = blue.table_rows()
    blue.run(str(script), PYTHONPATH=str(tmp_path))
    bucket, key, text = (tmp_path / "put").read_text().split(" ", 2)
    assert (bucket, key, json.loads(text)["xcom"]["pickled"]) == ("bucket", "a/b.json", COPIES["pickled"])
    assert blue.table_rows() == before


MIGRATE = """
import glob, importlib.util, json, os, sys
import airflow, sqlalchemy
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext

folder = os.path.dirname(airflow.__file__)
place = glob.glob(folder + "/migrations/versions/0049_3_0_0_remove_pickled_data_from_xcom_table.py")[0]
spec = importlib.util.spec_from_file_location("migration", place)
found = {}
for kind, value in json.loads(sys.argv[1]).items():
    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        run = lambda sql, **values: connection.execute(sqlalchemy.text(sql), values)
        run("CREATE TABLE xcom (dag_run_id INT, task_id TEXT, map_index INT, key TEXT, dag_id TEXT, run_id TEXT, value BLOB, timestamp TEXT)")
        run("INSERT INTO xcom VALUES (1, 't', -1, 'k', 'd', 'r', :value, '2026-01-01')", value=value and bytes.fromhex(value))
        if value == "":
            run("UPDATE xcom SET value = x''")
        with EnvironmentContext(Config(), None) as environment:
            environment.configure(connection=connection)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            try:
                with Operations.context(environment.get_context()):
                    module.upgrade()
                found[kind] = "archived" if run("SELECT count(*) FROM _xcom_archive").scalar() else "kept"
            except sqlalchemy.exc.OperationalError:
                found[kind] = "stops"
print(json.dumps(found))
"""


@pytest.mark.parametrize(("version", "nan"), [("3.0.6", "stops"), ("3.3.1", "kept")])
def test_the_real_migration_agrees(version: str, nan: str, tmp_path: Path) -> None:
    """On SQLite; PostgreSQL refuses what is called `not_in_postgres` as well."""
    values = {kind: None if value is None else value.hex() for kind, value in VALUES.items()}
    done = subprocess.run(
        [str(ensure(Environment(version))), "-c", MIGRATE, json.dumps(values)],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "null": "kept", "json": "kept", "pickled": "archived", "not_json": "stops", "empty": "stops", "nan": nan,
        "not_in_postgres": "kept",
    }  # fmt: skip
