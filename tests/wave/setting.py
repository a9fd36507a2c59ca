"""A simulated pair of environments and a wave on it, for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from airshift.estate.model import Dag
from airshift.schedules import schedule_of
from airshift.wave.driver import Driver
from airshift.wave.events import Event
from airshift.wave.plan_file import WavePlan
from airshift.wave.session import Opening, session
from airshift.wave.settings import Settings
from airshift.wave.side import Side
from airshift.wave.states import Progress
from airshift_dev.wave_faults import SOURCE, TARGET, Kind, WorldClock, dag_of
from airshift_dev.wave_world import Fault, SimulatedSide, World, WorldDag, no_fault

CRON = Kind("*/10 * * * *")


@dataclass
class Setting:
    """A world with DAGs, and the wave that moves them."""

    folder: Path
    world: World = field(default_factory=World)
    dags: dict[str, Dag] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    settings: Settings = field(default_factory=lambda: Settings(watch=timedelta(minutes=15)))
    wave: WavePlan | None = None

    def add(
        self,
        name: str,
        kind: Kind = CRON,
        *,
        triggers: Sequence[str] = (),
        produces: Sequence[str] = (),
        **values: Any,
    ) -> Setting:
        """One more DAG; `values` are those of WorldDag."""
        dag = dag_of(name, kind)
        self.dags[name] = dag
        self.edges += [(name, other) for other in (*triggers, *produces)]
        common = {"triggers": tuple(triggers), "produces": tuple(produces), **values}
        blue = WorldDag(name, schedule_of(dag, SOURCE, self.world.now), False, **common)
        green_schedule = schedule_of(dag, TARGET, self.world.now, intervals=kind.intervals or None)
        self.world.add(blue, WorldDag(name, green_schedule, True, **common))
        return self

    def plan(self) -> WavePlan:
        """The wave."""
        return self.wave or WavePlan(
            1, "Wave 1", self.dags, tuple(self.edges), (), (), SOURCE, TARGET, "digest"
        )

    def opening(self, name: str = "first", fault: Fault = no_fault, **changes: Any) -> Opening:
        """What a session needs; another name is another machine."""
        opening = Opening(
            self.plan(),
            SimulatedSide(self.world.blue, fault),
            SimulatedSide(self.world.green, fault),
            self.folder / f"{name}.journal",
            WorldClock(self.world),
            self.settings,
            self.events.append,
            who=name,
            place=name,
            durable=False,
        )
        return replace(opening, **changes)

    def move(self, **changes: Any) -> Mapping[str, Progress]:
        """Move the wave as far as it goes."""
        return self.with_driver(Driver.advance, **changes)

    def with_driver(self, act: Callable[[Driver], object], **changes: Any) -> Mapping[str, Progress]:
        """Do something with a driver of a session of its own."""
        with session(self.opening(**changes)) as driver:
            act(driver)
            return dict(driver.progress)

    def back(self, *names: str, **changes: Any) -> Mapping[str, Progress]:
        """Bring DAGs back."""

        def act(driver: Driver) -> None:
            driver.go_back(names or list(self.dags), "asked to")
            driver.advance()

        return self.with_driver(act, **changes)

    def states(self) -> dict[str, tuple[bool, bool]]:
        """Whether each DAG is paused on blue and on green."""
        return {
            name: (self.world.blue.dags[name].paused, self.world.green.dags[name].paused)
            for name in self.dags
        }

    def ticks(self, name: str) -> list[str]:
        """The ticks that were completed after the beginning, and where."""
        found = [
            (run.run.run_after, environment.name)
            for environment in (self.world.blue, self.world.green)
            for run in environment.dags[name].runs.values()
            if run.state == "success" and run.seconds and not run.marker and run.run_type == "scheduled"
        ]
        return [f"{tick:%H:%M} {where}" for tick, where in sorted(found)]

    def steps(self, name: str, *kinds: str) -> list[str]:
        """What was said about a DAG."""
        return [f"{one.step} {one.detail}" for one in self.events if one.dag_id == name and one.step in kinds]


class Refusing:
    """A side that does not offer something; for checks of what is asked."""

    def __init__(self, side: Side, **answers: object) -> None:
        self._side, self._answers = side, answers

    def __getattr__(self, name: str) -> Any:
        if name in self._answers:
            return self._answers[name]
        return getattr(self._side, name)
