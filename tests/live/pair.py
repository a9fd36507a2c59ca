"""Two real Airflows side by side: blue and green with web server and schedulers, each on its own SQLite file.

EmptyOperator tasks without outlets succeed inside the scheduler, so nothing here needs an executor.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from airshift_dev.envs import Environment, ensure, envs_folder
from plan.live_airflow import end, free_port, server_settings, wait_for

QUICK = {
    "AIRFLOW__CORE__PARALLELISM": "1",
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "2",
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_FETCH_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
    "AIRFLOW__SCHEDULER__CATCHUP_BY_DEFAULT": "False",
    "AIRFLOW__SCHEDULER__PARSING_PROCESSES": "1",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "AIRFLOW__SCHEDULER__DAG_DIR_LIST_INTERVAL": "5",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL": "20",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "20",
}


@dataclass(frozen=True)
class DagRun:
    """One row of dag_run; times in UTC."""

    dag_id: str
    run_id: str
    run_type: str
    state: str
    logical: datetime | None
    interval: tuple[datetime, datetime] | None
    run_after: datetime | None
    """On Airflow 2 the end of the data interval."""
    started: datetime | None
    tasks: frozenset[str]
    """The states of its task instances."""


@dataclass
class Airflow:
    """A running Airflow; the user is admin with the password admin."""

    version: str
    home: Path
    python: Path
    port: int
    settings: Mapping[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def third(self) -> bool:
        return self.version.startswith("3.")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str, *arguments: str) -> None:
        """Start one of Airflow's services in a session of its own, and again when it ends.

        SQLite lets a scheduler fail where other databases would have it wait; services are supervised elsewhere, too.
        """
        supervised = 'while :; do "$@"; echo "ended with $?"; sleep 1; done'
        with (self.home / f"{name}.log").open("a") as log:
            self.processes[name] = subprocess.Popen(
                ["sh", "-c", supervised, "sh", str(self.python), "-m", "airflow", *arguments],
                env=dict(self.settings), stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def stop(self, name: str) -> None:
        """Kill a service and everything it started, also what has left its process group."""
        end(self.processes.pop(name))

    def wait_until_ready(self) -> None:
        """Wait until the server answers."""
        address = self.url + ("/api/v2/monitor/health" if self.third else "/health")
        wait_for(address, self.processes["server"])

    def start_scheduling(self) -> None:
        """The scheduler and, on Airflow 3, the process that parses DAG files."""
        self.start("scheduler", "scheduler")
        if self.third:
            self.start("dag-processor", "dag-processor")

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """What a query finds in the metadata database."""
        with closing(
            sqlite3.connect(f"file:{self.home / 'airflow.db'}?mode=ro", uri=True, timeout=30)
        ) as database:
            database.row_factory = sqlite3.Row
            return database.execute(query, values).fetchall()

    def dag_ids(self) -> set[str]:
        """The DAGs that are parsed."""
        return {row["dag_id"] for row in self.rows("select dag_id from serialized_dag")}

    def runs(self, dag_id: str | None = None) -> list[DagRun]:
        """Every run, oldest first."""
        logical, after = (
            ("logical_date", "run_after") if self.third else ("execution_date", "data_interval_end")
        )
        found = self.rows(
            f"""select dag_id, run_id, run_type, state, {logical} as logical, {after} as after, start_date,
                data_interval_start as since, data_interval_end as until,
                (select group_concat(distinct coalesce(t.state, 'none')) from task_instance t
                 where t.dag_id = r.dag_id and t.run_id = r.run_id) as tasks
                from dag_run r where ? in (dag_id, '') order by {after}, id""",
            dag_id or "",
        )
        return [_dag_run(row) for row in found]

    def paused(self) -> dict[str, bool]:
        """Which DAGs are paused."""
        return {
            row["dag_id"]: bool(row["is_paused"]) for row in self.rows("select dag_id, is_paused from dag")
        }

    def logs(self) -> str:
        """The last lines of every log, for a failing test."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self.home.glob("*.log"))
        )


def _dag_run(row: sqlite3.Row) -> DagRun:
    since, until = _time(row["since"]), _time(row["until"])
    return DagRun(
        row["dag_id"], row["run_id"], row["run_type"], row["state"], _time(row["logical"]),
        (since, until) if since and until else None, _time(row["after"]), _time(row["start_date"]),
        frozenset((row["tasks"] or "").split(",")) - {""},
    )  # fmt: skip


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def settings_of(version: str, home: Path, port: int, extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of an Airflow; DAGs begin unpaused on Airflow 2 and paused on Airflow 3."""
    third = version.startswith("3.")
    common = server_settings(home, port, third=third)
    return {
        **common, **QUICK,
        "PATH": f"{ensure(Environment(version)).parent}:{common['PATH']}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}?timeout=30",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": str(third),
        "AIRFLOW__WEBSERVER__SECRET_KEY": "s" * 32,
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        **extra,
    }  # fmt: skip


def migrated(version: str) -> Path:
    """A database as `airflow db migrate` leaves it, with the user admin on Airflow 2; made once."""
    kept = envs_folder() / "databases" / f"{version}.db"
    if kept.is_file():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    python = ensure(Environment(version))
    steps = [["db", "migrate"]]
    if version.startswith("2."):
        steps.append(["users", "create", *"-u admin -p admin -r Admin -e a@example.org -f a -l a".split()])
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        home = Path(folder)
        (home / "dags").mkdir()
        for step in steps:
            done = subprocess.run(
                [str(python), "-m", "airflow", *step],
                env=settings_of(version, home, 1, {}), capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-3000:]
        with closing(sqlite3.connect(home / "airflow.db")) as database:
            database.execute("pragma journal_mode=wal")
        (home / "airflow.db").replace(kept)
    return kept


@contextmanager
def airflow(
    version: str, home: Path, dags: Mapping[str, str], *, scheduling: bool = True, **extra: str
) -> Iterator[Airflow]:
    """A whole Airflow with these DAG files, being started; `extra` are more of its environment variables."""
    python = ensure(Environment(version))
    (home / "dags").mkdir(parents=True)
    for name, text in dags.items():
        (home / "dags" / name).write_text(text)
    shutil.copyfile(migrated(version), home / "airflow.db")
    port = free_port()
    one = Airflow(version, home, python, port, settings_of(version, home, port, extra))
    try:
        if one.third:
            (home / "passwords.json").write_text(json.dumps({"admin": "admin"}))
            one.start("server", "api-server", "--host", "127.0.0.1", "-p", str(port), "--workers", "1")
        else:
            one.start("server", "webserver", "--hostname", "127.0.0.1", "-p", str(port), "--workers", "1")
        if scheduling:
            one.start_scheduling()
        yield one
    finally:
        for name in list(one.processes):
            one.stop(name)


@contextmanager
def pair(
    folder: Path, green_version: str, blue_dags: Mapping[str, str], green_dags: Mapping[str, str]
) -> Iterator[tuple[Airflow, Airflow]]:
    """Blue on 2.10.3 and green on a 3.x, started together and ready."""
    with (
        airflow("2.10.3", folder / "blue", blue_dags) as blue,
        airflow(green_version, folder / "green", green_dags) as green,
    ):
        blue.wait_until_ready()
        green.wait_until_ready()
        yield blue, green


def until(is_so: Callable[[], object], what: str, seconds: float = 90.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"not within {seconds} seconds: {what}"
        time.sleep(0.5)
