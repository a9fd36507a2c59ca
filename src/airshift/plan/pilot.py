"""The pilot: two or three DAGs that matter little, stand alone and differ from each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from airshift.plan.levels import NORMAL
from airshift.plan.model import Member
from airshift.plan.units import Limits, Unit

MUCH_WORK = 120
"""Minutes above which a DAG is no good pilot."""


def pilot(
    units: Sequence[Unit],
    members: Mapping[str, Member],
    is_alone: Callable[[str], bool],
    size: int,
    limits: Limits,
) -> list[Unit]:
    """The units of the first wave; empty when nothing is fit for it.

    Single DAGs without any edge are taken; only where there are none, small groups of coupled DAGs.
    """
    fit = [unit for unit in units if unit.pin is None and _is_fit(unit, members)]
    single = [unit for unit in fit if unit.size == 1 and is_alone(unit.names[0])]
    chosen = _choose(single, members, size, limits)
    if len(chosen) >= min(2, size):
        return chosen
    coupled = [unit for unit in fit if unit not in chosen]
    return [*chosen, *_choose(coupled, members, size, limits, chosen)]


def _is_fit(unit: Unit, members: Mapping[str, Member]) -> bool:
    return all(members[name].level <= NORMAL and not members[name].history for name in unit.names)


def _choose(
    units: Sequence[Unit],
    members: Mapping[str, Member],
    size: int,
    limits: Limits,
    already: Sequence[Unit] = (),
) -> list[Unit]:
    chosen: list[Unit] = []
    dags = sum(unit.size for unit in already)
    minutes = sum(unit.minutes for unit in already)
    seen = {feature for unit in already for feature in _features(unit, members)}
    waiting = list(units)
    while waiting:
        waiting = [
            unit
            for unit in waiting
            if dags + unit.size <= size and limits.hold(dags + unit.size, minutes + unit.minutes)
        ]
        if not waiting:
            break
        best = min(waiting, key=lambda unit: _preference(unit, members, seen))
        waiting.remove(best)
        chosen.append(best)
        dags += best.size
        minutes += best.minutes
        seen |= _features(best, members)
    return chosen


def _preference(
    unit: Unit, members: Mapping[str, Member], seen: set[tuple[str, str]]
) -> tuple[int, bool, bool, int, str]:
    """A clock has to start it, and it may not be much work; then new kinds of schedules and operators."""
    new = len(_features(unit, members) - seen)
    on_clock = any(members[name].runs_per_day >= 1 for name in unit.names)
    return unit.rank, not on_clock, unit.minutes > MUCH_WORK, -new, unit.names[0]


def _features(unit: Unit, members: Mapping[str, Member]) -> set[tuple[str, str]]:
    found = {("schedule", members[name].kind) for name in unit.names}
    return found | {("operator", operator) for name in unit.names for operator in members[name].operators}
