"""What `airshift wave` does, as functions: rehearse, run, go back, verify; the command adds options and text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from airshift.errors import UsageError
from airshift.wave.bridging import Bridging
from airshift.wave.driver import Driver
from airshift.wave.events import Event
from airshift.wave.journal import Journal
from airshift.wave.plan_file import BridgeFile, WavePlan, write_progress
from airshift.wave.rehearsal import Rehearsal, rehearse
from airshift.wave.session import Opening, looking_on, session
from airshift.wave.states import SETTLED, Progress, State, Where

JOURNAL = "wave.journal"
MOVED = frozenset({State.DONE, State.IDLE, State.GREEN_UNPAUSED})


@dataclass(frozen=True, slots=True)
class Job:
    """A wave to work on, with what only the caller knows."""

    opening: Opening
    plan_file: Path
    folders: Mapping[Where, str] = field(default_factory=dict)
    """Where the DAG files of bridges go."""
    bridges_ready: Callable[[BridgeFile], bool] = lambda bridge: False


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended."""

    progress: Mapping[str, Progress]
    left: tuple[str, ...] = ()
    """What people have to do."""
    concerns: int = 0

    @property
    def is_incomplete(self) -> bool:
        """Whether something is on its way still."""
        return bool(self.left) or not all(one.is_settled for one in self.progress.values())

    @property
    def is_clean(self) -> bool:
        """Whether every DAG is where the run was to bring it, without anything to worry about."""
        return not self.concerns and all(one.state in MOVED for one in self.progress.values())


def forecast(job: Job) -> Rehearsal:
    """What `run` or `resume` would do from here on."""
    kept = known_progress(job.opening.plan, job.opening.journal)
    return rehearse(job.opening, [one for one in kept.values() if one.state not in SETTLED or one.back])


def forecast_back(job: Job, names: Collection[str]) -> Rehearsal:
    """What `rollback` would do."""
    kept = known_progress(job.opening.plan, job.opening.journal)
    return rehearse(job.opening, kept.values(), back=names)


def known_progress(plan: WavePlan, journal_file: Path) -> dict[str, Progress]:
    """Where the DAGs stand by the journal, if there is one."""
    if not journal_file.exists():
        return {name: Progress(name) for name in plan.dags}
    with opened(journal_file) as journal:
        known = journal.progress(plan.number)
    return {name: known.get(name, Progress(name)) for name in plan.dags}


@contextmanager
def opened(journal_file: Path) -> Iterator[Journal]:
    """A journal for reading; raise UsageError when there is none."""
    if not journal_file.exists():
        raise UsageError(f"{journal_file}: there is no journal: no wave of this plan has begun")
    journal = Journal(journal_file)
    try:
        yield journal
    finally:
        journal.close()


def carry_out(job: Job, *, anew: bool) -> Result:
    """Move the wave; with `anew`, DAGs that were blocked, idle or rolled back before are tried again."""
    plan = job.opening.plan
    with _session(job) as (driver, bridging):
        if anew:
            driver.plan_again()
        driver.preflight()
        left = bridging.deploy(plan.needed)
        if left:
            return _ended(job, driver, left)
        driver.advance()
        if all(one.state in MOVED and not one.back for one in driver.progress.values()):
            left = bridging.remove(plan.over)
        return _ended(job, driver, left)


def roll_back(job: Job, names: Collection[str] = ()) -> Result:
    """Bring DAGs back to blue, all of the wave where none are named, with those that move with them."""
    unknown = sorted(set(names) - job.opening.plan.dags.keys())
    if unknown:
        raise UsageError(f"wave {job.opening.plan.number} has no DAG {unknown[0]}")
    with _session(job) as (driver, bridging):
        left = bridging.deploy(job.opening.plan.over)
        if left:
            return _ended(job, driver, left)
        driver.go_back(list(names) or list(driver.progress), "asked to go back")
        driver.advance()
        return _ended(job, driver, [])


def verify(job: Job) -> Result:
    """Look whether first runs were a success and everything is as the simulation says; changes nothing."""
    with looking_on(job.opening) as driver:
        concerns = driver.verify()
        progress = dict(driver.progress)
    write_progress(job.plan_file, job.opening.plan, progress)
    return Result(progress, concerns=concerns)


@contextmanager
def _session(job: Job) -> Iterator[tuple[Driver, Bridging]]:
    opening = job.opening
    with session(opening) as driver:
        yield (
            driver,
            Bridging(
                job.plan_file.parent,
                {Where.BLUE: opening.blue, Where.GREEN: opening.green},
                driver.journal,
                opening.plan.number,
                opening.clock,
                opening.emit,
                opening.who,
                job.folders,
                job.bridges_ready,
            ),
        )


def _ended(job: Job, driver: Driver, left: list[str]) -> Result:
    for text in left:
        job.opening.emit(
            Event(job.opening.clock.now(), job.opening.plan.number, "", "problem", "bridge", text)
        )
    write_progress(job.plan_file, job.opening.plan, driver.progress)
    return Result(dict(driver.progress), tuple(left), driver.concerns)
