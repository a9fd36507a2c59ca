"""Reads both sides: many DAGs in few calls, and what single DAGs need besides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from airshift.clients.api import ApiError
from airshift.wave.markers import is_marker
from airshift.wave.settings import Clock, Settings
from airshift.wave.side import AUTOMATED, DagState, RunState, Side
from airshift.wave.states import Progress, State, Where
from airshift.wave.steps import Seen

Answer = TypeVar("Answer")
_TRIES = 6
_LONGEST = 60.0


@dataclass(frozen=True, slots=True)
class Look:
    """Both sides at one time."""

    at: datetime
    blue: Mapping[str, DagState]
    green: Mapping[str, DagState]


@dataclass(slots=True)
class Looking:
    """The eyes of a wave; a call that fails is repeated, with longer and longer pauses."""

    sides: Mapping[Where, Side]
    clock: Clock
    settings: Settings
    _runs: dict[str, tuple[DagState, tuple[RunState, ...]]] = field(default_factory=dict)
    _blue_runs: dict[str, tuple[RunState, ...]] = field(default_factory=dict)

    def look(self, names: Collection[str]) -> Look:
        """The states of these DAGs; the time is that of the beginning."""
        at = self.clock.now()
        blue = self.ask(lambda: self.sides[Where.BLUE].dags(names))
        green = self.ask(lambda: self.sides[Where.GREEN].dags(names))
        return Look(at, blue, green)

    def seen(self, look: Look, progress: Progress, problems: tuple[str, ...] = ()) -> Seen:
        """What has to be known about one DAG in its state."""
        name = progress.dag_id
        blue, green = look.blue.get(name), look.green.get(name)
        last: RunState | None = None
        runs: tuple[RunState, ...] = ()
        if progress.state is State.BLUE_PAUSED and blue and blue.paused and not blue.active_runs:
            last = self.last_of(name)
        if progress.state is State.GREEN_UNPAUSED and green is not None:
            runs = self.green_runs(progress, green)
        if progress.state is State.GREEN_PAUSED and green and green.paused and not green.active_runs:
            runs = self.ask(lambda: self._green_runs(progress))
        return Seen(look.at, blue, green, last, runs, problems)

    def green_runs(self, progress: Progress, green: DagState) -> tuple[RunState, ...]:
        """Green's runs since the handover; asked for again only when green reports something else."""
        known = self._runs.get(progress.dag_id)
        if known is None or known[0] != green or any(run.is_active for run in known[1]):
            known = (green, self.ask(lambda: self._green_runs(progress)))
            self._runs[progress.dag_id] = known
        return known[1]

    def blue_runs(self, progress: Progress) -> tuple[RunState, ...]:
        """What blue did in the day before it was paused."""
        name, last = progress.dag_id, progress.blue_last
        if name not in self._blue_runs:
            since = None if last is None else last.run_after - timedelta(days=1)
            self._blue_runs[name] = (
                () if since is None else self.ask(lambda: self.sides[Where.BLUE].runs(name, since))
            )
        return self._blue_runs[name]

    def _green_runs(self, progress: Progress) -> tuple[RunState, ...]:
        """Runs for ticks after blue's last one, and those that anything else has started since the unpause."""
        begun = progress.unpaused_at or progress.since or self.clock.now()
        begun -= self.settings.uncertain
        last = progress.blue_last
        since = begun if last is None else min(begun, last.run_after)
        found = self.sides[Where.GREEN].runs(progress.dag_id, since)
        return tuple(run for run in found if self._counts(run, last.run_after if last else None, begun))

    def _counts(self, run: RunState, last: datetime | None, begun: datetime) -> bool:
        if is_marker(run.run_id, run.logical_date) or run.run_after is None:
            return False
        if run.run_type in AUTOMATED:
            return last is None or run.run_after > last
        return run.run_after >= begun

    def last_of(self, name: str) -> RunState | None:
        """The newest run that blue's scheduler made."""
        return self.ask(lambda: self.sides[Where.BLUE].latest_automated_run(name))

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Ask until there is an answer; the last error is raised."""
        pause = 1.0
        for _ in range(_TRIES):
            try:
                return question()
            except ApiError as error:
                if error.status is not None and 400 <= error.status < 500 and error.status not in (408, 429):
                    raise
                self.clock.sleep(pause)
                pause = min(_LONGEST, pause * 3)
        return question()
