"""One run of the engine: locks taken, journal open, plan and environments as they were when the wave began."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from airshift.errors import AirshiftError, UsageError
from airshift.wave.changing import Changing
from airshift.wave.driver import Driver
from airshift.wave.events import Emit
from airshift.wave.journal import Journal
from airshift.wave.lock import Lease, Owner, ProcessLock, operator, place_of
from airshift.wave.looking import Looking
from airshift.wave.plan_file import WavePlan
from airshift.wave.preflight import environment_problems
from airshift.wave.settings import Clock, Settings
from airshift.wave.side import ImportProblem, Side
from airshift.wave.states import Progress, State, Where
from airshift.wave.watch import Thresholds
from airshift.wave.watching import Watching


class ChangedError(AirshiftError):
    """Plan or environment are not what they were when the wave began."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Everything a session needs."""

    plan: WavePlan
    blue: Side
    green: Side
    journal: Path
    clock: Clock
    settings: Settings
    emit: Emit
    thresholds: Thresholds = field(default_factory=Thresholds)
    who: str = ""
    place: str = ""
    """What tells this journal from copies of it; found out where it is not given."""
    take_over: bool = False
    durable: bool = True


@contextmanager
def session(opening: Opening) -> Iterator[Driver]:
    """A driver that may change the environments; raises before anything is changed when it may not."""
    process = ProcessLock(opening.journal)
    try:
        journal = Journal(opening.journal, durable=opening.durable)
        try:
            with _leased(opening, journal) as lease:
                yield _driver(opening, journal, lease)
        finally:
            journal.close()
    finally:
        process.release()


@contextmanager
def looking_on(opening: Opening) -> Iterator[Driver]:
    """A driver that may look and remember, but change nothing."""
    process = ProcessLock(opening.journal)
    try:
        journal = Journal(opening.journal, durable=opening.durable)
        try:
            yield _driver(opening, journal, _lease(opening, journal))
        finally:
            journal.close()
    finally:
        process.release()


@contextmanager
def _leased(opening: Opening, journal: Journal) -> Iterator[Lease]:
    looking = Looking({}, opening.clock, opening.settings)
    found = looking.ask(
        lambda: list(environment_problems(opening.blue, opening.green, opening.clock, opening.settings))
    )
    if found:
        raise UsageError("; ".join(found))
    lease = _lease(opening, journal)
    wave = opening.plan.number
    is_known = bool(journal.progress(wave))
    if looking.ask(lambda: lease.acquire(wave, take_over=opening.take_over, is_known=is_known)):
        journal.keep(wave, *map(Progress, journal.progress(wave)))  # what it knows is out of date
    try:
        yield lease
        lease.require()  # what was seen counts only while nobody else has taken the wave over
    except Exception:
        _release(lease, frozenset())
        raise
    settled = all(one.is_settled for one in journal.progress(opening.plan.number).values())
    _release(lease, frozenset({opening.plan.number}) if settled else frozenset())


def _lease(opening: Opening, journal: Journal) -> Lease:
    owner = Owner(
        opening.who or operator(),
        journal.meta("id", uuid.uuid4().hex),
        opening.place or place_of(opening.journal),
        expires="",
    )
    return Lease(opening.green, owner, opening.clock.now)


def _release(lease: Lease, finished: frozenset[int]) -> None:
    """Let others in; a lock that cannot be given back runs out by itself."""
    with suppress(AirshiftError):
        lease.release(finished=finished)


def _driver(opening: Opening, journal: Journal, lease: Lease) -> Driver:
    plan = opening.plan
    sides = {Where.BLUE: opening.blue, Where.GREEN: opening.green}
    looking = Looking(sides, opening.clock, opening.settings)
    known = _begin(opening, journal, looking)
    changing = Changing(
        sides, journal, plan.number, lease, opening.clock, opening.settings, opening.who or operator()
    )
    watching = Watching(looking, opening.thresholds, known)
    return Driver(plan, looking, changing, journal, opening.clock, opening.settings, opening.emit, watching)


def _begin(opening: Opening, journal: Journal, looking: Looking) -> tuple[ImportProblem, ...]:
    """Note what the wave is about, or see that it is the same still; the import errors from before it."""
    plan = opening.plan
    environments = looking.ask(
        lambda: f"{opening.blue.identity()} -> {opening.green.identity()}",
    )
    there = journal.wave(plan.number)
    if there is not None:
        _compare(opening, journal, there[:2], environments)
    if there is not None and there[:2] == (plan.digest, environments):
        return tuple(ImportProblem(*one) for one in there[2].get("import_errors", ()))
    known = looking.ask(opening.green.import_errors)
    facts = {"import_errors": [[one.file, one.message] for one in known]}
    journal.begin_wave(plan.number, plan.digest, environments, facts)
    return known


def _compare(opening: Opening, journal: Journal, before: tuple[str, str], environments: str) -> None:
    """Refuse what has changed while DAGs are on their way."""
    moving = [
        one.dag_id
        for one in journal.progress(opening.plan.number).values()
        if not one.is_settled and one.state is not State.PLANNED
    ]
    if not moving:
        return
    if before[0] != opening.plan.digest:
        raise ChangedError(
            f"the plan of wave {opening.plan.number} has changed since it began, and {moving[0]} is on its way: "
            "go on with the plan it began with"
        )
    if before[1] != environments:
        raise ChangedError(
            f"the environments have changed since the wave began: {before[1]}, now {environments}"
        )
