"""Why a DAG stands where it stands, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from airshift.estate.model import Edge
from airshift.plan.coupling import is_hard
from airshift.plan.levels import level_name
from airshift.plan.model import Gap, Member
from airshift.plan.policy import Policy

if TYPE_CHECKING:
    from airshift.plan.planner import State

_SHOWN = 4
_SCHEDULES = {
    "cron": "a cron schedule",
    "period": "a period",
    "asset": "an asset schedule",
    "none": "no schedule",
    "unknown": "a schedule that only the code knows",
}


class Reasons:
    """Answers for one plan."""

    def __init__(
        self,
        members: Mapping[str, Member],
        policy: Policy,
        edges: Sequence[Edge],
        wave_of: Mapping[str, int],
        pilot: Collection[str],
        state: State | None,
    ) -> None:
        self._members = members
        self._policy = policy
        self._wave_of = wave_of
        self._pilot = pilot
        self._names = {wave.number: wave.name for wave in state.waves} if state else {}
        self._before = state.before() if state else {}
        self._tied: dict[str, list[Edge]] = {}
        for edge in edges:
            if is_hard(edge):
                self._tied.setdefault(edge.source, []).append(edge)
                self._tied.setdefault(edge.target, []).append(edge)

    def wave_name(self, number: int, names: Sequence[str]) -> str:
        """What people call the wave."""
        if number in self._names:
            return self._names[number]
        if any(name in self._pilot for name in names):
            return "Pilot"
        levels = sorted({self._members[name].level for name in names})
        return f"Wave {number}: " + (
            " to ".join(level_name(level) for level in dict.fromkeys((levels[0], levels[-1])))
        )

    def of(self, name: str, gap: Gap) -> tuple[str, ...]:
        """All reasons of one DAG."""
        member = self._members[name]
        return tuple(
            reason
            for reason in (
                self._place(name, member),
                *member.level_reasons,
                self._together(name),
                *self._apart(name),
                self._late(member),
                _gap(gap, self._policy),
            )
            if reason
        )

    def _place(self, name: str, member: Member) -> str:
        wave = self._wave_of[name]
        if self._policy.pin.get(name) == wave:
            return f"pinned to wave {self._policy.pin[name]}"
        if name in self._pilot:
            operators = ", ".join(operator.rpartition(".")[2] for operator in member.operators[:_SHOWN])
            using = f" and {operators}" if operators else ""
            alone = "stands alone" if not self._tied.get(name) else "is part of a small group"
            return f"pilot: not critical, {alone}; brings {_SCHEDULES.get(member.kind, member.kind)}{using}"
        if self._before.get(name) == wave:
            return f"kept in wave {wave} as the earlier plan said"
        if self._before and name not in self._before:
            return f"new since the earlier plan: wave {wave} takes it at the least cost"
        return "" if member.level_reasons else "normal: nothing calls it critical"

    def _together(self, name: str) -> str:
        partners = {
            self._other(edge, name): edge.kind.value
            for edge in self._tied.get(name, ())
            if self._wave_of.get(self._other(edge, name)) == self._wave_of[name]
        }
        if not partners:
            return ""
        shown = [f"{other} ({kind})" for other, kind in sorted(partners.items())[:_SHOWN]]
        more = len(partners) - len(shown)
        return "moves together with " + ", ".join(shown) + (f" and {more} more" if more else "")

    def _apart(self, name: str) -> list[str]:
        found = {
            f"apart from {self._other(edge, name)} ({edge.kind.value}): bridged"
            for edge in self._tied.get(name, ())
            if self._other(edge, name) in self._members
            and self._wave_of.get(self._other(edge, name)) != self._wave_of[name]
        }
        return sorted(found)[:_SHOWN]

    @staticmethod
    def _other(edge: Edge, name: str) -> str:
        return edge.target if edge.source == name else edge.source

    @staticmethod
    def _late(member: Member) -> str:
        if not member.history:
            return ""
        return "late: its runs need the runs before them; seed its last run before it is unpaused"


def _gap(gap: Gap, policy: Policy) -> str:
    if gap.fits:
        return ""
    missed = f"; {len(gap.missed)} runs fall into it" if gap.missed else "; a run may still be going on"
    return f"no common gap of {policy.cutover_minutes} minutes with the rest of its wave{missed}"
