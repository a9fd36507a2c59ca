"""The quiet minutes of a group of DAGs inside a cutover window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from airshift.plan.model import Gap, Slot

STEP = timedelta(minutes=5)
"""Cutovers start at such steps after the start of the window."""
_INSTANT = timedelta(seconds=1)


class Times(Protocol):
    """When DAGs run."""

    def runs(self, dag_id: str, start: datetime, end: datetime) -> Sequence[datetime]:
        """The runs a clock starts from `start` on and before `end`; empty where no clock does."""
        ...

    def duration(self, dag_id: str) -> timedelta:
        """How long a run takes."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """Where cutovers may be, how long one takes, and in which steps they may start."""

    slot: Slot
    length: timedelta
    step: timedelta = STEP

    def starts(self) -> list[datetime]:
        """The moments at which a cutover may start."""
        last = self.slot.end - self.length
        return [
            self.slot.start + self.step * number
            for number in range((last - self.slot.start) // self.step + 1)
        ]

    def in_parts(self, parts: int) -> Window:
        """The same window with so many starts."""
        room = self.slot.end - self.length - self.slot.start
        return replace(self, step=max(room // (parts - 1), timedelta(minutes=1)))


def misfits(times: Times, dag_id: str, window: Window) -> int:
    """Bit n is set when a cutover at the n-th start would meet a run of the DAG."""
    found = 0
    most = (window.slot.end - window.length - window.slot.start) // window.step
    for begin, end in _busy(times, dag_id, window):
        first = max(0, (begin - window.length - window.slot.start) // window.step + 1)
        last = min(most, -((window.slot.start - end) // window.step) - 1)
        if last >= first:
            found |= ((1 << (last - first + 1)) - 1) << first
    return found


def choose(times: Times, names: Sequence[str], window: Window) -> tuple[Slot, tuple[Gap, ...]]:
    """The first slot that suits every DAG, else the one that suits most; and how each DAG stands to it."""
    starts = window.starts()
    masks = {name: misfits(times, name, window) for name in names}
    number = min(range(len(starts)), key=lambda n: (sum(mask >> n & 1 for mask in masks.values()), n))
    slot = Slot(starts[number], starts[number] + window.length)
    return slot, tuple(_gap(times, name, window, slot, masks) for name in names)


def _gap(times: Times, name: str, window: Window, slot: Slot, masks: Mapping[str, int]) -> Gap:
    busy = _busy(times, name, window)
    before = [end for _, end in busy if end <= slot.start]
    after = [begin for begin, _ in busy if begin >= slot.end]
    met = [begin for begin, end in busy if begin < slot.end and slot.start < end]
    missed = tuple(begin for begin in met if begin >= slot.start)
    return Gap(name, max(before, default=None), min(after, default=None), not met, missed)


def _busy(times: Times, dag_id: str, window: Window) -> list[tuple[datetime, datetime]]:
    duration = max(times.duration(dag_id), _INSTANT)
    runs = times.runs(dag_id, window.slot.start - duration, window.slot.end)
    return [(begin, begin + duration) for begin in runs]
