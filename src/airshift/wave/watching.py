"""Puts together what `watch.judge` judges: the runs that green should have made, and those it has made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from airshift.clients.api import ApiError
from airshift.schedules import CronIntervals, CronTriggers, DeltaIntervals, Events, Schedule, runs
from airshift.wave.looking import Looking
from airshift.wave.seeding import matching, planned_run
from airshift.wave.side import DagState, ExpectedRun, ImportProblem, Observations, WatchedDag
from airshift.wave.states import Progress, Where
from airshift.wave.steps import Rules
from airshift.wave.watch import Concern, Thresholds, judge

_PREDICTABLE = CronIntervals | CronTriggers | DeltaIntervals | Events


@dataclass(slots=True)
class Watching:
    """Judges green from time to time; a concern is told once."""

    looking: Looking
    thresholds: Thresholds
    known_import_errors: tuple[ImportProblem, ...] = ()
    _next: datetime | None = None
    _told: set[Concern] = field(default_factory=set)

    def concerns(self, on_green: Collection[Progress], rules: Mapping[str, Rules]) -> tuple[Concern, ...]:
        """What is wrong and was not told before; nothing while it is too early to look again."""
        now = self.looking.clock.now()
        if not on_green or (self._next is not None and now < self._next):
            return ()
        self._next = now + self.looking.settings.judged_every
        new = [one for one in judge(self.observe(on_green, rules), self.thresholds) if one not in self._told]
        self._told.update(new)
        return tuple(new)

    def observe(self, on_green: Collection[Progress], rules: Mapping[str, Rules]) -> Observations:
        """Look at green as a whole and at each DAG that runs there."""
        green = self.looking.sides[Where.GREEN]
        at = self.looking.clock.now()
        try:
            health, errors = green.health(), green.import_errors()
        except ApiError:
            return Observations(at, ())
        states = self.looking.ask(lambda: green.dags([one.dag_id for one in on_green]))
        watched = tuple(
            self._dag(one, states[one.dag_id], rules[one.dag_id].green, at)
            for one in on_green
            if one.dag_id in states
        )
        return Observations(at, watched, errors, self.known_import_errors, health)

    def _dag(self, one: Progress, state: DagState, schedule: Schedule, at: datetime) -> WatchedDag:
        since = one.unpaused_at or at
        if one.blue_last is not None:
            since = min(since, one.blue_last.run_after)
        planned = planned_run(state)
        real = matching(schedule, planned) if planned is not None else schedule
        is_exact = isinstance(real.timetable, _PREDICTABLE)
        return WatchedDag(
            one.dag_id,
            since,
            expected_runs(real, since, at) if is_exact else (),
            self.looking.green_runs(one, state),
            self.looking.blue_runs(one),
            is_exact,
            state.import_error,
        )


def expected_runs(schedule: Schedule, after: datetime, until: datetime) -> tuple[ExpectedRun, ...]:
    """The runs due after a time and by another one."""
    return tuple(
        ExpectedRun(run.run_after, run.logical_date)
        for run in runs(schedule, after, until)
        if run.run_after > after
    )
