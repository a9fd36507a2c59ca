"""The only place that changes an environment: journal first, guard before each unpause, outcome after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from airshift.clients.api import ApiError
from airshift.wave.journal import Call, Journal, Outcome
from airshift.wave.lock import Lease, LostLockError
from airshift.wave.seeding import own_runs
from airshift.wave.settings import Clock, Settings
from airshift.wave.side import Side
from airshift.wave.states import Where
from airshift.wave.steps import Seed, SetPaused

TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Done:
    """The environment has answered."""

    key: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It had no effect; `again` says that trying later may help."""

    reason: str
    again: bool


@dataclass(frozen=True, slots=True)
class Uncertain:
    """It may have had its effect, or have it yet."""

    reason: str


Result = Done | Refused | Uncertain


class Changing:
    """Carries out changes of DAGs, and knows when each was last changed."""

    def __init__(
        self,
        sides: Mapping[Where, Side],
        journal: Journal,
        wave: int,
        lease: Lease,
        clock: Clock,
        settings: Settings,
        who: str,
    ) -> None:
        self._sides = sides
        self._journal = journal
        self._wave = wave
        self._lease = lease
        self._clock = clock
        self._settings = settings
        self._who = who
        # What has begun and not ended counts as uncertain: a process before this one may have been killed there.
        self._readable = {key: at + settings.uncertain for key, at in journal.touched(wave).items()}

    def readable_from(self, dag_id: str) -> datetime | None:
        """From when on what is read of a DAG counts, after its last change."""
        return max((at for (name, _), at in self._readable.items() if name == dag_id), default=None)

    def carry_out(self, dag_id: str, step: SetPaused | Seed) -> Result:
        """Do one step, guarded and journalled; raise LostLockError when the lock is gone."""
        self._lease.require()
        side = self._sides[step.where]
        match step:
            case SetPaused(where, paused, reason):
                objection = "" if paused else self._objection(dag_id, where.other)
                if objection:
                    return Refused(objection, again=True)
                word = "pause" if paused else "unpause"
                call = Call(
                    dag_id,
                    where,
                    word,
                    f"{word} {where.value} {dag_id}",
                    _paused(not paused),
                    _paused(paused),
                )
                return self._call(call, lambda: side.set_paused(dag_id, paused), reason)
            case Seed(where, marker, reason):
                call = Call(dag_id, where, "seed", marker.run_id, "no run", f"{marker.run_id} success")
                return self._call(call, lambda: side.seed_run(dag_id, marker), reason)
            case _:
                assert_never(step)

    def _objection(self, dag_id: str, other: Where) -> str:
        """Why a DAG may not be unpaused: the other side is asked at the last moment, and not trusted too early."""
        if self._readable.get((dag_id, other), self._clock.now()) > self._clock.now():
            return f"{other.value} was changed a moment ago"
        try:
            there = self._sides[other].dag(dag_id)
        except ApiError as error:
            return f"{other.value} does not say whether it is paused: {error}"
        if there is None:
            return f"{other.value} does not know it any more"
        if not there.paused:
            return f"it is unpaused on {other.value}"
        if own_runs(there):
            return f"it has an active run on {other.value}"
        return ""

    def _call(self, call: Call, send: Callable[[], None], reason: str) -> Result:
        key = (call.dag_id, call.side)
        if not self._lease.is_safe():
            raise LostLockError("the lock on green has run out while the other side was asked")
        number = self._journal.begin(self._wave, call, self._who, self._clock.now())
        before = self._readable.get(key)
        self._readable[key] = self._clock.now() + self._settings.uncertain
        try:
            send()
        except ApiError as error:
            return self._failed(number, key, before, error)
        now = self._clock.now()
        self._readable[key] = now + self._settings.settle
        self._journal.end(number, Outcome.DONE, now, reason)
        return Done(call.key)

    def _failed(
        self, number: int, key: tuple[str, Where], before: datetime | None, error: ApiError
    ) -> Refused | Uncertain:
        now = self._clock.now()
        if error.uncertain:
            self._readable[key] = now + self._settings.uncertain
            self._journal.end(number, Outcome.UNCERTAIN, now, str(error))
            return Uncertain(str(error))
        self._readable.pop(key)
        if before is not None:
            self._readable[key] = before
        self._journal.end(number, Outcome.REFUSED, now, str(error))
        return Refused(str(error), again=error.status == TOO_MANY)


def _paused(paused: bool) -> str:
    return "paused" if paused else "unpaused"
