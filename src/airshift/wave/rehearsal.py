"""A dry run with the real engine: readings are real, changes are only noted, waiting takes no time.

What comes of it is every changing call in the order in which a real run would make it, as far as the schedules tell,
with a forecast of how long the wave takes and how many calls it needs.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from airshift.clients.pace import CALLS_A_SECOND
from airshift.schedules import Schedule, coming_run, schedule_of
from airshift.wave.driver import Driver
from airshift.wave.events import Event
from airshift.wave.journal import Journal
from airshift.wave.seeding import own_runs
from airshift.wave.session import Opening, session
from airshift.wave.settings import Clock
from airshift.wave.side import DagState, Health, Identity, ImportProblem, Marker, RunState, Side
from airshift.wave.states import Progress, State, Where

PAGE = 100
RUN_LASTS = timedelta(minutes=10)
"""How long a run that is going on is taken to last from now on."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A changing call of a REST API; the path is relative to `/api/vN`."""

    at: datetime
    where: Where
    method: str
    path: str
    body: Mapping[str, object]
    dag_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a run would do."""

    calls: tuple[PlannedCall, ...]
    events: tuple[Event, ...]
    progress: Mapping[str, Progress]
    began: datetime
    ended: datetime
    sent: Mapping[Where, int]
    """How many calls each side gets, readings included."""

    @property
    def lasts(self) -> timedelta:
        """How long it takes."""
        return self.ended - self.began


@dataclass(slots=True)
class RehearsalClock:
    """A clock that sleeping sets forward."""

    time: datetime

    def now(self) -> datetime:
        """The time of the rehearsal."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.time += timedelta(seconds=seconds)


def rehearse(
    opening: Opening,
    kept: Iterable[Progress] = (),
    *,
    back: Collection[str] = (),
    only_preflight: bool = False,
) -> Rehearsal:
    """What a run from here on would do, or the way `back` of some DAGs; nothing is changed."""
    clock = RehearsalClock(opening.clock.now())
    began = clock.now()
    calls: list[PlannedCall] = []
    events: list[Event] = []
    sides = {}
    for where, side, version in (
        (Where.BLUE, opening.blue, opening.plan.source),
        (Where.GREEN, opening.green, opening.plan.target),
    ):
        schedules = {name: schedule_of(dag, version, began) for name, dag in opening.plan.dags.items()}
        sides[where] = RehearsedSide(side, where, clock, schedules, calls)
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "rehearsal"
        _copy(journal, opening.plan.number, kept)
        made = replace(
            opening,
            blue=sides[Where.BLUE],
            green=sides[Where.GREEN],
            journal=journal,
            clock=clock,
            emit=events.append,
            settings=replace(opening.settings, watch=timedelta()),
            durable=False,
        )
        with session(made) as driver:
            if only_preflight:
                driver.preflight()
            else:
                _play(driver, back)
            progress = dict(driver.progress)
    sent = {where: side.sent for where, side in sides.items()}
    return Rehearsal(tuple(calls), tuple(events), progress, began, clock.now(), sent)


def _copy(path: Path, wave: int, kept: Iterable[Progress]) -> None:
    journal = Journal(path, durable=False)
    journal.keep(wave, *kept)
    journal.close()


def _play(driver: Driver, back: Collection[str]) -> None:
    if back:
        driver.go_back(back, "asked to")
    driver.advance()


def rehearsal_events(found: Rehearsal, wave: int, *, every_call: bool) -> Iterator[Event]:
    """The calls as events, what is blocked or turns back, and the forecast."""
    for call in found.calls if every_call else ():
        text = f"{call.where.value} {call.method} {call.path} {json.dumps(call.body)}"
        yield Event(call.at, wave, call.dag_id, "would_call", found.progress[call.dag_id].state.value, text)
    for one in found.progress.values():
        if one.state is State.BLOCKED or one.back:
            yield Event(found.ended, wave, one.dag_id, "would_stay", one.state.value, one.reason)
    sent = " and ".join(f"{number} calls of {where.value}" for where, number in found.sent.items())
    text = f"takes about {_words(found.lasts)}, with {len(found.calls)} changes in {sent}"
    yield Event(found.began, wave, "", "forecast", "", text)


