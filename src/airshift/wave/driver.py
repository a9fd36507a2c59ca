"""Runs a wave: looks at both sides, asks what to do next about each DAG, and has it done, one step at a time.

All that is decided is decided by `steps.next_step` from what is seen and what the journal remembers. So the driver can
be stopped anywhere, and a new one goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from airshift.schedules import Run, schedule_of
from airshift.wave.changing import Changing, Done, Refused, Uncertain
from airshift.wave.events import Emit, Event
from airshift.wave.journal import Journal
from airshift.wave.looking import Look, Looking
from airshift.wave.order import gate, grouped
from airshift.wave.plan_file import WavePlan
from airshift.wave.preflight import problems, read_green
from airshift.wave.settings import Clock, Settings
from airshift.wave.states import ON_GREEN, Progress, State, Where
from airshift.wave.steps import (
    Gate,
    Move,
    Nothing,
    Rules,
    Seed,
    Seen,
    SetPaused,
    TurnBack,
    Wait,
    is_quiet,
    next_step,
)
from airshift.wave.watch import Concern
from airshift.wave.watching import Watching

_NOT_OURS = frozenset({State.BLOCKED, State.IDLE, State.ROLLED_BACK})
_BEFORE_GREEN = frozenset({State.READY, State.GAP, State.BLUE_PAUSED, State.DRAINED, State.SEEDED})


class Driver:
    """Moves the DAGs of a wave, forward or back; stopped at any point, a new one goes on."""

    def __init__(
        self,
        wave: WavePlan,
        looking: Looking,
        changing: Changing,
        journal: Journal,
        clock: Clock,
        settings: Settings,
        emit: Emit,
        watching: Watching | None = None,
    ) -> None:
        self._wave = wave
        self._looking = looking
        self._changing = changing
        self.journal = journal
        self._clock = clock
        self._settings = settings
        self._emit = emit
        self._watching = watching
        self.concerns = 0
        """How many were told."""
        self._first_run_due: dict[str, datetime] = {}
        self._group_of = {name: group for group in grouped(wave.dags, wave.edges) for name in group.names}
        known = journal.progress(wave.number)
        self.progress: dict[str, Progress] = {
            name: known.get(name, Progress(name)) for name in self._group_of
        }
        now = clock.now()
        self._rules = {
            name: Rules(
                schedule_of(dag, wave.source, now), schedule_of(dag, wave.target, now), settings.margin
            )
            for name, dag in wave.dags.items()
        }

    def plan_again(self) -> None:
        """Plan what was blocked, idle or rolled back once more; what green did then stays known."""
        self._keep(
            Progress(one.dag_id, blue_last=_done_last(one))
            for one in self.progress.values()
            if one.state in _NOT_OURS
        )

    def preflight(self) -> None:
        """Find out which DAGs can move; those that move together are held back together."""
        names = [name for name, one in self.progress.items() if one.state is State.PLANNED]
        if names:
            self._examine(names)
        self._hold_partners()

    def _examine(self, names: Collection[str]) -> None:
        sides = self._looking.sides.values()
        there = self._looking.ask(lambda: read_green(self._looking.sides[Where.GREEN]))
        look = self._looking.look(names)
        for name in names:
            dag, rules = self._wave.dags[name], self._rules[name]
            blue, green = look.blue.get(name), look.green.get(name)
            last = self._looking.last_of(name) if blue and green and not blue.paused else None
            found = tuple(problems(dag, rules.green, blue, green, last, there, look.at, sides))
            step = next_step(self.progress[name], Seen(look.at, blue, green, problems=found), Gate(), rules)
            if isinstance(step, Move):
                self._move(name, step)

    def _hold_partners(self) -> None:
        for name in self.progress:
            partners = self._group_of[name].names
            blocked = [one for one in partners if self.progress[one].state is State.BLOCKED]
            if blocked and self.progress[name].state is State.READY:
                self._move(
                    name, Move(State.BLOCKED, f"it moves together with {blocked[0]}, which is blocked")
                )

    def advance(self) -> bool:
        """Go on until nothing is left to do, or only a person or more time can help; whether nothing is left."""
        self.preflight()
        now = self._clock.now()
        self.progress |= {name: replace(self.progress[name], started=now) for name in self._open()}
        while True:
            self._round()
            waiting = self._open()
            if not waiting:
                return True
            if all(self._is_out_of_time(self.progress[name]) for name in waiting):
                self._leave(waiting)
                return False
            self._clock.sleep(self._settings.poll.total_seconds())

    def go_back(self, names: Collection[str], reason: str) -> None:
        """Send DAGs, and those that move together with them, back to blue."""
        together = {other for name in names for other in self._group_of[name].names}
        now = self._clock.now()
        changed = []
        for name in sorted(together):
            one = self.progress[name]
            by_us = one.state is not State.DONE or one.unpaused_at is not None
            if not one.back and one.state not in _NOT_OURS and by_us:
                changed.append(replace(one, back=True, reason=reason, started=now, failures=0))
        self._keep(changed)
        for one in changed:
            self._say(one.dag_id, "back", reason)

    def verify(self) -> int:
        """See how the DAGs on green do, and note which first runs were a success; how many concerns there are."""
        names = [name for name, one in self.progress.items() if one.state in ON_GREEN and not one.back]
        look = self._looking.look(names)
        for name in names:
            if name in look.blue and not look.blue[name].paused:
                self.concerns += 1
                self._say(name, "concern", "it is unpaused on blue")
            step = self._decide(name, look)
            if isinstance(step, Move):
                self._move(name, step)
        if self._watching is not None:
            self._judge(self._watching)
        return self.concerns

    def _open(self) -> list[str]:
        return [name for name, one in self.progress.items() if not one.is_settled]

    def _round(self) -> None:
        """One look at everything that is open, and one step for each DAG that can take one."""
        look: Look | None = None
        for name in self._in_order(self._open()):
            if look is None or self._clock.now() - look.at > self._settings.fresh:
                look = self._looking.look(self._open())
            self._one(name, look)
        if self._watching is not None:
            self._judge(self._watching)

    def _in_order(self, names: Collection[str]) -> list[str]:
        """Group by group, so that a group that has begun is soon through."""
        wanted = set(names)
        groups = dict.fromkeys(id(self._group_of[name]) for name in self._group_of)
        by_id = {id(group): group for group in self._group_of.values()}
        return [name for one in groups for name in by_id[one].names if name in wanted]

    def _one(self, name: str, look: Look) -> None:
        readable = self._changing.readable_from(name)
        if readable is not None and look.at < readable:
            return
        while not self.progress[name].is_settled:
            step = self._decide(name, look)
            match step:
                case Move():
                    self._move(name, step)
                    continue
                case SetPaused() | Seed():
                    done = self._carry_out(name, step)
                    if done and isinstance(step, Seed):
                        continue
                case TurnBack(reason):
                    self.go_back([name], reason)
                case Wait(reason, until):
                    self._wait(name, reason)
                    self._expect(name, until)
                case Nothing():
                    pass
                case _:
                    assert_never(step)
            return

    def _decide(self, name: str, look: Look) -> Move | SetPaused | Seed | TurnBack | Wait | Nothing:
        one = self.progress[name]
        if not one.back and one.state in _BEFORE_GREEN and self._has_waited(one):
            return TurnBack(f"no way to green in {self._settings.patience}: {one.reason}")

        def is_at_rest(other: str) -> bool:
            there = look.blue.get(other)
            return there is not None and is_quiet(there, look.at, self._settings.margin)

        allowed = gate(self._group_of[name], name, self.progress, is_at_rest)
        return next_step(one, self._looking.seen(look, one), allowed, self._rules[name])

    def _carry_out(self, name: str, step: SetPaused | Seed) -> bool:
        """Do it; whether it is done for certain."""
        one = self.progress[name]
        result = self._changing.carry_out(name, step)
        word = "seed" if isinstance(step, Seed) else "pause" if step.paused else "unpause"
        text = f"{step.where.value}: {step.reason}"
        match result:
            case Done(key):
                self._say(name, word, text)
                self._keep([self._after(one, step, key)])
                return True
            case Uncertain(reason):
                self._say(name, "problem", f"{word} on {step.where.value} has no answer: {reason}")
            case Refused(reason, again):
                self._say(name, "problem", f"{word} on {step.where.value}: {reason}")
                if not again:
                    self._refused(one, reason)
            case _:
                assert_never(result)
        return False

    def _after(self, one: Progress, step: SetPaused | Seed, key: str) -> Progress:
        if isinstance(step, SetPaused):
            thaws = one.thaws + (not step.paused and one.state in (State.BLUE_PAUSED, State.GREEN_PAUSED))
            return replace(one, failures=0, thaws=thaws)
        if step.where is Where.GREEN:
            return replace(one, failures=0, seeded=(*one.seeded, key))
        return replace(one, failures=0, seeded_back=(*one.seeded_back, key))

    def _refused(self, one: Progress, reason: str) -> None:
        self._keep([replace(one, failures=one.failures + 1, reason=reason)])
        if one.failures + 1 >= self._settings.attempts and not one.back:
            self.go_back([one.dag_id], f"refused {self._settings.attempts} times: {reason}")

    def _wait(self, name: str, reason: str) -> None:
        if self.progress[name].reason != reason:
            self._keep([replace(self.progress[name], reason=reason)])
            self._say(name, "wait", reason)

    def _move(self, name: str, step: Move) -> None:
        one, now = self.progress[name], self._clock.now()
        started = now if one.state is State.PLANNED else one.started
        moved = replace(one, state=step.to, since=now, started=started, reason=step.reason)
        self._keep([replace(moved, **step.remember)])
        self._say(name, "move", step.reason)

    def _keep(self, progress: Iterable[Progress]) -> None:
        kept = list(progress)
        self.journal.keep(self._wave.number, *kept)
        self.progress |= {one.dag_id: one for one in kept}

    def _has_waited(self, one: Progress) -> bool:
        return one.started is not None and self._clock.now() - one.started > self._settings.patience

    def _is_out_of_time(self, one: Progress) -> bool:
        """Whether waiting for it is over: its first run is far away, or it needs a person."""
        if one.back:
            return self._has_waited(one)
        if one.state is not State.GREEN_UNPAUSED:
            return False
        now = self._clock.now()
        watched_until = (one.unpaused_at or now) + self._settings.watch
        return max(now, self._first_run_due.get(one.dag_id, now)) > watched_until

    def _expect(self, name: str, due: datetime | None) -> None:
        """Remember when the first run on green is due, as green says it now."""
        if due is not None:
            self._first_run_due[name] = due
        else:
            self._first_run_due.pop(name, None)

    def _leave(self, names: Iterable[str]) -> None:
        """Say what is left to see of DAGs that run on green already; the journal and `status` say it, too."""
        for name in names:
            one = self.progress[name]
            if one.state is State.GREEN_UNPAUSED and not one.back:
                reason = one.reason.partition(", see ")[0]
                self._wait(name, f"{reason}, see airshift wave verify {self._wave.number}")

    def _judge(self, watching: Watching) -> None:
        """Look for what is wrong on green; go back where that is wanted."""
        on_green = [one for one in self.progress.values() if one.state in ON_GREEN and not one.back]
        for concern in watching.concerns(on_green, self._rules):
            self.concerns += 1
            self._say(concern.dag_id, "concern", concern.message + self._proposal(concern))
            if concern.grave and self._settings.auto_rollback:
                names = [concern.dag_id] if concern.dag_id else [one.dag_id for one in on_green]
                self.go_back(names, concern.message)

    def _proposal(self, concern: Concern) -> str:
        """How to go back, where that is called for and not done at once."""
        if not concern.grave or self._settings.auto_rollback:
            return ""
        dag = f" --dag {concern.dag_id}" if concern.dag_id else ""
        return f" (go back with airshift wave rollback {self._wave.number}{dag})"

    def _say(self, name: str, step: str, detail: str) -> None:
        state = self.progress[name].state.value if name else ""
        self._emit(Event(self._clock.now(), self._wave.number, name, step, state, detail))


def _done_last(one: Progress) -> Run | None:
    tick: datetime | None = max(one.green_done, default=None)
    if tick is None or (one.blue_last is not None and one.blue_last.run_after >= tick):
        return one.blue_last
    return Run(tick, tick, tick)
