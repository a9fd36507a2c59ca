"""The numbers of a report: counts by rule, kind, family, owner and folder."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from airshift.findings import Applicability, Finding, Kind, Severity
from airshift.report.model import NOBODY, Assessment, DagAssessment, Verdict

VERDICTS = tuple(Verdict)
KINDS = tuple(Kind)
APPLICABILITIES = tuple(Applicability)


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled bar: its parts in the order of the chart's series."""

    label: str
    parts: tuple[int, ...]

    @property
    def total(self) -> int:
        """The length of the whole bar."""
        return sum(self.parts)


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How a rule strikes the estate."""

    code: str
    kind: Kind
    severity: Severity
    findings: int
    files: int
    dags: int
    fixable: int
    minutes: int


def verdict_counts(assessment: Assessment) -> dict[Verdict, int]:
    """DAGs by verdict, every verdict named."""
    counts = Counter(dag.verdict for dag in assessment.dags)
    return {verdict: counts[verdict] for verdict in VERDICTS}


def by_kind(findings: Iterable[Finding]) -> list[Row]:
    """Findings by when they bite, split by how they are fixed."""
    return _rows(findings, lambda finding: [finding.kind.value], KINDS)


def by_family(assessment: Assessment) -> list[Row]:
    """Findings by family of rules, most first."""
    rows = _rows(assessment.findings, lambda finding: [assessment.rule(finding.code).family])
    return sorted(rows, key=lambda row: (-row.total, row.label))


def by_finding_owner(assessment: Assessment) -> list[Row]:
    """Findings by owner of the file, most first."""
    rows = _rows(assessment.findings, lambda f: assessment.owners.get(f.place.path) or (NOBODY,))
    return sorted(rows, key=lambda row: (-row.total, row.label))


def by_finding_folder(assessment: Assessment) -> list[Row]:
    """Findings by folder, most first."""
    rows = _rows(assessment.findings, lambda finding: [folder(finding.place.path)])
    return sorted(rows, key=lambda row: (-row.total, row.label))


def _rows(
    findings: Iterable[Finding], labels: Callable[[Finding], Iterable[str]], order: Sequence[str] = ()
) -> list[Row]:
    counts: dict[str, Counter[Applicability]] = {label: Counter() for label in order}
    for finding in findings:
        for label in labels(finding):
            counts.setdefault(label, Counter())[finding.applicability] += 1
    return [
        Row(label, tuple(count[applicability] for applicability in APPLICABILITIES))
        for label, count in counts.items()
    ]


def dags_by_owner(assessment: Assessment) -> list[Row]:
    """DAGs by owner, split by verdict; a DAG with two owners counts for both."""
    return _dag_rows(assessment.dags, lambda dag: dag.owners or (NOBODY,))


def dags_by_folder(assessment: Assessment) -> list[Row]:
    """DAGs by folder, split by verdict."""
    return _dag_rows(assessment.dags, lambda dag: [folder(dag.dag.path)])


def _dag_rows(dags: Iterable[DagAssessment], labels: Callable[[DagAssessment], Iterable[str]]) -> list[Row]:
    counts: dict[str, Counter[Verdict]] = defaultdict(Counter)
    for dag in dags:
        for label in labels(dag):
            counts[label][dag.verdict] += 1
    rows = [Row(label, tuple(count[verdict] for verdict in VERDICTS)) for label, count in counts.items()]
    return sorted(rows, key=lambda row: (-row.total, row.label))


def folder(path: str) -> str:
    """The folder of a path, `.` for the root."""
    return PurePosixPath(path).parent.as_posix()


def rule_counts(assessment: Assessment) -> list[RuleCount]:
    """Every rule that strikes, what breaks parsing first, then by the DAGs it touches."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in assessment.findings:
        found[finding.code].append(finding)
    touched = _dags_by_path(assessment)
    counts = [_rule_count(assessment, code, group, touched) for code, group in found.items()]
    return sorted(counts, key=_urgency)


def _rule_count(
    assessment: Assessment, code: str, group: Sequence[Finding], touched: dict[str, set[int]]
) -> RuleCount:
    paths = {finding.place.path for finding in group}
    worst = min(group, key=lambda f: (list(Severity).index(f.severity), KINDS.index(f.kind)))
    return RuleCount(
        code=code,
        kind=worst.kind,
        severity=worst.severity,
        findings=len(group),
        files=len(paths),
        dags=len(set().union(*(touched.get(path, set()) for path in paths))),
        fixable=sum(finding.applicability is not Applicability.MANUAL for finding in group),
        minutes=assessment.finding_effort.get(code, 0),
    )


def _dags_by_path(assessment: Assessment) -> dict[str, set[int]]:
    touched: dict[str, set[int]] = defaultdict(set)
    for number, dag in enumerate(assessment.dags):
        for path in dag.paths:
            touched[path].add(number)
    return touched


def _urgency(count: RuleCount) -> tuple[int, int, int, int, str]:
    severity = list(Severity).index(count.severity)
    return (severity, KINDS.index(count.kind), -count.dags, -count.findings, count.code)


def hours(minutes: int) -> str:
    """Minutes as hours: one decimal below ten, whole hours above."""
    value = minutes / 60
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"
