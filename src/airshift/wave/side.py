"""One of the two environments of a wave, as the engine sees it: states of DAGs and runs, and a few changes.

`AirflowSide` speaks to a real Airflow. Every method may raise ApiError; a changing one with `uncertain` set may have
had its effect all the same. Times are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

AUTOMATED = frozenset({"scheduled", "backfill", "asset_triggered", "dataset_triggered"})
"""Run types that a scheduler starts by itself; anything else was triggered."""
ACTIVE = frozenset({"queued", "running"})
"""States of a run that is not over."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The data interval of a run."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class RunState:
    """A run as one side reports it.

    `run_after` is when the run was due: what Airflow 3 says, and for scheduled runs of Airflow 2, which does not say
    it, the end of the data interval.
    """

    dag_id: str
    run_id: str
    run_type: str
    state: str
    logical_date: datetime | None = None
    interval: Interval | None = None
    run_after: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether it is not over."""
        return self.state in ACTIVE


@dataclass(frozen=True, slots=True)
class DagState:
    """A DAG as one side reports it.

    `parsed` says that the side knows the DAG and has parsed it lately (active in Airflow 2, not stale in Airflow 3);
    the `next_*` are what the side plans, computed when it last parsed the DAG, however old that is.
    """

    dag_id: str
    paused: bool
    parsed: bool = True
    import_error: bool = False
    next_run_after: datetime | None = None
    next_logical_date: datetime | None = None
    next_interval: Interval | None = None
    last_parsed: datetime | None = None
    active_runs: tuple[RunState, ...] = ()
    """Queued and running ones of every type, the frozen runs of a paused DAG included."""
    queued_events: int = 0
    """Asset events that wait for others before they start a run; 0 where the DAG waits for none."""
    file: str = ""
    """The DAG file as the side names it."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A run with exact dates, created by hand; `run_id` is the key of the call. A side may shorten it."""

    run_id: str
    logical_date: datetime
    interval: Interval
    run_after: datetime


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """A DAG file that a side cannot parse; the message is one line without secrets."""

    file: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """What a side says about itself; a heartbeat is the time of the newest one."""

    scheduler: bool
    scheduler_heartbeat: datetime | None = None
    dag_processor: bool | None = None
    """None where nothing is said about it."""
    metadatabase: bool = True


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells an environment from another one: a change of it stops a wave."""

    label: str
    version: str

    def __str__(self) -> str:
        return f"{self.label} (Airflow {self.version})"


@dataclass(frozen=True, slots=True)
class ExpectedRun:
    """A run that green has to make, by the simulation; all dates as on green."""

    run_after: datetime
    logical_date: datetime


@dataclass(frozen=True, slots=True)
class WatchedDag:
    """A DAG that runs on green since `since`, with the runs it should have made by now and those it has made.

    `runs` are green's runs due after `since`, without the marker runs, and `blue_runs` the newest ones of blue;
    `exact` says that `expected` is all that a clock starts (false where the schedule cannot be read).
    """

    dag_id: str
    since: datetime
    expected: tuple[ExpectedRun, ...]
    runs: tuple[RunState, ...]
    blue_runs: tuple[RunState, ...] = ()
    exact: bool = True
    import_error: bool = False


@dataclass(frozen=True, slots=True)
class Observations:
    """Everything that `airshift.wave.watch.judge(observations, thresholds)` judges."""

    at: datetime
    dags: tuple[WatchedDag, ...]
    import_errors: tuple[ImportProblem, ...] = ()
    known_import_errors: tuple[ImportProblem, ...] = ()
    """Those that green had before the wave."""
    health: Health | None = None
    """None where green did not answer."""


class Side(Protocol):
    """One environment. Reads are fresh: nothing is kept between calls except the version."""

    @property
    def label(self) -> str:
        """`mwaa:NAME` or the address; safe to print."""

    @property
    def major(self) -> int:
        """2 or 3."""

    def identity(self) -> Identity:
        """Label and version."""

    def now(self) -> datetime | None:
        """The server's clock (Date header or heartbeat); None where it does not tell."""

    def dag(self, dag_id: str) -> DagState | None:
        """One DAG with its active runs; None when the side does not know it."""

    def dags(self, dag_ids: Collection[str]) -> Mapping[str, DagState]:
        """Many DAGs in few calls; those that the side does not know are left out."""

    def active_runs(self, dag_id: str) -> tuple[RunState, ...]:
        """Queued and running runs of every type."""

    def latest_automated_run(self, dag_id: str) -> RunState | None:
        """The newest run that the scheduler made by itself (`scheduled`), by `run_after`."""

    def run(self, dag_id: str, run_id: str) -> RunState | None:
        """One run, or None."""

    def runs(self, dag_id: str, since: datetime) -> tuple[RunState, ...]:
        """All runs of every type due at or after a time, oldest first (`run_after`; in 2.x the interval's end)."""

    def objection(self, dag_id: str, *, seeded: bool) -> str:
        """Why this side cannot be asked to change a DAG, or, with `seeded`, to mark its runs; nothing where it can."""

    def set_paused(self, dag_id: str, paused: bool) -> None:
        """Pause or unpause exactly this DAG."""

    def seed_run(self, dag_id: str, marker: Marker) -> None:
        """Have a run with these dates that is a success, without any of its tasks run.

        Creates it and sets its state. Repeating it is harmless: 409 means to look; a run with this id or this logical
        date that is a success is what was wanted, one of our own (`migrated__`) that is queued gets its state, any
        other one is an ApiError with status 409. The DAG has to be paused.
        """

    def pools(self) -> frozenset[str]:
        """Names."""

    def variables(self) -> frozenset[str]:
        """Names."""

    def connections(self) -> frozenset[str]:
        """Names."""

    def masked(self) -> frozenset[str]:
        """Variables and connections whose stored value is a mask (`***`) by mistake, as `variable NAME`."""

    def import_errors(self) -> tuple[ImportProblem, ...]:
        """Files that do not parse."""

    def health(self) -> Health:
        """What the side says about scheduler and DAG processor."""

    def backfill_dry_run(self, dag_id: str, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """The logical dates that a backfill would run; Airflow 3 only."""

    def backfill(self, dag_id: str, start: datetime, end: datetime) -> str:
        """Run what is missing between two logical dates, both included (`reprocess_behavior: none`); its id."""

    def note(self, name: str) -> str | None:
        """The text of a note of our own, or None: a pool without slots keeps it. Notes hold no secrets."""

    def notes(self, prefix: str) -> Mapping[str, str]:
        """Our notes whose names begin so."""

    def create_note(self, name: str, text: str) -> bool:
        """Create a note; False when it is there already. That is atomic, so a note can be a lock."""

    def write_note(self, name: str, text: str) -> None:
        """Replace the text of a note that is there."""

    def delete_note(self, name: str) -> None:
        """Delete a note; none is no error."""
