"""From an estate, its findings and a policy to a plan; no clock, no disk, no chance."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from airshift.estate.model import Edge, EdgeKind, edge_order
from airshift.plan.bridging import bridges
from airshift.plan.coupling import COST, links
from airshift.plan.dating import dated
from airshift.plan.holding import beyond_capacity
from airshift.plan.model import Member, Objective, Plan, Standing, Wave
from airshift.plan.pilot import pilot
from airshift.plan.placing import Earlier, Placed, place
from airshift.plan.policy import Policy
from airshift.plan.reasons import Reasons
from airshift.plan.standing import Standings, Status, standings
from airshift.plan.units import Group, Grouping, Limits, Unit
from airshift.plan.windows import Times

WINDOW_PARTS = 16
"""The cutover window is told apart in this many parts while DAGs are placed."""


@dataclass(frozen=True, slots=True)
class Estate:
    """What the planner knows about an estate."""

    members: Mapping[str, Member]
    edges: tuple[Edge, ...] = ()
    blockers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Open manual errors of a DAG, as sentences."""
    decided: Mapping[str, tuple[Status, str]] = field(default_factory=dict)
    """Overrides that keep single DAGs out of the waves."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """An earlier plan: its waves, of which the first ones are finished."""

    waves: tuple[Wave, ...]
    finished: int = 0
    """Waves up to this number are finished."""

    def done(self) -> tuple[Wave, ...]:
        """The finished waves."""
        return tuple(wave for wave in self.waves if wave.number <= self.finished)

    def before(self) -> dict[str, int]:
        """The wave of every DAG that was planned."""
        return {one.dag_id: wave.number for wave in self.waves for one in wave.dags}

    def moved(self) -> dict[str, str]:
        """How far each DAG has come that a wave has touched."""
        return {one.dag_id: one.moved for wave in self.waves for one in wave.dags if one.moved}


def make_plan(estate: Estate, policy: Policy, times: Times, state: State | None = None) -> Plan:
    """The plan of an estate; the same for the same arguments."""
    members = {name: estate.members[name] for name in sorted(estate.members)}
    ordered = replace(estate, members=members, edges=tuple(sorted(estate.edges, key=edge_order)))
    return _Planner(ordered, policy, times, state).plan()


@dataclass(slots=True)
class _Planner:
    estate: Estate
    policy: Policy
    times: Times
    state: State | None

    def plan(self) -> Plan:
        """Sort out who takes part, place them, date the waves, and say why."""
        done = self.state.done() if self.state else ()
        finished = {one.dag_id for wave in done for one in wave.dags}
        names = [name for name in self.estate.members if name not in finished]
        out = standings(names, self.policy, self.estate.blockers, self.estate.decided, self.estate.edges)
        found = self._groups(names, out)
        if self._keep_capacity(found, out, finished):
            found = self._groups(names, out)
        placed, first = self._placed(found)
        numbered = {
            number: sorted(name for unit in units for name in unit.names)
            for number, units in placed.waves.items()
        }
        wave_of = {one.dag_id: wave.number for wave in done for one in wave.dags}
        wave_of |= {name: number for number, names in numbered.items() for name in names}
        cut = bridges(self.estate.edges, wave_of, self.estate.members, out.status)
        reasons = Reasons(self.estate.members, self.policy, self.estate.edges, wave_of, first, self.state)
        coming = dated(numbered, done, self.estate.members, self.policy, self.times, reasons)
        return Plan(
            waves=(*done, *self._with_progress(coming)),
            blocked=_listed(out, Status.BLOCKED),
            retire=_listed(out, Status.RETIRE),
            excluded=_listed(out, Status.EXCLUDED),
            bridges=cut,
            objective=Objective({name: round(value, 6) for name, value in placed.terms.items()}),
            members=self.estate.members,
            edges=self.estate.edges,
            warnings=(*self.estate.warnings, *self._warnings(out, first)),
            wave_of=wave_of,
        )

    def _with_progress(self, waves: Iterable[Wave]) -> Iterator[Wave]:
        """What `airshift wave` has noted about DAGs of waves that are not finished."""
        moved = self.state.moved() if self.state else {}
        for wave in waves:
            dags = tuple(replace(one, moved=moved.get(one.dag_id, "")) for one in wave.dags)
            yield replace(wave, dags=dags) if moved else wave

    def _groups(self, names: Sequence[str], out: Standings) -> list[Group]:
        """Groups of the DAGs that move; what no wave can hold is blocked on the way."""
        limits = Limits(self.policy.max_dags, self.policy.max_minutes)
        before = self.state.before() if self.state else {}
        while True:
            moving = {name: self.estate.members[name] for name in names if name not in out.status}
            grouping = Grouping(moving, limits, self.policy.pin, WINDOW_PARTS, before)
            found = grouping.groups(links(self.estate.edges, moving))
            too_large = [
                unit for group in found for unit in group.units if not limits.hold(unit.size, unit.minutes)
            ]
            if not too_large:
                return found
            for unit in too_large:
                for name in unit.names:
                    out.add(name, Status.BLOCKED, _too_large(unit, limits))

    def _keep_capacity(self, found: Sequence[Group], out: Standings, finished: Collection[str]) -> bool:
        """Block what green cannot hold; what an earlier plan placed has the first claim, then the less critical."""
        before = self.state.before().keys() if self.state else set()
        units = sorted(
            (unit for group in found for unit in group.units),
            key=lambda unit: (before.isdisjoint(unit.names), unit.rank, unit.names),
        )
        beyond = beyond_capacity(units, finished, self.estate.members, self.policy)
        for name, reason in beyond.items():
            out.add(name, Status.BLOCKED, reason)
        return bool(beyond)

    def _placed(self, found: Sequence[Group]) -> tuple[Placed, frozenset[str]]:
        limits = Limits(self.policy.max_dags, self.policy.max_minutes)
        if self.state is not None:
            placed = place(found, (), limits, Earlier(self.state.before(), self.state.finished))
            return placed, frozenset()
        size = min(self.policy.pilot_size, self.policy.max_dags)
        touched = {name for edge in self.estate.edges for name in _tied(edge)}
        whole = [group.units[0] for group in found if not group.links]
        chosen = pilot(whole, self.estate.members, lambda name: name not in touched, size, limits)
        placed = place(found, chosen, limits)
        return placed, frozenset(name for unit in chosen for name in unit.names)

    def _warnings(self, out: Standings, first: frozenset[str]) -> list[str]:
        known = self.estate.members
        found = [f"pin: there is no DAG {name}" for name in sorted(self.policy.pin) if name not in known]
        if self.state is None and self.policy.pilot_size and not first and len(out.status) < len(known):
            found.append("no DAG is fit for a pilot: none is less critical than high and fits into it")
        retired = {name for name, status in out.status.items() if status is Status.RETIRE}
        for edge in self.estate.edges:
            ends = {edge.source, edge.target}
            staying = sorted(ends - retired)
            if COST[edge.kind] and ends & retired and staying and staying[0] in known:
                gone = min(ends & retired)
                found.append(f"{staying[0]} has a {edge.kind.value} edge with {gone}, which is to be retired")
        return list(dict.fromkeys(found))


def _tied(edge: Edge) -> tuple[str, ...]:
    """The DAGs that an edge keeps from being self-contained."""
    if edge.kind in (EdgeKind.MODULE, EdgeKind.RESOURCE) or edge.source == edge.target:
        return ()
    return edge.source, edge.target


def _too_large(unit: Unit, limits: Limits) -> str:
    what = "its work" if unit.size == 1 else f"with its SubDAGs ({unit.size} DAGs) it"
    return f"{what} is {unit.minutes / 60:.1f} hours; one wave holds {limits}"


def _listed(out: Standings, status: Status) -> tuple[Standing, ...]:
    return tuple(
        Standing(name, tuple(out.reasons[name])) for name in sorted(out.status) if out.status[name] is status
    )
