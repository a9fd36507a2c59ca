"""Runs waves in a simulated world while everything goes wrong that can; counts what must never happen.

    python -m airshift_dev.wave_faults --schedules 2000

Each schedule draws DAGs, latencies and faults from its seed: the process is killed before or after the effect of a
call, calls are answered late, twice or not at all, readings are old, another operator begins in the middle. After each
kill a new process goes on from the journal file. Then the world is asked whether a DAG was ever unpaused on both
sides, and whether an interval was done twice, half, or not at all.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random

from airshift.errors import AirshiftError
from airshift.estate.model import Dag
from airshift.schedules import runs, schedule_of
from airshift.targets import Target
from airshift.wave.driver import Driver
from airshift.wave.events import Event
from airshift.wave.journal import Journal
from airshift.wave.plan_file import WavePlan
from airshift.wave.session import Opening, session
from airshift.wave.settings import Settings
from airshift.wave.states import BETWEEN, Progress, State
from airshift_dev.wave_failing import KILLS, Faults
from airshift_dev.wave_world import START, Killed, SimulatedSide, World, WorldDag

SOURCE, TARGET = Target("2.10.3"), Target("3.3.1")
SETTINGS = Settings(watch=timedelta(minutes=12), patience=timedelta(minutes=40))
MEMORY = Path("/dev/shm")
"""Where journals lie: the disk has nothing to do with it."""
SKEW = 9.5
"""Seconds that clocks differ by at most: ten are refused."""
_UNDER_WAY = BETWEEN | {State.GAP, State.LEAVING}
PROCESSES = 60
"""A wave that is not over after so many processes counts as one that never ends."""


class WorldClock:
    """The operator's clock: that of the world, or a little off."""

    def __init__(self, world: World, skew: timedelta = timedelta()) -> None:
        self.world = world
        self.skew = skew
        self.at_sleep: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.world.now + self.skew

    def sleep(self, seconds: float) -> None:
        self.at_sleep()
        self.world.pass_time(seconds)


@dataclass(frozen=True)
class Kind:
    """A way DAGs are written."""

    schedule: str | None
    catchup: bool = False
    intervals: bool = False
    """Whether green keeps data intervals."""


KINDS = (
    Kind("*/5 * * * *"),
    Kind("*/10 * * * *"),
    Kind("*/10 * * * *", intervals=True),
    Kind("*/7 * * * *"),
    Kind("0 * * * *"),
    Kind("30 6 * * *"),
    Kind("*/30 * * * *", catchup=True),
    Kind("*/30 * * * *", catchup=True, intervals=True),
    Kind("timedelta(minutes=10)", intervals=True),
    Kind("timedelta(minutes=10)"),
    Kind("@once"),
    Kind(None),
)


def dag_of(name: str, kind: Kind) -> Dag:
    start = START - (timedelta(hours=1) if kind.catchup else timedelta(days=40))
    start = start.replace(minute=0, second=0, microsecond=0)
    return Dag(
        name,
        f"{name}.py",
        1,
        schedule=kind.schedule,
        schedule_given=True,
        start_date=start.isoformat(),
        catchup=kind.catchup,
    )


def world_of(seed: int) -> tuple[World, WavePlan]:
    """Some DAGs on two environments, and the wave that moves them."""
    world = World(seed)
    chance = world.chance
    dags = {f"dag_{number}": chance.choice(KINDS) for number in range(chance.randint(1, 4))}
    made = {name: dag_of(name, kind) for name, kind in dags.items()}
    edges = []
    names = sorted(made)
    if len(names) > 1 and chance.random() < 0.5:
        edges.append((names[0], names[-1]))
    for name, dag in made.items():
        tasks, seconds = chance.randint(1, 3), chance.choice((1.0, 6.0, 20.0))
        follows = tuple(target for source, target in edges if source == name)
        is_asset = chance.random() < 0.5
        pair = [
            WorldDag(
                name,
                schedule_of(dag, version, world.now, intervals=intervals),
                paused,
                tasks,
                seconds,
                produces=follows if is_asset else (),
                triggers=() if is_asset else follows,
            )
            for version, intervals, paused in (
                (SOURCE, None, False),
                (TARGET, dags[name].intervals or None, True),
            )
        ]
        world.add(*pair)
    plan = WavePlan(1, "Wave 1", made, tuple(edges), (), (), SOURCE, TARGET, f"digest {seed}")
    return world, plan


@dataclass
class Outcome:
    """What one schedule came to."""

    seed: int
    violations: list[str]
    states: Counter[str]
    counts: Counter[str]
    minutes: float
    events: list[Event] = field(default_factory=list)


