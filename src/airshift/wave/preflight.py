"""What keeps a DAG from moving: everything that can be known before anything is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from airshift.estate.model import Dag
from airshift.schedules import Schedule
from airshift.wave.seeding import Unseedable, done_by, run_of, seeding
from airshift.wave.settings import Clock, Settings
from airshift.wave.side import DagState, Health, RunState, Side
from airshift.wave.states import Where


@dataclass(frozen=True, slots=True)
class Green:
    """What green has, as far as DAGs need it."""

    pools: frozenset[str]
    variables: frozenset[str]
    connections: frozenset[str]
    masked: frozenset[str]
    health: Health


def read_green(green: Side) -> Green:
    """Ask green for all of it."""
    return Green(green.pools(), green.variables(), green.connections(), green.masked(), green.health())


def problems(
    dag: Dag,
    schedule: Schedule,
    blue: DagState | None,
    green: DagState | None,
    blue_last: RunState | None,
    there: Green,
    now: datetime,
    sides: Collection[Side] = (),
) -> Iterator[str]:
    """Why this DAG cannot move now, in words that say what to do."""
    if blue is None or green is None:
        yield f"{'blue' if blue is None else 'green'} does not know it"
        return
    if green.import_error:
        yield "green cannot parse its file: see the import errors"
    if not green.parsed:
        yield "green has not parsed it lately: is it deployed?"
    yield from _names(dag, there)
    if blue.next_run_after is not None and green.next_run_after is None and not blue.paused:
        yield "blue runs it by the clock and green never would: write its schedule down"
    # Marks may be needed on both sides, on blue for the way back.
    is_clocked = green.next_run_after is not None
    said = (side.objection(dag.dag_id, seeded=is_clocked) for side in sides)
    yield from dict.fromkeys(text for text in said if text)
    found = seeding(schedule, green, done_by(run_of(blue_last)), now, None)
    if isinstance(found, Unseedable) and green.paused and not blue.paused:
        yield found.reason


def _names(dag: Dag, there: Green) -> Iterator[str]:
    wanted = (
        ("pool", dag.pools, there.pools),
        ("variable", dag.variables, there.variables),
        ("connection", dag.connections, there.connections),
    )
    for kind, names, known in wanted:
        for name in names:
            if name not in known:
                yield f"green has no {kind} {name}"
            elif f"{kind} {name}" in there.masked:
                yield f"the {kind} {name} on green holds a mask (***), not its value"


def environment_problems(blue: Side, green: Side, clock: Clock, settings: Settings) -> Iterator[str]:
    """What keeps the whole wave from beginning: the wrong environments, clocks that differ, a dead scheduler."""
    if blue.major != 2:
        yield f"{blue.label} is Airflow {blue.major}: blue has to be Airflow 2"
    if green.major != 3:
        yield f"{green.label} is Airflow {green.major}: green has to be Airflow 3"
    for where, side in ((Where.BLUE, blue), (Where.GREEN, green)):
        skew = _skew(side, clock, settings)
        if skew:
            yield (
                f"the clocks of this machine and of {where.value} differ by {skew.total_seconds():.0f} s: "
                f"at most {settings.max_skew.total_seconds():.0f} s are safe"
            )
        if not side.health().scheduler:
            yield f"the scheduler of {where.value} gives no sign of life"


def _skew(side: Side, clock: Clock, settings: Settings) -> timedelta | None:
    """How far the clocks are apart when that is too far; a heartbeat may be behind, but not ahead."""
    theirs = side.now()
    if theirs is None:
        return None
    ahead = theirs - clock.now()
    allowed = -settings.max_skew - settings.heartbeat_lag <= ahead <= settings.max_skew
    return None if allowed else ahead
