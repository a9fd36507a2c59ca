"""A simulated pair of environments, with the semantics measured on real ones (facts in docs/wave.md).

Pausing freezes an active run: the running task ends, nothing follows, and the run stays `running`. A DAG that is first
unpaused without history runs at once what its timetable plans. What a DAG plans is computed when it is parsed. A run
that exists already makes the scheduler go on to the next one, some seconds later. Asset events are lost while the
consumer is paused. The world checks by itself that no DAG is ever unpaused on both sides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from airshift.clients.api import ApiError
from airshift.schedules import CronIntervals, DeltaIntervals, DeltaTriggers, Run, Schedule, last_run, next_run
from airshift.wave.side import (
    DagState,
    Health,
    Identity,
    ImportProblem,
    Interval,
    Marker,
    RunState,
)

LOOP = timedelta(seconds=5)
SKIPS = 5
"""Real schedulers loop about once a second; so many runs that exist are passed over in one of ours."""
PARSE = timedelta(seconds=30)
START = datetime(2026, 12, 1, 10, 0, 7, tzinfo=UTC)
CALL = timedelta(seconds=0.1)
STALE = timedelta(seconds=8)


class Killed(BaseException):
    """The process was killed: nothing of it runs on."""


@dataclass(slots=True)
class WorldRun:
    run_id: str
    run_type: str
    run: Run
    tasks: int
    seconds: float
    state: str = "running"
    fails: bool = False
    task_ends: datetime | None = None
    marker: bool = False
    ended: datetime | None = None


@dataclass(slots=True)
class WorldDag:
    dag_id: str
    schedule: Schedule
    paused: bool
    tasks: int = 2
    seconds: float = 10.0
    """Of one task."""
    produces: tuple[str, ...] = ()
    """DAGs that run on its events."""
    triggers: tuple[str, ...] = ()
    failing: bool = False
    planned: Run | None = None
    parsed: datetime | None = None
    last: Run | None = None
    """The newest automated run."""
    runs: dict[str, WorldRun] = field(default_factory=dict)
    queued: int = 0
    """Events whose run has not been made yet."""
    stuck: bool = False
    log: list[tuple[datetime, DagState]] = field(default_factory=list)
    _known: int = 0
    _live: list[WorldRun] = field(default_factory=list)

    def active(self) -> list[WorldRun]:
        if len(self.runs) != self._known or self._live:
            self._known = len(self.runs)
            self._live = [run for run in self.runs.values() if run.state in ("queued", "running")]
        return self._live


class World:
    """Two environments on one clock."""

    def __init__(self, seed: int = 0) -> None:
        self.now = START
        self.chance = Random(seed)
        self.blue = Environment(self, "blue", 2, "2.10.3")
        self.green = Environment(self, "green", 3, "3.3.1")
        self.violations: list[str] = []
        self.changes = 0
        self._paused_since: dict[str, datetime] = {}
        self._nowhere: dict[str, list[tuple[datetime, datetime]]] = {}
        self._next_loop = START + LOOP
        self._late: list[tuple[datetime, Callable[[], None]]] = []

    def add(self, blue: WorldDag, green: WorldDag) -> None:
        """A DAG that has always run on blue and is deployed, paused, to green."""
        blue.last = last_run(blue.schedule, self.now)
        if blue.last is not None:
            name = f"scheduled__{blue.last.logical_date.isoformat()}"
            blue.runs[name] = WorldRun(name, "scheduled", blue.last, 0, 0, "success")
        for environment, dag in ((self.blue, blue), (self.green, green)):
            environment.dags[dag.dag_id] = dag
            environment.parse(dag)

    def pass_time(self, seconds: float) -> None:
        """Let time pass: schedulers loop, files are parsed, late effects happen."""
        until = self.now + timedelta(seconds=seconds)
        while True:
            late = min((at for at, _ in self._late), default=None)
            if late is not None and late <= min(self._next_loop, until):
                self.now = max(self.now, late)
                self._happen()
            elif self._next_loop <= until:
                self.now = max(self.now, self._next_loop)
                self._next_loop += LOOP
                for environment in (self.blue, self.green):
                    environment.loop()
            else:
                break
        self.now = until

    def _happen(self) -> None:
        due = [one for one in self._late if one[0] <= self.now]
        self._late = [one for one in self._late if one[0] > self.now]
        for _, effect in due:
            effect()

    def later(self, seconds: float, effect: Callable[[], None]) -> None:
        """A call that was given up has its effect all the same, later."""
        self._late.append((self.now + timedelta(seconds=seconds), effect))

    def check(self, dag_id: str) -> None:
        """No DAG is unpaused on both sides."""
        self.changes += 1
        blue, green = self.blue.dags.get(dag_id), self.green.dags.get(dag_id)
        if blue and green and not blue.paused and not green.paused:
            self.violations.append(f"{self.now:%H:%M:%S} {dag_id} is unpaused on both sides")
        if blue and green and blue.paused and green.paused:
            self._paused_since.setdefault(dag_id, self.now)
        elif dag_id in self._paused_since:
            stretch = (self._paused_since.pop(dag_id), self.now)
            self._nowhere.setdefault(dag_id, []).append(stretch)

    def nowhere(self, dag_id: str) -> list[tuple[datetime, datetime]]:
        """When a DAG was paused on both sides."""
        open_ = self._paused_since.get(dag_id)
        return [*self._nowhere.get(dag_id, ()), *([(open_, self.now)] if open_ else [])]

    def completed(self, dag_id: str) -> Counter[datetime]:
        """How often each tick was completed, over both sides."""
        return Counter(
            run.run.run_after
            for environment in (self.blue, self.green)
            for run in environment.dags[dag_id].runs.values()
            if run.state == "success" and not run.marker and run.run_type == "scheduled"
        )

    def half_done(self) -> list[str]:
        """Runs that were begun and will never end, because their DAG is paused."""
        return [
            f"{environment.name} {dag.dag_id} {run.run_id}"
            for environment in (self.blue, self.green)
            for dag in environment.dags.values()
            for run in dag.active()
            if dag.paused
        ]


class Environment:
    """One Airflow: a scheduler, a DAG processor and a database."""

    def __init__(self, world: World, name: str, major: int, version: str) -> None:
        self.world, self.name, self.major, self.version = world, name, major, version
        self.dags: dict[str, WorldDag] = {}
        self.notes: dict[str, str] = {}
        self.errors: tuple[ImportProblem, ...] = ()
        self.names: dict[str, frozenset[str]] = {}

    def loop(self) -> None:
        for dag in self.dags.values():
            if dag.parsed is None or self.world.now - dag.parsed >= PARSE:
                self.parse(dag)
            self._go_on(dag)
            if not dag.paused:
                self._start(dag)

    def parse(self, dag: WorldDag) -> None:
        """What it plans, from the newest automated run; a marker run does not count."""
        dag.parsed = self.world.now
        moves = isinstance(dag.schedule.timetable, DeltaTriggers)
        if dag.planned is None or moves or (dag.planned.run_after <= self.world.now and not dag.stuck):
            dag.planned = next_run(dag.schedule, dag.last, self.world.now)
        self.record(dag)

    def _start(self, dag: WorldDag) -> None:
        now = self.world.now
        if dag.queued and not dag.active():
            dag.queued = 0
            self.create(dag, Run(now, now, now), "asset_triggered")
        for _ in range(SKIPS):
            planned = dag.planned
            if planned is None or planned.run_after > now or dag.active() or dag.stuck:
                return
            if any(run.run.logical_date == planned.logical_date for run in dag.runs.values()):
                self._skip(dag, planned)
            else:
                dag.last = planned
                self.create(dag, planned, "scheduled")
            if not dag.stuck:
                dag.planned = next_run(dag.schedule, planned, now)
            self.record(dag)

    def _skip(self, dag: WorldDag, planned: Run) -> None:
        there = next(run for run in dag.runs.values() if run.run.logical_date == planned.logical_date)
        is_interval = isinstance(dag.schedule.timetable, CronIntervals | DeltaIntervals)
        # Airflow 3.3 goes on from the dates of the run that is there: inexact ones leave it where it is for good.
        dag.stuck = (
            self.major == 3 and is_interval and there.run.data_interval_end != planned.data_interval_end
        )

    def create(self, dag: WorldDag, run: Run, kind: str) -> None:
        name = f"{kind}__{run.logical_date.isoformat()}"
        made = WorldRun(name, kind, run, dag.tasks, dag.seconds, fails=dag.failing)
        made.task_ends = self.world.now + timedelta(seconds=dag.seconds)
        made.tasks -= 1
        dag.runs[name] = made
        self.record(dag)

    def _go_on(self, dag: WorldDag) -> None:
        for run in dag.active():
            if dag.paused or (run.task_ends is not None and run.task_ends > self.world.now):
                continue
            if run.marker:
                self.world.violations.append(f"{self.world.now:%H:%M:%S} {dag.dag_id}: tasks of a marker run")
            if run.tasks:
                run.tasks -= 1
                run.state = "running"
                run.task_ends = self.world.now + timedelta(seconds=run.seconds)
            else:
                self._end(dag, run)
        if dag.active():
            self.record(dag)

    def _end(self, dag: WorldDag, run: WorldRun) -> None:
        run.state, run.ended = ("failed" if run.fails else "success"), self.world.now
        self.record(dag)
        if run.fails:
            return
        for name in dag.produces:
            consumer = self.dags[name]
            if not consumer.paused:
                consumer.queued += 1
            self.record(consumer)
        for name in dag.triggers:
            now = self.world.now
            self.create(self.dags[name], Run(now, now, now), "manual")

    def record(self, dag: WorldDag) -> None:
        state = self.state(dag)
        if not dag.log or dag.log[-1][1] != state:
            dag.log.append((self.world.now, state))

    def state(self, dag: WorldDag) -> DagState:
        planned = dag.planned
        return DagState(
            dag.dag_id,
            dag.paused,
            next_run_after=planned.run_after if planned else None,
            next_logical_date=planned.logical_date if planned else None,
            next_interval=Interval(planned.data_interval_start, planned.data_interval_end)
            if planned
            else None,
            last_parsed=dag.parsed,
            active_runs=tuple(run_state(dag, run) for run in dag.active()),
            queued_events=dag.queued,
        )


def run_state(dag: WorldDag, run: WorldRun) -> RunState:
    return RunState(
        dag.dag_id,
        run.run_id,
        run.run_type,
        run.state,
        run.run.logical_date,
        Interval(run.run.data_interval_start, run.run.data_interval_end),
        run.run.run_after,
        ended=run.ended,
    )


Fault = Callable[[str, "SimulatedSide", Callable[[], None] | None], None]
"""Called around each API call with its name; may raise. With an effect, it decides whether and when that happens."""


def no_fault(name: str, side: SimulatedSide, effect: Callable[[], None] | None) -> None:
    if effect is not None:
        effect()


class SimulatedSide:
    """`Side` over an environment of the world; `fault` sees each single API call."""

    def __init__(
        self, environment: Environment, fault: Fault = no_fault, *, stale: Random | None = None
    ) -> None:
        self.environment = environment
        self.world = environment.world
        self.fault = fault
        self.stale = stale
        self.calls: Counter[str] = Counter()

    @property
    def label(self) -> str:
        return f"https://{self.environment.name}.example.org"

    @property
    def major(self) -> int:
        return self.environment.major

    def _call(self, name: str, effect: Callable[[], None] | None = None) -> None:
        self.calls[name] += 1
        self.world.pass_time(CALL.total_seconds())
        self.fault(name, self, effect)

    def identity(self) -> Identity:
        self._call("version")
        return Identity(self.label, self.environment.version)

    def now(self) -> datetime | None:
        return self.world.now

    def dag(self, dag_id: str) -> DagState | None:
        return self.dags([dag_id]).get(dag_id)

    def dags(self, dag_ids: Collection[str]) -> Mapping[str, DagState]:
        self._call("dags")
        found = {name: self.environment.dags[name] for name in dag_ids if name in self.environment.dags}
        return {name: self._read(dag) for name, dag in found.items()}

    def _read(self, dag: WorldDag) -> DagState:
        self.environment.record(dag)
        if self.stale is None or self.stale.random() < 0.6:
            return dag.log[-1][1]
        moment = self.world.now - STALE * self.stale.random()
        return next((state for at, state in reversed(dag.log) if at <= moment), dag.log[0][1])

    def active_runs(self, dag_id: str) -> tuple[RunState, ...]:
        found = self.dag(dag_id)
        return found.active_runs if found else ()

    def latest_automated_run(self, dag_id: str) -> RunState | None:
        self._call("dagRuns")
        dag = self.environment.dags[dag_id]
        found = [run for run in dag.runs.values() if run.run_type == "scheduled"]
        newest = max(found, key=lambda run: run.run.run_after, default=None)
        return None if newest is None else run_state(dag, newest)

    def run(self, dag_id: str, run_id: str) -> RunState | None:
        self._call("dagRun")
        dag = self.environment.dags[dag_id]
        return run_state(dag, dag.runs[run_id]) if run_id in dag.runs else None

    def runs(self, dag_id: str, since: datetime) -> tuple[RunState, ...]:
        self._call("dagRuns")
        dag = self.environment.dags[dag_id]
        found = [run for run in dag.runs.values() if run.run.run_after >= since]
        return tuple(run_state(dag, run) for run in sorted(found, key=lambda run: run.run.run_after))

    def objection(self, dag_id: str, *, seeded: bool) -> str:
        return ""

    def set_paused(self, dag_id: str, paused: bool) -> None:
        def effect() -> None:
            dag = self.environment.dags[dag_id]
            dag.paused = paused
            self.environment.record(dag)
            self.world.check(dag_id)

        self._call("pause" if paused else "unpause", effect)

    def seed_run(self, dag_id: str, marker: Marker) -> None:
        dag = self.environment.dags[dag_id]
        dates = Run(marker.run_after, marker.interval.start, marker.interval.end)
        there = [
            run
            for run in dag.runs.values()
            if run.run_id == marker.run_id or run.run.logical_date == marker.logical_date
        ]
        if not there:

            def create() -> None:
                if marker.run_id not in dag.runs:
                    run = WorldRun(
                        marker.run_id, "manual", dates, dag.tasks, dag.seconds, "queued", marker=True
                    )
                    dag.runs[marker.run_id] = run
                    self.environment.record(dag)

            try:
                self._call("create run", create)
            except ApiError as error:
                if error.status != 409 or marker.run_id not in dag.runs:
                    raise
        else:
            self.calls["409"] += 1
            self._call("create run")  # 409
            if there[0].state == "success":
                return
            if not there[0].marker:
                raise ApiError("there is a run already", status=409)

        def finish() -> None:
            run = dag.runs.get(marker.run_id)
            if run is not None:
                run.state, run.ended = "success", self.world.now
                self.environment.record(dag)

        self._call("finish run", finish)

    def pools(self) -> frozenset[str]:
        self._call("pools")
        return self.environment.names.get("pools", frozenset())

    def variables(self) -> frozenset[str]:
        self._call("variables")
        return self.environment.names.get("variables", frozenset())

    def connections(self) -> frozenset[str]:
        self._call("connections")
        return self.environment.names.get("connections", frozenset())

    def masked(self) -> frozenset[str]:
        return self.environment.names.get("masked", frozenset())

    def import_errors(self) -> tuple[ImportProblem, ...]:
        self._call("importErrors")
        return self.environment.errors

    def health(self) -> Health:
        self._call("health")
        return Health(scheduler=True, scheduler_heartbeat=self.world.now, dag_processor=True)

    def backfill_dry_run(self, dag_id: str, start: datetime, end: datetime) -> tuple[datetime, ...]:
        return ()

    def backfill(self, dag_id: str, start: datetime, end: datetime) -> str:
        return ""

    def note(self, name: str) -> str | None:
        self._call("note")
        return self.environment.notes.get(name)

    def notes(self, prefix: str) -> Mapping[str, str]:
        self._call("notes")
        return {name: text for name, text in self.environment.notes.items() if name.startswith(prefix)}

    def create_note(self, name: str, text: str) -> bool:
        if name in self.environment.notes:
            self._call("create note")
            return False

        def effect() -> None:
            self.environment.notes.setdefault(name, text)

        try:
            self._call("create note", effect)
        except ApiError as error:
            if error.status == 409:
                return False
            raise
        return True

    def write_note(self, name: str, text: str) -> None:
        def effect() -> None:
            if name in self.environment.notes:
                self.environment.notes[name] = text

        self._call("write note", effect)

    def delete_note(self, name: str) -> None:
        def effect() -> None:
            self.environment.notes.pop(name, None)

        self._call("delete note", effect)