@dataclass
class Schedule:
    """One wave with its faults, process after process, until it is over."""

    seed: int
    folder: Path
    faults: Faults
    world: World
    plan: WavePlan
    back_after: int = 0
    """The wave is sent back in this process; 0 for never."""
    operators: bool = False
    stale: bool = False
    skew: timedelta = timedelta()
    pauses: tuple[float, ...] = (1.0, 20.0, 100.0, 700.0)
    """Seconds until the next process begins; one of them."""
    counts: Counter[str] = field(default_factory=Counter)
    events: list[Event] = field(default_factory=list)
    progress: dict[str, Progress] = field(default_factory=dict)
    is_over: bool = False
    holds: bool = False
    """Whether the operator of the wave has the lock."""
    is_lost: bool = False
    """Whether somebody else has taken the lock from them."""
    journal: str = "first"
    """The journal that the operator of the wave goes on with."""

    def run(self) -> Outcome:
        """Run it, let the world go on for a while, and look at what it came to."""
        self.world.pass_time(self.world.chance.uniform(0, 600))
        for number in range(1, PROCESSES):
            self.counts["processes"] += 1
            self._process(number)
            if self.is_over:
                break
            self.world.pass_time(self.world.chance.choice(self.pauses))
        self.world.pass_time(25 * 60)
        found = list(self.world.violations)
        if not self.is_over:
            found.append("the wave never ended")
        found += self._judged()
        states = Counter(one.state.value for one in self.progress.values())
        counts = self.counts + self.faults.counts
        minutes = (self.world.now - START).total_seconds() / 60
        return Outcome(self.seed, found, states, counts, minutes, self.events)

    def opening(self, name: str) -> Opening:
        chance = Random(self.seed + 1) if self.stale else None
        return Opening(
            self.plan,
            SimulatedSide(self.world.blue, self.faults, stale=chance),
            SimulatedSide(self.world.green, self.faults, stale=chance),
            self.folder / f"{self.seed}-{name}.journal",
            self._clock(),
            SETTINGS,
            self.events.append,
            who=name,
            place=name,
            durable=False,
        )

    def _clock(self) -> WorldClock:
        clock = WorldClock(self.world, self.skew)
        if self.operators:
            clock.at_sleep = self._another
        return clock

    def _process(self, number: int) -> None:
        self.is_lost = False
        try:
            with session(self.opening(self.journal)) as driver:
                self.holds = True
                if self.back_after and number >= self.back_after:
                    driver.go_back(list(self.plan.dags), "asked to")
                driver.advance()
                if self.back_after and number < self.back_after:
                    driver.go_back(list(self.plan.dags), "asked to")
                    driver.advance()
                self._end(driver)
        except Killed:
            self.is_over = self.is_over and not self.is_lost
        except AirshiftError as error:
            self.counts[f"stopped: {type(error).__name__}"] += 1
            self.is_over = False
            if "another journal" in str(error):
                self._go_on_with_the_other()
        self.holds = False

    def _go_on_with_the_other(self) -> None:
        """What the message asks for: the other operator was first, so the wave goes on with that journal."""
        self.counts["went on with the other journal"] += 1
        self.journal = "second" if self.journal == "first" else "first"

    def _end(self, driver: Driver) -> None:
        self.progress = dict(driver.progress)
        # A first run that lies far ahead is verified another day.
        self.is_over = all(
            one.is_settled or one.state is State.GREEN_UNPAUSED for one in driver.progress.values()
        )

    def _another(self) -> None:
        """A second operator begins in the middle, on this machine or on another one."""
        roll = self.world.chance.random()
        if roll < 0.004:
            self._taken_over()
        if roll > 0.02:
            return
        name = self.world.chance.choice(("first", "second"))
        self.counts["second operators"] += 1
        opening = self.opening(name)
        opening.clock.at_sleep = lambda: None  # type: ignore[attr-defined]
        try:
            with session(opening):
                if self.holds and not self.is_lost:
                    self.world.violations.append("two operators at once")
        except (AirshiftError, Killed):
            return

    def _taken_over(self) -> None:
        """The operator's machine is suspended for so long that somebody with a new journal takes the wave over.

        Only while nothing is on its way: who gives up a journal gives up what it knows about DAGs between the sides.
        """
        if not self._is_at_rest():
            return
        self.counts["taken over"] += 1
        self.is_lost = True
        self.world.pass_time(900)
        name = "second" if self.journal == "first" else "first"
        try:
            with session(replace(self.opening(name), clock=WorldClock(self.world), take_over=True)) as driver:
                driver.advance()
        except (AirshiftError, Killed) as error:
            self.counts[f"taken over, stopped: {type(error).__name__}"] += 1

    def _is_at_rest(self) -> bool:
        """Whether the journal of the wave says that no DAG is between the sides, and none has been touched lately."""
        journal = Journal(self.folder / f"{self.seed}-{self.journal}.journal", durable=False)
        try:
            between = any(one.state in _UNDER_WAY for one in journal.progress(self.plan.number).values())
            touched = journal.touched(self.plan.number).values()
            return not between and all(self.world.now - at > timedelta(minutes=2) for at in touched)
        finally:
            journal.close()

    def _judged(self) -> Iterator[str]:
        yield from (f"half done: {text}" for text in self.world.half_done())
        for name in self.plan.dags:
            blue, green = self.world.blue.dags[name], self.world.green.dags[name]
            if blue.paused and green.paused and self.is_over:
                yield f"{name} is paused on both sides"
            if blue.stuck or green.stuck:
                yield f"{name} is stuck"
            for tick, times in self.world.completed(name).items():
                if times > 1:
                    yield f"{name} {tick:%H:%M} was done {times} times"
            yield from self._lost(name)

    def _lost(self, name: str) -> Iterator[str]:
        """Ticks that nobody did though the DAG was unpaused somewhere when they were due."""
        blue, green = self.world.blue.dags[name], self.world.green.dags[name]
        done = self.world.completed(name)
        begun = max(
            (run.run.run_after for run in blue.runs.values() if not run.tasks and not run.seconds),
            default=START,
        )
        until = self.world.now - timedelta(minutes=6)
        for run in runs(blue.schedule, begun + timedelta.resolution, until):
            if run.run_after in done or self._was_paused(name, run.run_after):
                continue
            if any(one.run.run_after == run.run_after for side in (blue, green) for one in side.active()):
                continue
            yield f"{name} {run.run_after:%H:%M:%S} was lost"

    def _was_paused(self, name: str, tick: datetime) -> bool:
        """Whether nobody could run a tick before the next one came: that is a gap, which is reported and filled."""
        return any(start <= tick < end for start, end in self.world.nowhere(name))


