"""Which DAGs of a wave move together, and who goes first.

Blue is paused from the sources on, so that what a source starts can still end; green is unpaused from the targets on,
because events that arrive while a consumer is paused are dropped. The way back is the same with sides swapped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from airshift.plan.coupling import groups
from airshift.wave.states import Progress, State
from airshift.wave.steps import Gate

_DRAINED = frozenset({State.DRAINED, State.SEEDED, State.GREEN_UNPAUSED, State.DONE})
_UNPAUSED = frozenset({State.GREEN_UNPAUSED, State.DONE})
_ON_GREEN = frozenset({State.GREEN_UNPAUSED, State.DONE, State.LEAVING, State.GREEN_PAUSED})
"""States in which a DAG may have a run on green."""
_NOT_HERE = frozenset({State.BLOCKED, State.IDLE})


@dataclass(frozen=True, slots=True)
class Group:
    """DAGs that move together, sources first."""

    names: tuple[str, ...]
    before: Mapping[str, frozenset[str]]
    """For each DAG those that it follows, save for those on a cycle with it."""

    def after(self, name: str) -> frozenset[str]:
        """The DAGs that follow one."""
        return frozenset(other for other in self.names if name in self.before[other])


def grouped(names: Collection[str], edges: Iterable[tuple[str, str]]) -> tuple[Group, ...]:
    """The groups of a wave, in the order of their first names."""
    pairs = [pair for pair in edges if pair[0] != pair[1]]
    together = groups(names, pairs)
    return tuple(_group(sorted(one), pairs) for one in sorted(together, key=min))


def _group(names: list[str], pairs: Iterable[tuple[str, str]]) -> Group:
    follows: dict[str, set[str]] = {name: set() for name in names}
    for source, target in pairs:
        if source in follows and target in follows:
            follows[source].add(target)
    reach = {name: _reached(name, follows) for name in names}
    before = {
        name: frozenset(other for other in names if name in reach[other] and other not in reach[name])
        for name in names
    }
    return Group(tuple(sorted(names, key=lambda name: (len(before[name]), name))), before)


def _reached(name: str, follows: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    open_ = [name]
    while open_:
        new = follows[open_.pop()] - found
        found |= new
        open_ += new
    return found


def gate(
    group: Group, name: str, progress: Mapping[str, Progress], is_at_rest: Callable[[str], bool]
) -> Gate:
    """What the rest of its group allows a DAG to do now."""
    states = {other: progress[other].state for other in group.names if progress[other].state not in _NOT_HERE}
    if progress[name].back:
        return _gate_back(group, name, states)

    def all_in(names: Iterable[str], allowed: frozenset[State]) -> bool:
        return all(states[other] in allowed for other in names if other in states)

    waiting = [other for other, state in states.items() if state in (State.PLANNED, State.READY)]
    return Gate(
        start=State.PLANNED not in states.values() and all(is_at_rest(other) for other in waiting),
        pause=all_in(group.before[name], _DRAINED),
        hand_over=all_in(states, _DRAINED),
        unpause=all_in(states, _DRAINED - {State.DRAINED}) and all_in(group.after(name), _UNPAUSED),
    )


def _gate_back(group: Group, name: str, states: Mapping[str, State]) -> Gate:
    """Sources leave green first; blue gets its targets back first."""
    drained = not _ON_GREEN & set(states.values())
    return Gate(
        pause=all(states[other] not in _ON_GREEN for other in group.before[name] if other in states),
        hand_over=drained,
        unpause=drained
        and all(states[other] is State.ROLLED_BACK for other in group.after(name) if other in states),
    )
