"""Compare two reports: which DAGs came closer, which findings are new or gone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from airshift.findings import Kind
from airshift.history.model import SeenFinding, Snapshot
from airshift.report.model import Verdict

_ORDER = tuple(Verdict)
_KINDS = tuple(Kind)


class Step(StrEnum):
    """What happened to a DAG; what matters most first."""

    BLOCKED = "blocked"
    """It has become blocked."""
    FURTHER = "further"
    """It needs more than before, without being blocked."""
    READY = "ready"
    """It has become ready."""
    CLOSER = "closer"
    """It needs less than before, without being ready."""
    MOVED = "moved"
    """Its wave is done."""
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class DagChange:
    """One DAG that is not what it was; a side without it is None."""

    dag: str
    step: Step
    before: Verdict | None
    after: Verdict | None


@dataclass(frozen=True, slots=True)
class CodeChange:
    """The findings of one rule and kind, before and after."""

    code: str
    kind: Kind
    title: str
    before: int
    after: int
    new: int
    gone: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a later report says that an earlier one did not."""

    old: Snapshot
    new: Snapshot
    dags: tuple[DagChange, ...]
    codes: tuple[CodeChange, ...]
    """Rules with new or gone findings."""
    new_findings: tuple[SeenFinding, ...]
    gone_findings: tuple[SeenFinding, ...]

    def of(self, step: Step) -> tuple[DagChange, ...]:
        """The DAGs with one kind of change."""
        return tuple(change for change in self.dags if change.step is step)

    @property
    def is_worse(self) -> bool:
        """Whether anything went the wrong way: a finding that is new, or a DAG that needs more than before."""
        return bool(self.new_findings or self.of(Step.BLOCKED) or self.of(Step.FURTHER))


def compare(old: Snapshot, new: Snapshot) -> Comparison:
    """Everything that differs between two reports of an estate."""
    dags = sorted(_dag_changes(old, new), key=lambda change: (tuple(Step).index(change.step), change.dag))
    added, gone = _only(new, old), _only(old, new)
    return Comparison(old, new, tuple(dags), tuple(_code_changes(old, new, added, gone)), added, gone)


def _dag_changes(old: Snapshot, new: Snapshot) -> Iterator[DagChange]:
    for dag in old.dags.keys() | new.dags.keys():
        before, after = old.dags.get(dag), new.dags.get(dag)
        step = Step.MOVED if dag in new.moved - old.moved else _step(before, after)
        if step is not None:
            yield DagChange(dag, step, before, after)


def _step(before: Verdict | None, after: Verdict | None) -> Step | None:
    if before is after:
        return None
    if before is None:
        return Step.NEW
    if after is None:
        return Step.GONE
    if after is Verdict.READY:
        return Step.READY
    if after is Verdict.BLOCKED:
        return Step.BLOCKED
    return Step.CLOSER if _ORDER.index(after) < _ORDER.index(before) else Step.FURTHER


def _only(these: Snapshot, those: Snapshot) -> tuple[SeenFinding, ...]:
    """The findings that one report has and the other has not.

    One that merely moved to another line, or whose symbol a fix renamed, is in both.
    """
    here = _without(these.findings, those.findings, lambda found: (found.code, found.path, found.symbol))
    there = _without(those.findings, these.findings, lambda found: (found.code, found.path, found.symbol))
    return tuple(_without(here, there, lambda found: (found.code, found.path)))


def _without(
    these: Iterable[SeenFinding], those: Iterable[SeenFinding], key: Callable[[SeenFinding], object]
) -> list[SeenFinding]:
    """These findings less as many equal ones as the others have."""
    left = Counter(map(key, those))
    found: list[SeenFinding] = []
    for finding in these:
        if left[key(finding)]:
            left[key(finding)] -= 1
        else:
            found.append(finding)
    return found


def _code_changes(
    old: Snapshot, new: Snapshot, added: Sequence[SeenFinding], gone: Sequence[SeenFinding]
) -> Iterator[CodeChange]:
    counts = [_by_code(findings) for findings in (old.findings, new.findings, added, gone)]
    changed = counts[2].keys() | counts[3].keys()
    for kind, code in sorted(changed, key=lambda key: (_KINDS.index(key[0]), key[1])):
        title = new.titles.get(code) or old.titles.get(code, "")
        yield CodeChange(code, kind, title, *(count[kind, code] for count in counts))


def _by_code(findings: Sequence[SeenFinding]) -> dict[tuple[Kind, str], int]:
    found: dict[tuple[Kind, str], int] = defaultdict(int)
    for finding in findings:
        found[finding.kind, finding.code] += 1
    return found