def schedules(count: int, first: int = 0) -> Iterator[Outcome]:
    """Run so many schedules, each with its own mixture of faults."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        for seed in range(first, first + count):
            yield schedule(seed, Path(folder)).run()


def schedule(seed: int, folder: Path) -> Schedule:
    """The schedule of a seed."""
    world, plan = world_of(seed)
    chance = Random(seed * 7 + 1)
    faults = Faults(
        chance,
        kill=chance.choice((0, 0.01, 0.03)),
        uncertain=chance.choice((0, 0.03, 0.1)),
        refused=chance.choice((0, 0.05)),
        conflict=chance.choice((0, 0.02)),
        outside=chance.choice((0, 0, 0.3)),
    )
    return Schedule(
        seed,
        folder,
        faults,
        world,
        plan,
        back_after=chance.choice((0, 0, 0, 0, 1, 2, 3)),
        operators=chance.random() < 0.2,
        stale=chance.random() < 0.4,
        skew=timedelta(seconds=chance.uniform(-SKEW, SKEW)),
    )


def killed_at_each_call(kind: Kind, how: str, *, back: bool) -> Iterator[Outcome]:
    """One wave of a DAG, killed at each of its calls: `before` its effect, `after` it, or with the effect to come.

    A new process goes on a second later: to green, or with `back` to blue, also when green was reached already.
    """
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        probe = _one_dag(kind, Path(folder), "probe", back=back)
        probe.run()
        for number in range(1, probe.faults.calls + 1):
            one = _one_dag(kind, Path(folder), str(number), back=back)
            one.faults.at, one.faults.how = number, how
            yield one.run()


def _one_dag(kind: Kind, folder: Path, name: str, *, back: bool) -> Schedule:
    world, dag = World(), dag_of("dag", kind)
    blue = WorldDag("dag", schedule_of(dag, SOURCE, world.now), False)
    green = WorldDag("dag", schedule_of(dag, TARGET, world.now, intervals=kind.intervals or None), True)
    world.add(blue, green)
    plan = WavePlan(1, "Wave 1", {"dag": dag}, (), (), (), SOURCE, TARGET, "digest")
    (folder / name).mkdir()
    return Schedule(
        0, folder / name, Faults(Random(0)), world, plan, back_after=2 if back else 0, pauses=(1.0,)
    )


def table(outcomes: list[Outcome], seconds: float) -> Iterator[str]:
    """What came of it, as lines."""
    counts: Counter[str] = Counter()
    states: Counter[str] = Counter()
    for one in outcomes:
        counts += one.counts
        states += one.states
    yield f"{'schedules':36}{len(outcomes):>9,}"
    for name, number in sorted(counts.items()):
        yield f"{name:36}{number:>9,}"
    for name, number in sorted(states.items()):
        yield f"{'DAGs ended ' + name:36}{number:>9,}"
    yield f"{'simulated hours':36}{sum(one.minutes for one in outcomes) / 60:>9,.0f}"
    yield f"{'seconds':36}{seconds:>9,.1f}"
    yield f"{'violations':36}{sum(bool(one.violations) for one in outcomes):>9,}"


def main() -> int:
    """Print the figures; 1 when something happened that must not."""
    parser = argparse.ArgumentParser(description="Fault schedules of airshift wave.")
    parser.add_argument("--schedules", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument(
        "--each-call", action="store_true", help="also kill at each single call of some waves"
    )
    given = parser.parse_args()
    began = time.process_time()
    outcomes = list(schedules(given.schedules, given.first))
    for kind, how, back in product(KINDS[:3], KILLS, (False, True)) if given.each_call else ():
        outcomes += killed_at_each_call(kind, how, back=back)
    print("\n".join(table(outcomes, time.process_time() - began)))
    bad = [one for one in outcomes if one.violations]
    for one in bad[:20]:
        print(f"seed {one.seed}: {'; '.join(one.violations[:4])}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
