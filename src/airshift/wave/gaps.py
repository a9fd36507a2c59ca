"""Make up for runs that neither side has made, with green's backfills.

A backfill runs everything between two dates that has no run on green, so also what blue has done. Each stretch is
therefore dry run first, and started only when that names nothing else than missing runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from airshift.clients.api import ApiError
from airshift.schedules import Run, Schedule, runs
from airshift.wave.side import RunState, Side

PAUSE = 5.0
"""Seconds between two looks at a backfill that goes on."""
LOOKS = 360
"""How often one looks before the rest is left to another call."""
MOST = 1000
"""Runs of a gap; more are found once these are made."""
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Stretch:
    """Missing runs in a row: one backfill; `dates` are logical dates."""

    dates: tuple[datetime, ...]

    @property
    def first(self) -> datetime:
        """The first logical date."""
        return self.dates[0]

    @property
    def last(self) -> datetime:
        """The last logical date."""
        return self.dates[-1]


@dataclass(frozen=True, slots=True)
class Filling:
    """What to do about the gap of one DAG."""

    dag_id: str
    stretches: tuple[Stretch, ...]
    left: tuple[datetime, ...] = ()
    """Logical dates that green would not make, whatever is asked of it."""


def missing(
    schedule: Schedule,
    since: datetime,
    until: datetime,
    blue: Collection[RunState],
    green: Collection[RunState],
) -> tuple[Run, ...]:
    """The runs of green's schedule due after `since` and before `until` that nobody has made, oldest first.

    A run is taken for made when one of the same time is there, in whatever state: what failed or goes on is no gap.
    """
    made = {run.run_after for run in (*blue, *green)}
    due = runs(schedule, since + timedelta.resolution, until)
    return tuple(islice((run for run in due if run.run_after not in made), MOST))


def filling(green: Side, dag_id: str, gap: Sequence[Run]) -> Filling:
    """The backfills that make exactly these runs, found by dry runs; changes nothing."""
    if not gap:
        return Filling(dag_id, ())
    wanted = {run.logical_date for run in gap}
    offered = green.backfill_dry_run(dag_id, min(wanted), max(wanted))
    left = tuple(sorted(wanted - set(offered)))
    return Filling(dag_id, tuple(_stretches(sorted(offered), wanted)), left)


def _stretches(offered: Sequence[datetime], wanted: Collection[datetime]) -> Iterator[Stretch]:
    dates: list[datetime] = []
    for date in offered:
        if date in wanted:
            dates.append(date)
        elif dates:
            yield Stretch(tuple(dates))
            dates = []
    if dates:
        yield Stretch(tuple(dates))


def fill(green: Side, plan: Filling, sleep: Callable[[float], None]) -> Iterator[tuple[Stretch, str]]:
    """Start the backfills one after the other, each when the one before has ended; yields them with their ids.

    Airflow has one backfill of a DAG at a time. Raises ApiError, also for one that takes too long.
    """
    for stretch in plan.stretches:
        if set(green.backfill_dry_run(plan.dag_id, stretch.first, stretch.last)) != set(stretch.dates):
            raise ApiError(f"{green.label}: {plan.dag_id}: a backfill would run something else by now")
        yield stretch, _start(green, plan.dag_id, stretch, sleep)
        _wait(green, plan.dag_id, stretch, sleep)


def _start(green: Side, dag_id: str, stretch: Stretch, sleep: Callable[[float], None]) -> str:
    for _ in range(LOOKS):
        try:
            return green.backfill(dag_id, stretch.first, stretch.last)
        except ApiError as error:
            if error.status != _CONFLICT:
                raise
        sleep(PAUSE)
    raise ApiError(f"{green.label}: {dag_id}: another backfill does not end", status=_CONFLICT)


def _wait(green: Side, dag_id: str, stretch: Stretch, sleep: Callable[[float], None]) -> None:
    for _ in range(LOOKS):
        ended = {run.logical_date for run in green.runs(dag_id, stretch.first) if not run.is_active}
        if ended.issuperset(stretch.dates):
            return
        sleep(PAUSE)
    raise ApiError(f"{green.label}: {dag_id}: the backfill goes on for long; fill the rest later")
