"""What to do next about one DAG: a pure function of where it stands and what is seen on both sides.

Two rules hold in every branch. A side is unpaused only when the other one is seen paused and without active runs; and
what one side has completed is marked on the other before that is unpaused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, assert_never

from airshift.schedules import Run, Schedule
from airshift.wave.seeding import (
    MOST_BACK,
    NotYet,
    Seeds,
    Unseedable,
    done_at,
    done_by,
    own_runs,
    run_of,
    seeding,
    unfinished,
)
from airshift.wave.side import DagState, Marker, RunState
from airshift.wave.states import Progress, State, Where


@dataclass(frozen=True, slots=True)
class Move:
    """The DAG is in another state: nothing is called."""

    to: State
    reason: str
    remember: dict[str, Any] = field(default_factory=dict)
    """Fields of Progress that change with it."""


@dataclass(frozen=True, slots=True)
class SetPaused:
    """Pause or unpause on one side."""

    where: Where
    paused: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Seed:
    """Create one marker run on a side where the DAG is paused."""

    where: Where
    marker: Marker
    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again later."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TurnBack:
    """It cannot go on to green: its group returns to blue."""

    reason: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """It is where it should be."""


Step = Move | SetPaused | Seed | Wait | TurnBack | Nothing


@dataclass(frozen=True, slots=True)
class Seen:
    """Both sides at one time; `None` for a DAG that a side does not know."""

    at: datetime
    blue: DagState | None
    green: DagState | None
    blue_last: RunState | None = None
    """The newest run that blue's scheduler made."""
    green_runs: tuple[RunState, ...] = ()
    """Green's runs since the handover."""
    problems: tuple[str, ...] = ()
    """What the preflight found."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What the other DAGs of the group allow."""

    start: bool = True
    """All of them are at rest."""
    pause: bool = True
    """What it follows is drained."""
    hand_over: bool = True
    """All of them are drained."""
    unpause: bool = True
    """What follows it is unpaused already."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What does not change during a wave: the schedules of one DAG, and the margins."""

    blue: Schedule
    green: Schedule
    margin: timedelta = timedelta(seconds=60)
    """A run this close counts as begun."""


def next_step(progress: Progress, seen: Seen, gate: Gate, rules: Rules) -> Step:
    """The next step of one DAG."""
    if progress.state in (State.BLOCKED, State.IDLE, State.ROLLED_BACK):
        return Nothing()
    if seen.blue is None or seen.green is None:
        return _unknown(progress, seen)
    both = _Both(progress, seen, seen.blue, seen.green, gate, rules)
    return both.backward() if progress.back else both.forward()


def is_quiet(dag: DagState, now: datetime, margin: timedelta) -> bool:
    """Whether nothing runs, and nothing is about to."""
    if dag.active_runs or dag.queued_events:
        return False
    return dag.next_run_after is None or dag.next_run_after > now + margin


def _unknown(progress: Progress, seen: Seen) -> Step:
    missing = Where.BLUE if seen.blue is None else Where.GREEN
    if progress.state is State.PLANNED:
        return Move(State.BLOCKED, f"{missing.value} does not know it")
    return Wait(f"{missing.value} does not know it any more")


