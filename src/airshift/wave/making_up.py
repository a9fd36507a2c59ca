"""Which DAGs of a wave have runs to make up for after their move, and which runs these are.

A tick that passed while a DAG was paused on both sides was made by nobody. What green has yet to make is no gap: only
ticks before the run that it plans next count.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from airshift.clients.api import ApiError
from airshift.schedules import Continuous, DeltaTriggers, Schedule, Unreadable, schedule_of
from airshift.wave.events import Event
from airshift.wave.gaps import Filling, Stretch, fill, filling, missing
from airshift.wave.journal import Call, Journal, Outcome
from airshift.wave.plan_file import WavePlan
from airshift.wave.seeding import matching, planned_run
from airshift.wave.side import DagState, Side
from airshift.wave.states import ON_GREEN, Progress, Where

_TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A DAG whose gap is not filled, and why."""

    dag_id: str
    reason: str


Found = Filling | Skipped


def find_gaps(
    wave: WavePlan, progress: Mapping[str, Progress], blue: Side, green: Side, now: datetime
) -> Iterator[Found]:
    """What to fill of each DAG that runs on green; asks both sides, changes nothing. May raise ApiError."""
    moved = [one for one in progress.values() if one.state in ON_GREEN and not one.back]
    states = green.dags([one.dag_id for one in moved]) if moved else {}
    for one in moved:
        schedule = schedule_of(wave.dags[one.dag_id], wave.target, now)
        yield _find(one, states.get(one.dag_id), schedule, (blue, green), now)


def _find(
    one: Progress, state: DagState | None, schedule: Schedule, sides: tuple[Side, Side], now: datetime
) -> Found:
    blue, green = sides
    planned = planned_run(state) if state is not None else None
    if state is None:
        return Skipped(one.dag_id, "green does not know it")
    if one.blue_last is None or planned is None:
        return Skipped(one.dag_id, "no clock has started it on both sides")
    if state.paused:
        return Skipped(one.dag_id, "it is paused on green")
    if schedule.catchup:
        return Skipped(one.dag_id, "it makes up for what it missed by itself")
    real = matching(schedule, planned)
    if isinstance(real.timetable, DeltaTriggers | Continuous | Unreadable):
        return Skipped(one.dag_id, "its ticks cannot be told from its schedule")
    since = one.blue_last.run_after
    until = min(now, planned.run_after)
    gap = missing(real, since, until, blue.runs(one.dag_id, since), green.runs(one.dag_id, since))
    return filling(green, one.dag_id, gap)


@dataclass(frozen=True, slots=True)
class Filler:
    """Starts the backfills of a wave, each written to the journal before."""

    green: Side
    journal: Journal
    wave: int
    who: str
    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def fill(self, plan: Filling) -> Iterator[Stretch]:
        """Make the missing runs of one DAG; yields each stretch once its runs are over. May raise ApiError."""
        for stretch in plan.stretches:
            number = self.journal.begin(self.wave, _call(plan.dag_id, stretch), self.who, self.now())
            try:
                made = [name for _, name in fill(self.green, Filling(plan.dag_id, (stretch,)), self.sleep)]
            except ApiError as error:
                self.journal.end(number, Outcome.UNCERTAIN, self.now(), str(error))
                raise
            self.journal.end(number, Outcome.DONE, self.now(), f"backfill {made[0]}")
            yield stretch


def _call(dag_id: str, stretch: Stretch) -> Call:
    key = f"backfill {stretch.first.isoformat()} {stretch.last.isoformat()}"
    return Call(dag_id, Where.GREEN, "backfill", key, "no run", stretch_text(stretch))


def found_events(found: Collection[Found], wave: int, now: datetime) -> Iterator[Event]:
    """What would be filled, and what is not."""
    for one in found:
        match one:
            case Skipped(dag_id, reason):
                yield Event(now, wave, dag_id, "skip", "", reason)
            case Filling(dag_id, stretches, left):
                for stretch in stretches:
                    yield Event(now, wave, dag_id, "would_fill", "", stretch_text(stretch))
                for date in left:
                    yield Event(now, wave, dag_id, "problem", "", f"green would not make {date:{_TIME}}")


def stretch_text(stretch: Stretch) -> str:
    """The runs of a stretch in words."""
    count = len(stretch.dates)
    if count == 1:
        return f"1 run, {stretch.first:{_TIME}}"
    return f"{count} runs, {stretch.first:{_TIME}} to {stretch.last:{_TIME}}"
