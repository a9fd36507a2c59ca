"""What goes wrong at the API calls of a simulated wave, drawn from a seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from airshift.clients.api import ApiError
from airshift.schedules import Run
from airshift_dev.wave_world import Killed, SimulatedSide

CHANGES_COUNT = 4
"""A call that changes something fails so many times as often as a reading, and so is a process killed at it."""
KILLS = ("before", "after", "before late")
LATEST = 25
"""Seconds after which a call that was given up has its effect at the latest; the engine waits for 30."""


@dataclass
class Faults:
    """What goes wrong, and how often; each number is the chance of it at one call."""

    chance: Random
    kill: float = 0.0
    outside: float = 0.0
    """Somebody triggers a DAG just when it is being paused, so that a run is frozen."""
    uncertain: float = 0.0
    refused: float = 0.0
    conflict: float = 0.0
    """A change is answered with 409; a run that was to be created is there then, made by somebody else."""
    kills_left: int = 5
    counts: Counter[str] = field(default_factory=Counter)
    at: int = -1
    """The number of the call to be killed at, for schedules that try each one."""
    how: str = "before"
    """`before`, `after` or `before late`."""
    calls: int = 0

    def __call__(self, name: str, side: SimulatedSide, effect: Callable[[], None] | None) -> None:
        self.calls += 1
        if self.calls == self.at:
            self._kill(side, effect, self.how, LATEST)
        roll = self.chance.random()
        weight = 1 if effect is None else CHANGES_COUNT
        kill, uncertain = self.kill * weight, self.uncertain * weight
        if self.kills_left and roll < kill:
            self.kills_left -= 1
            self._kill(side, effect, self.chance.choice(KILLS), self.chance.uniform(1, LATEST))
        roll -= kill
        if 0 <= roll < uncertain:
            self._uncertain(side, effect)
        roll -= uncertain
        if 0 <= roll < self.refused:
            self.counts["429"] += 1
            raise ApiError("too many calls", status=429)
        roll -= self.refused
        if effect is not None and 0 <= roll < self.conflict:
            self._conflict(name, effect)
        if name == "pause" and self.chance.random() < self.outside:
            self._trigger(side)
        if effect is not None:
            effect()

    def _conflict(self, name: str, effect: Callable[[], None]) -> None:
        self.counts["409"] += 1
        if name == "create run":
            effect()
        raise ApiError("conflict", status=409)

    def _trigger(self, side: SimulatedSide) -> None:
        running = [dag for dag in side.environment.dags.values() if not dag.paused]
        if not running:
            return
        self.counts["outside triggers"] += 1
        dag, now = self.chance.choice(running), side.world.now
        side.environment.create(dag, Run(now, now, now), "manual")

    def _kill(self, side: SimulatedSide, effect: Callable[[], None] | None, how: str, late: float) -> None:
        """The process ends, the call has no effect, has had it, or is on its way still."""
        self.counts["kills"] += 1
        if effect is not None:
            self.counts[f"kills {how} effect"] += 1
        if how == "after" and effect is not None:
            effect()
        if how == "before late" and effect is not None:
            side.world.later(late, effect)
        raise Killed

    def _uncertain(self, side: SimulatedSide, effect: Callable[[], None] | None) -> None:
        """No answer: the effect has happened, will happen, or never does."""
        kind = self.chance.choice(("timeout after effect", "timeout with late effect", "5xx"))
        self.counts[kind if effect is not None else "failed readings"] += 1
        if kind == "timeout after effect" and effect is not None:
            effect()
        if kind == "timeout with late effect" and effect is not None:
            side.world.later(self.chance.uniform(1, LATEST), effect)
        status = 503 if kind == "5xx" else None
        raise ApiError("no answer", status=status, uncertain=effect is not None)
