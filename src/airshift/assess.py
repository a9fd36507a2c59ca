"""Judge an estate as a whole: a verdict for each DAG, the hours, and who owns what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from airshift import __version__
from airshift.catalogue import RuleInfo
from airshift.estate.model import Dag, Inventory
from airshift.findings import Applicability, Finding, Kind, Origin, Problem, Severity
from airshift.report.effort import Rates, assumptions, finding_effort
from airshift.report.model import (
    NOBODY,
    Assessment,
    DagAssessment,
    Effort,
    KnownIssue,
    Reason,
    RequirementFate,
    RuffAgreement,
    RuleText,
    Verdict,
)
from airshift.targets import Target

_STANDS_IN_THE_WAY = frozenset({Kind.PARSE, Kind.RUNTIME, Kind.BEHAVIOUR})
UNREADABLE = "unreadable"
"""The code of a reason that is a file which could not be read."""


def build_assessment(
    findings: Iterable[Finding],
    problems: Iterable[Problem],
    inventory: Inventory,
    *,
    target: Target,
    source: Target,
    root: str,
    generated_at: datetime,
    files_scanned: int,
    dependencies: Mapping[str, Collection[str]],
    owners_of: Callable[[str], tuple[str, ...]] = lambda path: (),
    rules: Mapping[str, RuleInfo] | None = None,
    ruff: RuffAgreement | None = None,
    known_issues: Sequence[KnownIssue] = (),
    requirements: Sequence[RequirementFate] = (),
    excerpts: Mapping[tuple[str, int], str] | None = None,
    rates: Rates | None = None,
) -> Assessment:
    """Put everything known about an estate together.

    What only ruff reports is part of `ruff`, never of the verdicts. `dependencies` gives the
    other files that a path depends on.
    """
    rates = rates or Rates.load()
    findings = tuple(sorted((f for f in findings if f.origin is Origin.AIRSHIFT), key=Finding.sort_key))
    problems = tuple(problems)
    estate = _Estate(_by_path(findings), {problem.path: problem for problem in problems}, rates)
    dags = tuple(
        estate.assess(dag, dependencies.get(dag.path, ()), owners_of(dag.path))
        for dag in sorted(inventory.dags, key=lambda dag: (dag.dag_id, dag.path, dag.line))
    )
    total = finding_effort(findings, rates)
    owners = _owners(findings, problems, dags, owners_of)
    return Assessment(
        target=target,
        source=source,
        generated_at=generated_at,
        root=root,
        tool_version=__version__,
        findings=findings,
        problems=problems,
        inventory=inventory,
        dags=dags,
        owners=owners,
        effort=Effort(
            total.manual, total.review, _testing(dags, rates), len(problems) * rates.unreadable_file
        ),
        finding_effort=total.by_rule,
        owner_effort=_owner_effort(findings, dags, owners, rates),
        assumptions=tuple(assumptions(rates)),
        rules=_rule_texts(findings, rules or {}),
        ruff=ruff,
        known_issues=tuple(known_issues),
        files_scanned=files_scanned,
        excerpts=dict(excerpts or {}),
        requirements=tuple(requirements),
    )


def stands_in_the_way(finding: Finding) -> bool:
    """Whether a finding keeps a DAG from being ready."""
    return finding.kind in _STANDS_IN_THE_WAY and finding.severity is not Severity.INFO


def blocks(finding: Finding, rates: Rates) -> bool:
    """Whether a finding asks for another design rather than for an edit."""
    return (
        finding.applicability is Applicability.MANUAL
        and finding.severity is Severity.ERROR
        and finding.kind in (Kind.PARSE, Kind.RUNTIME)
        and finding.effort >= rates.blocking_minutes
    )


@dataclass(frozen=True, slots=True)
class _Estate:
    findings: Mapping[str, Sequence[Finding]]
    problems: Mapping[str, Problem]
    rates: Rates

    def assess(self, dag: Dag, imported: Collection[str], owners: tuple[str, ...]) -> DagAssessment:
        paths = (dag.path, *sorted(set(imported) - {dag.path}))
        touching = [finding for path in paths for finding in self.findings.get(path, ())]
        counted = [finding for finding in touching if stands_in_the_way(finding)]
        unread = [self.problems[path] for path in paths if path in self.problems]
        verdict = self._verdict(counted, unread)
        effort = finding_effort(touching, self.rates)
        return DagAssessment(
            dag=dag,
            verdict=verdict,
            reasons=(*_unread_reasons(unread), *self._reasons(counted)),
            owners=owners or tuple(dag.owners),
            paths=paths,
            findings=len(touching),
            effort=effort.manual + effort.review + _test_minutes(verdict, self.rates),
        )

    def _verdict(self, counted: Sequence[Finding], unread: Sequence[Problem]) -> Verdict:
        if unread or any(blocks(finding, self.rates) for finding in counted):
            return Verdict.BLOCKED
        if not counted:
            return Verdict.READY
        if any(finding.applicability is Applicability.MANUAL for finding in counted):
            return Verdict.NEEDS_WORK
        return Verdict.AUTO_FIXABLE

    def _reasons(self, counted: Sequence[Finding]) -> list[Reason]:
        by_code: dict[str, list[Finding]] = defaultdict(list)
        for finding in counted:
            by_code[finding.code].append(finding)
        reasons = [self._reason(code, found) for code, found in by_code.items()]
        return sorted(reasons, key=lambda reason: (not reason.blocking, -reason.manual, reason.code))

    def _reason(self, code: str, found: Sequence[Finding]) -> Reason:
        first = next((finding for finding in found if blocks(finding, self.rates)), found[0])
        return Reason(
            code=code,
            count=len(found),
            manual=sum(finding.applicability is Applicability.MANUAL for finding in found),
            blocking=blocks(first, self.rates),
            path=first.place.path,
            line=first.place.line,
            message=first.message,
        )


def _unread_reasons(unread: Iterable[Problem]) -> list[Reason]:
    return [Reason(UNREADABLE, 1, 1, True, problem.path, problem.line, problem.reason) for problem in unread]


def _test_minutes(verdict: Verdict, rates: Rates) -> int:
    return rates.test_ready_dag if verdict is Verdict.READY else rates.test_changed_dag


def _testing(dags: Iterable[DagAssessment], rates: Rates) -> int:
    return sum(_test_minutes(dag.verdict, rates) for dag in dags)


def _by_path(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.place.path].append(finding)
    return found


def _owners(
    findings: Iterable[Finding],
    problems: Iterable[Problem],
    dags: Iterable[DagAssessment],
    owners_of: Callable[[str], tuple[str, ...]],
) -> dict[str, tuple[str, ...]]:
    """Owners of every path: CODEOWNERS first, then the owners of the DAGs in it."""
    paths = {finding.place.path for finding in findings} | {problem.path for problem in problems}
    by_dag: dict[str, set[str]] = defaultdict(set)
    for dag in dags:
        by_dag[dag.dag.path].update(dag.owners)
    return {
        path: owners_of(path) or tuple(sorted(by_dag.get(path, ()))) for path in sorted(paths | set(by_dag))
    }


def _owner_effort(
    findings: Iterable[Finding],
    dags: Iterable[DagAssessment],
    owners: Mapping[str, tuple[str, ...]],
    rates: Rates,
) -> dict[str, int]:
    by_owner: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        for owner in owners.get(finding.place.path) or (NOBODY,):
            by_owner[owner].append(finding)
    minutes = {owner: sum(finding_effort(own, rates).by_rule.values()) for owner, own in by_owner.items()}
    for dag in dags:
        for owner in dag.owners or (NOBODY,):
            minutes[owner] = minutes.get(owner, 0) + _test_minutes(dag.verdict, rates)
    return minutes


def _rule_texts(findings: Iterable[Finding], rules: Mapping[str, RuleInfo]) -> dict[str, RuleText]:
    codes = sorted({finding.code for finding in findings})
    return {
        code: RuleText(
            code,
            rule.title,
            rule.family,
            rule.why,
            rule.reference,
            rule.before.strip("\n"),
            rule.after.strip("\n"),
        )
        for code in codes
        if (rule := rules.get(code)) is not None
    }
