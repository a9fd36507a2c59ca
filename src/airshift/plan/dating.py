"""Dates for waves: the calendar's starts without freezes, holidays and absences, and the quiet slot in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airshift.errors import UsageError
from airshift.plan.capacity import CLASSES, concurrent_tasks
from airshift.plan.model import Load, Member, Placement, Slot, Wave
from airshift.plan.policy import Policy
from airshift.plan.reasons import Reasons
from airshift.plan.windows import Times, Window, choose

_HORIZON = timedelta(days=366 * 10)


def cutover_window(policy: Policy, start: datetime) -> Window:
    """The window of a wave that starts then."""
    end = start + timedelta(hours=policy.window_hours)
    return Window(Slot(start, end), timedelta(minutes=policy.cutover_minutes))


def dated(
    waves: Mapping[int, Sequence[str]],
    done: Sequence[Wave],
    members: Mapping[str, Member],
    policy: Policy,
    times: Times,
    reasons: Reasons,
) -> Iterator[Wave]:
    """The waves by number, each on the first start that suits it after the one before."""
    first = policy.start
    last: datetime | None = None
    held = _Held(policy, members)
    for wave in done:
        held.add([one.dag_id for one in wave.dags])
        last = wave.start
    for number in sorted(waves):
        names = waves[number]
        if last is not None:
            first = max(policy.start, last.date() + timedelta(days=policy.validation_days))
        owners = {owner for name in names for owner in members[name].owners}
        start, skipped = _start(policy, first, last, owners)
        slot, gaps = choose(times, names, cutover_window(policy, start))
        held.add(names)
        gap_of = {gap.dag_id: gap for gap in gaps}
        yield Wave(
            number=number,
            name=reasons.wave_name(number, names),
            start=start,
            dags=tuple(Placement(name, reasons.of(name, gap_of[name])) for name in names),
            minutes=sum(members[name].minutes for name in names),
            cutover=slot,
            gaps=gaps,
            skipped=skipped,
            load=held.load(),
        )
        last = start


def _start(
    policy: Policy, first: date, last: datetime | None, owners: set[str]
) -> tuple[datetime, tuple[str, ...]]:
    skipped: list[str] = []
    for start in policy.cadence.starts(first, policy.timezone):
        if start.date() - first > _HORIZON:
            raise UsageError("plan: freeze windows, holidays and absences leave no start within ten years")
        if last is not None and start <= last:
            continue
        end = start + timedelta(hours=policy.window_hours)
        closed = [one for one in policy.freeze if one.meets(start, end)]
        closed += [one for owner, one in policy.away if owner in owners and one.meets(start, end)]
        if not closed:
            return start, tuple(skipped)
        skipped.append(f"{start:%Y-%m-%d %H:%M}: {closed[0].reason}")
    raise AssertionError("the calendar never ends")


@dataclass(slots=True)
class _Held:
    """What green holds so far."""

    policy: Policy
    members: Mapping[str, Member]
    dags: int = 0
    hours: tuple[float, ...] = (0.0,) * 24

    def add(self, names: Sequence[str]) -> None:
        self.dags += len(names)
        hours = list(self.hours)
        for name in names:
            member = self.members.get(name)
            for hour, load in enumerate(member.hours if member else ()):
                hours[hour] += load
        self.hours = tuple(hours)

    def load(self) -> Load:
        name = self.policy.green_class
        busiest = round(max(self.hours), 2)
        if name is None:
            return Load(self.dags, busiest)
        tasks = concurrent_tasks(name, self.policy.green_max_workers)
        return Load(self.dags, busiest, CLASSES[name].dags, tasks)