def _words(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    return f"{seconds} seconds" if seconds < 120 else f"{round(seconds / 60)} minutes"


@dataclass(slots=True)
class RehearsedSide:
    """A side whose changes are only noted; what it reads afterwards is as if they had been made."""

    real: Side
    where: Where
    clock: Clock
    schedules: Mapping[str, Schedule]
    calls: list[PlannedCall]
    sent: int = 0
    call_lasts: float = 1 / CALLS_A_SECOND
    """Seconds; longer where the real side takes longer to answer."""
    _states: dict[str, DagState | None] = field(default_factory=dict)
    _paused: dict[str, bool] = field(default_factory=dict)
    _notes: dict[str, str] = field(default_factory=dict)
    _began: datetime | None = None

    @property
    def label(self) -> str:
        """That of the real side."""
        return self.real.label

    @property
    def major(self) -> int:
        """That of the real side."""
        return self.real.major

    def _count(self, calls: int = 1) -> None:
        self.sent += calls
        self.clock.sleep(calls * self.call_lasts)

    def identity(self) -> Identity:
        """That of the real side, which shows how long it takes to answer."""
        began = monotonic()
        found = self.real.identity()
        self.call_lasts = max(self.call_lasts, monotonic() - began)
        self._count()
        return found

    def now(self) -> datetime | None:
        """The time of the real side, for the comparison of clocks at the beginning."""
        return self.real.now()

    def dag(self, dag_id: str) -> DagState | None:
        """One DAG as it would be by now."""
        self._count(2)
        self._load([dag_id])
        return self._state(dag_id)

    def dags(self, dag_ids: Collection[str]) -> Mapping[str, DagState]:
        """DAGs as they would be by now."""
        self._count(2 * (1 + len(dag_ids) // PAGE))
        self._load(dag_ids)
        found = {name: self._state(name) for name in dag_ids}
        return {name: state for name, state in found.items() if state is not None}

    def _load(self, dag_ids: Collection[str]) -> None:
        self._began = self._began or self.clock.now()
        unknown = [name for name in dag_ids if name not in self._states]
        if unknown:
            found = self.real.dags(unknown)
            self._states |= {name: found.get(name) for name in unknown}

    def _state(self, dag_id: str) -> DagState | None:
        state = self._states[dag_id]
        if state is None:
            return None
        now = self.clock.now()
        paused = self._paused.get(dag_id, state.paused)
        over = self._began is not None and now - self._began > RUN_LASTS
        found = replace(state, paused=paused, active_runs=() if over else own_runs(state))
        due = state.next_run_after
        if paused or due is None or due > now:
            return found
        coming = coming_run(self.schedules[dag_id], now) if dag_id in self.schedules else None
        return replace(
            found,
            next_run_after=coming.run_after if coming else None,
            next_logical_date=coming.logical_date if coming else None,
            next_interval=None,
        )

    def active_runs(self, dag_id: str) -> tuple[RunState, ...]:
        """Runs that would be going on."""
        found = self.dag(dag_id)
        return found.active_runs if found else ()

    def latest_automated_run(self, dag_id: str) -> RunState | None:
        """The real one."""
        self._count()
        return self.real.latest_automated_run(dag_id)

    def run(self, dag_id: str, run_id: str) -> RunState | None:
        """The real one."""
        self._count()
        return self.real.run(dag_id, run_id)

    def runs(self, dag_id: str, since: datetime) -> tuple[RunState, ...]:
        """The real ones."""
        self._count()
        return self.real.runs(dag_id, since)

    def objection(self, dag_id: str, *, seeded: bool) -> str:
        """That of the real side."""
        return self.real.objection(dag_id, seeded=seeded)

    def set_paused(self, dag_id: str, paused: bool) -> None:
        """Note the call."""
        self._count()
        self._paused[dag_id] = paused
        self._note("PATCH", f"/dags/{dag_id}", {"is_paused": paused}, dag_id)

    def seed_run(self, dag_id: str, marker: Marker) -> None:
        """Note the two calls."""
        self._count(2)
        body: dict[str, object] = {
            "dag_run_id": marker.run_id,
            "logical_date": marker.logical_date.isoformat(),
            "data_interval_start": marker.interval.start.isoformat(),
            "data_interval_end": marker.interval.end.isoformat(),
        }
        if self.major >= 3:
            body["run_after"] = marker.run_after.isoformat()
        self._note("POST", f"/dags/{dag_id}/dagRuns", body, dag_id)
        self._note("PATCH", f"/dags/{dag_id}/dagRuns/{marker.run_id}", {"state": "success"}, dag_id)

    def _note(self, method: str, path: str, body: Mapping[str, object], dag_id: str) -> None:
        self.calls.append(PlannedCall(self.clock.now(), self.where, method, path, body, dag_id))

    def pools(self) -> frozenset[str]:
        """The real ones."""
        self._count()
        return self.real.pools()

    def variables(self) -> frozenset[str]:
        """The real ones."""
        self._count()
        return self.real.variables()

    def connections(self) -> frozenset[str]:
        """The real ones."""
        self._count()
        return self.real.connections()

    def masked(self) -> frozenset[str]:
        """The real ones."""
        self._count()
        return self.real.masked()

    def import_errors(self) -> tuple[ImportProblem, ...]:
        """The real ones."""
        self._count()
        return self.real.import_errors()

    def health(self) -> Health:
        """The real one, taken to stay as it is."""
        self._count()
        found = self.real.health()
        return replace(found, scheduler_heartbeat=self.clock.now() if found.scheduler else None)

    def backfill_dry_run(self, dag_id: str, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """The real one."""
        self._count()
        return self.real.backfill_dry_run(dag_id, start, end)

    def backfill(self, dag_id: str, start: datetime, end: datetime) -> str:
        """Note the call."""
        self._count()
        body = {"dag_id": dag_id, "from_date": start.isoformat(), "to_date": end.isoformat()}
        self._note("POST", "/backfills", body, dag_id)
        return ""

    def note(self, name: str) -> str | None:
        """Notes of the rehearsal alone."""
        self._count()
        return self._notes.get(name)

    def notes(self, prefix: str) -> Mapping[str, str]:
        """Notes of the rehearsal alone."""
        self._count()
        return {name: text for name, text in self._notes.items() if name.startswith(prefix)}

    def create_note(self, name: str, text: str) -> bool:
        """Keep it for the rehearsal."""
        self._count()
        self._notes[name] = text
        return True

    def write_note(self, name: str, text: str) -> None:
        """Keep it for the rehearsal."""
        self._count()
        self._notes[name] = text

    def delete_note(self, name: str) -> None:
        """Forget it."""
        self._count()
        self._notes.pop(name, None)
