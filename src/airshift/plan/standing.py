"""DAGs that take part in no wave: blocked, to be retired, or excluded; always with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from fnmatch import fnmatchcase

from airshift.estate.model import Edge, EdgeKind
from airshift.plan.coupling import groups
from airshift.plan.policy import Policy


class Status(IntEnum):
    """Why a DAG takes part in no wave; of several the first counts."""

    RETIRE = 1
    EXCLUDED = 2
    BLOCKED = 3


@dataclass(slots=True)
class Standings:
    """The DAGs without a wave, with status and reasons."""

    status: dict[str, Status] = field(default_factory=dict)
    reasons: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, status: Status, reason: str) -> None:
        """A reason for a DAG to stay out; a stronger status replaces a weaker one with its reasons."""
        present = self.status.get(name)
        if present is not None and present < status:
            return
        if present != status:
            self.reasons[name] = []
        self.status[name] = status
        if reason not in self.reasons[name]:
            self.reasons[name].append(reason)


def standings(
    names: Iterable[str],
    policy: Policy,
    blockers: Mapping[str, Sequence[str]],
    decided: Mapping[str, tuple[Status, str]],
    edges: Iterable[Edge],
) -> Standings:
    """Who stays out by policy (`decided` are the overrides, DAG by DAG) and by open findings."""
    names = list(names)
    found = Standings()
    for name in names:
        for status, patterns in ((Status.RETIRE, policy.retire), (Status.EXCLUDED, policy.exclude)):
            for pattern in patterns:
                if fnmatchcase(name, pattern):
                    words = "to be retired" if status is Status.RETIRE else "excluded"
                    found.add(name, status, f"{words} by the policy ({pattern})")
        if name in decided:
            found.add(name, *decided[name])
        for reason in blockers.get(name, ()):
            found.add(name, Status.BLOCKED, reason)
    _spread(found, names, edges)
    return found


def _spread(found: Standings, names: Sequence[str], edges: Iterable[Edge]) -> None:
    """A DAG and its SubDAGs share their fate."""
    known = set(names)
    pairs = [
        (edge.source, edge.target)
        for edge in edges
        if edge.kind is EdgeKind.SUBDAG and edge.source in known and edge.target in known
    ]
    for together in groups({name for pair in pairs for name in pair}, pairs):
        out = [name for name in together if name in found.status]
        if not out:
            continue
        first = min(out, key=lambda name: (found.status[name], name))
        for name in together:
            if name != first:
                found.add(name, found.status[first], f"one unit with {first}: a DAG and its SubDAGs")
