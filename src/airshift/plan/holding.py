"""What the green environment's class cannot hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from airshift.plan.capacity import CLASSES, concurrent_tasks
from airshift.plan.model import Member
from airshift.plan.policy import Policy
from airshift.plan.units import Unit


def beyond_capacity(
    units: Sequence[Unit], finished: Collection[str], members: Mapping[str, Member], policy: Policy
) -> dict[str, str]:
    """The DAGs that find no room any more, with the reason; units come in the order in which they get room."""
    name = policy.green_class
    if name is None:
        return {}
    room, tasks = CLASSES[name].dags, concurrent_tasks(name, policy.green_max_workers)
    held = [members[one] for one in sorted(finished) if one in members]
    hours, taken = _load(held, [0.0] * 24), len(held)
    out: dict[str, str] = {}
    for unit in units:
        after = _load([members[one] for one in unit.names], hours)
        if taken + unit.size <= room and max(after) <= tasks:
            hours, taken = after, taken + unit.size
            continue
        what = f"{room} DAGs"
        if taken + unit.size <= room:
            what = f"{tasks} tasks at a time with {policy.green_max_workers} workers"
        out |= dict.fromkeys(
            unit.names, f"green class {name} holds {what}; DAGs that move before take them up"
        )
    return out


def _load(joining: Sequence[Member], hours: Sequence[float]) -> list[float]:
    """Concurrent tasks by hour once these DAGs have joined."""
    after = list(hours)
    for member in joining:
        for hour, load in enumerate(member.hours):
            after[hour] += load
    return after