@dataclass(frozen=True, slots=True)
class _Both:
    progress: Progress
    seen: Seen
    blue: DagState
    green: DagState
    gate: Gate
    rules: Rules

    def forward(self) -> Step:
        match self.progress.state:
            case State.PLANNED:
                return self._planned()
            case State.READY:
                return self._look_for_gap()
            case State.GAP:
                return self._pause_blue()
            case State.BLUE_PAUSED:
                return self._drain_blue()
            case State.DRAINED:
                return self._seed_green()
            case State.SEEDED:
                return self._unpause_green()
            case State.GREEN_UNPAUSED:
                return self._on_green() or self._verify()
            case State.DONE:
                return self._on_green() or Nothing()
            case State.BLOCKED | State.IDLE | State.ROLLED_BACK:
                return Nothing()
            case State.LEAVING | State.GREEN_PAUSED | State.GREEN_DRAINED | State.BLUE_SEEDED:
                return TurnBack("it is on its way back")
            case _:
                assert_never(self.progress.state)

    def backward(self) -> Step:
        match self.progress.state:
            case State.PLANNED | State.READY:
                return Move(State.ROLLED_BACK, "blue was never paused")
            case State.GAP | State.BLUE_PAUSED | State.DRAINED | State.SEEDED:
                return self._give_back()
            case State.GREEN_UNPAUSED | State.DONE:
                return Move(State.LEAVING, "asked to go back")
            case State.LEAVING:
                return self._pause_green()
            case State.GREEN_PAUSED:
                return self._drain_green()
            case State.GREEN_DRAINED:
                return self._seed_blue()
            case State.BLUE_SEEDED:
                return self._unpause_blue()
            case State.BLOCKED | State.IDLE | State.ROLLED_BACK:
                return Nothing()
            case _:
                assert_never(self.progress.state)

    def _planned(self) -> Step:
        if self.seen.problems:
            return Move(State.BLOCKED, "; ".join(self.seen.problems))
        if not self.blue.paused and not self.green.paused:
            return Move(State.BLOCKED, "it is unpaused on both sides: pause one of them")
        if not self.green.paused:
            return Move(State.DONE, "it runs on green already")
        if self.blue.paused:
            return Move(State.IDLE, "it is paused on blue: there is nothing to hand over")
        return Move(State.READY, "both sides are as they should be")

    def _look_for_gap(self) -> Step:
        if self.blue.paused and not self.green.paused:
            return Move(State.DONE, "it runs on green already")
        if not self.green.paused:
            return SetPaused(Where.GREEN, True, "it runs on blue, nobody else may unpause it on green")
        if self.blue.paused:
            return TurnBack("somebody paused it on blue")
        if not self._blue_is_quiet():
            return Wait(_busy(self.blue))
        if not self.gate.start:
            return Wait("the DAGs it moves with are busy")
        return Move(State.GAP, "no run is going on or about to start")

    def _blue_is_quiet(self) -> bool:
        return is_quiet(self.blue, self.seen.at, self.rules.margin)

    def _pause_blue(self) -> Step:
        if self.blue.paused:
            return Move(State.BLUE_PAUSED, "blue is paused")
        if not self._blue_is_quiet():
            return Move(State.READY, "the gap has closed")
        if not self.gate.pause:
            return Wait("what it follows is not drained yet")
        return SetPaused(Where.BLUE, True, "in its gap")

    def _drain_blue(self) -> Step:
        if not self.blue.paused:
            return Move(State.READY, "it runs on blue again")
        frozen = own_runs(self.blue)
        if frozen and not self.green.paused:
            return SetPaused(Where.GREEN, True, "a run is frozen on blue")
        if frozen:
            reason = f"{frozen[0].run_id} is frozen: it has to end first"
            return SetPaused(Where.BLUE, False, reason)
        last = _newest(run_of(self.seen.blue_last), self.progress.blue_last)
        return Move(State.DRAINED, "no run is active", {"blue_last": last})

    def _seed_green(self) -> Step:
        if not self.blue.paused or own_runs(self.blue):
            return Move(State.BLUE_PAUSED, "it is not at rest on blue any more")
        if not self.green.paused:
            return SetPaused(Where.GREEN, True, "it is not seeded yet")
        if not self.gate.hand_over:
            return Wait("the DAGs it moves with are not drained yet")
        last = self.progress.blue_last
        found = seeding(
            self.rules.green, self.green, done_by(last), self.seen.at, last.run_after if last else None
        )
        match found:
            case NotYet(reason):
                return Wait(f"green: {reason}")
            case Unseedable(reason):
                return TurnBack(reason)
            case Seeds(markers, reason):
                return self._next_marker(Where.GREEN, markers, self.progress.seeded, reason) or Move(
                    State.SEEDED, reason
                )
            case _:
                assert_never(found)

    def _next_marker(
        self, where: Where, markers: tuple[Marker, ...], seeded: tuple[str, ...], reason: str
    ) -> Step | None:
        begun = unfinished(self.blue if where is Where.BLUE else self.green)
        if begun is not None and begun.run_id not in seeded:
            return Seed(where, begun, "a marker run has to be finished")
        for marker in markers:
            if marker.run_id not in seeded:
                return Seed(where, marker, reason)
        return None

    def _unpause_green(self) -> Step:
        if not self.green.paused:
            return Move(State.GREEN_UNPAUSED, "green is unpaused", {"unpaused_at": self.seen.at})
        step = self._seed_green()
        if not isinstance(step, Move) or step.to is not State.SEEDED:
            return (
                step
                if isinstance(step, Move | Wait | TurnBack)
                else Move(State.DRAINED, "more has become due")
            )
        if not self.gate.unpause:
            return Wait("what follows it is not unpaused yet")
        return SetPaused(Where.GREEN, False, step.reason)

    def _on_green(self) -> Step | None:
        if not self.blue.paused:
            return SetPaused(Where.BLUE, True, "it runs on green, nobody else may unpause it on blue")
        if self.green.paused:
            return Wait("somebody paused it on green")
        return None

    def _verify(self) -> Step:
        if self.green.next_run_after is None and not self.seen.green_runs:
            return Move(State.DONE, "no clock starts it")
        for run in self.seen.green_runs:
            if run.state == "success":
                return Move(
                    State.DONE,
                    f"its first run on green was a success: {run.run_id}",
                    {"verified": run.run_id},
                )
        if any(run.is_active for run in self.seen.green_runs):
            return Wait("its first run on green is going on")
        due = self.green.next_run_after
        when = f"is due at {due:%Y-%m-%d %H:%M:%S}" if due else "is to come"
        return Wait(f"its first run on green {when}", due)

    def _give_back(self) -> Step:
        if not self.green.paused:
            return Move(State.GREEN_UNPAUSED, "green is unpaused", {"unpaused_at": self.seen.at})
        if not self.blue.paused:
            return Move(State.ROLLED_BACK, "it runs on blue")
        begun = unfinished(self.green)
        if begun is not None and begun.run_id not in self.progress.seeded:
            return Seed(Where.GREEN, begun, "a marker run has to be finished")
        if not self.gate.unpause:
            return Wait("what follows it is not back yet")
        return SetPaused(Where.BLUE, False, "it goes on where it was")

    def _pause_green(self) -> Step:
        if not self.blue.paused:
            return SetPaused(Where.BLUE, True, "green has not been drained yet")
        if self.green.paused:
            return Move(State.GREEN_PAUSED, "green is paused")
        if not self.gate.pause:
            return Wait("what it follows is not drained yet")
        if not is_quiet(self.green, self.seen.at, self.rules.margin):
            return Wait(f"green: {_busy(self.green)}")
        return SetPaused(Where.GREEN, True, "in its gap")

    def _drain_green(self) -> Step:
        if not self.green.paused:
            return Move(State.LEAVING, "it runs on green again")
        frozen = own_runs(self.green)
        if frozen and not self.blue.paused:
            return SetPaused(Where.BLUE, True, "a run is frozen on green")
        if frozen:
            reason = f"{frozen[0].run_id} is frozen: it has to end first"
            return SetPaused(Where.GREEN, False, reason)
        done = {run.run_after for run in self.seen.green_runs if run.state == "success" and run.run_after}
        ticks = tuple(sorted(done | set(self.progress.green_done)))
        return Move(State.GREEN_DRAINED, "no run is active", {"green_done": ticks})

    def _seed_blue(self) -> Step:
        if not self.green.paused or own_runs(self.green):
            return Move(State.GREEN_PAUSED, "it is not at rest on green any more")
        if not self.blue.paused:
            return SetPaused(Where.BLUE, True, "it is not seeded yet")
        if not self.gate.hand_over:
            return Wait("the DAGs it moves with are not drained yet")
        ticks = self.progress.green_done
        found = seeding(
            self.rules.blue,
            self.blue,
            done_at(ticks),
            self.seen.at,
            ticks[-1] if ticks else None,
            MOST_BACK,
        )
        match found:
            case NotYet(reason):
                return Wait(f"blue: {reason}")
            case Unseedable(reason):
                return Wait(f"blue would repeat runs, by hand: {reason}")
            case Seeds(markers, reason):
                return self._next_marker(Where.BLUE, markers, self.progress.seeded_back, reason) or Move(
                    State.BLUE_SEEDED, reason
                )
            case _:
                assert_never(found)

    def _unpause_blue(self) -> Step:
        if not self.blue.paused:
            return Move(State.ROLLED_BACK, "it runs on blue")
        step = self._seed_blue()
        if not isinstance(step, Move) or step.to is not State.BLUE_SEEDED:
            return step if isinstance(step, Move | Wait) else Move(State.GREEN_DRAINED, "more has become due")
        if not self.gate.unpause:
            return Wait("what follows it is not back yet")
        return SetPaused(Where.BLUE, False, step.reason)


def _busy(dag: DagState) -> str:
    if dag.active_runs:
        return f"{dag.active_runs[0].run_id} is {dag.active_runs[0].state}"
    if dag.queued_events:
        return "asset events wait for others"
    return f"its next run is due at {dag.next_run_after:%H:%M:%S}"


def _newest(*runs: Run | None) -> Run | None:
    return max((run for run in runs if run is not None), key=lambda run: run.run_after, default=None)
