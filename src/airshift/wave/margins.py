"""How soon a run has to be due to close a gap: a minute, or less where a DAG of the wave runs more often.

A gap lies between two runs, so a margin as long as the shortest period would never find one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, pairwise

from airshift.errors import UsageError
from airshift.schedules import Schedule, runs, schedule_of
from airshift.wave.plan_file import WavePlan

LONGEST = timedelta(seconds=60)
SHORTEST = timedelta(seconds=1)
SHARE = 4
"""The part of the shortest period that is the margin."""
_LOOKED_AT = 5


def margin_of(wave: WavePlan, now: datetime, asked: int | None = None) -> timedelta:
    """The margin of a wave, or the one that was asked for; raise UsageError when that finds no gap."""
    margin = timedelta(seconds=asked or 0)
    shortest = shortest_period(wave, now, max(LONGEST * SHARE, margin))
    if shortest is None:
        return margin or LONGEST
    dag_id, period = shortest
    found = max(SHORTEST, min(LONGEST, timedelta(seconds=period.total_seconds() // SHARE)))
    if margin >= period:
        raise UsageError(
            f"--margin {asked}: {dag_id} runs every {period.total_seconds():.0f} seconds, "
            f"so that it would never have a gap; {found.total_seconds():.0f} does"
        )
    return margin or found


def shortest_period(wave: WavePlan, now: datetime, longest: timedelta) -> tuple[str, timedelta] | None:
    """The DAG of a wave that runs most often, and how often; None when none runs as often as that."""
    found = [
        (name, period)
        for name, dag in sorted(wave.dags.items())
        for version in (wave.source, wave.target)
        for period in _periods(schedule_of(dag, version, now), now, now + 2 * longest)
        if period <= longest
    ]
    return min(found, key=lambda pair: pair[1], default=None)


def _periods(schedule: Schedule, now: datetime, until: datetime) -> Iterator[timedelta]:
    ticks = [run.run_after for run in islice(runs(schedule, now, until), _LOOKED_AT)]
    yield from (later - earlier for earlier, later in pairwise(ticks))
