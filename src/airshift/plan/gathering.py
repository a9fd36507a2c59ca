"""What the planner has to know, taken from an assessed estate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airshift.assess import blocks, stands_in_the_way
from airshift.estate.model import Dag, Edge, Unknown
from airshift.findings import Applicability, Finding, Problem, Severity
from airshift.plan.cadence import existing
from airshift.plan.dating import cutover_window
from airshift.plan.levels import HIGH, NORMAL, level_name
from airshift.plan.model import Member
from airshift.plan.overrides import Override
from airshift.plan.planner import WINDOW_PARTS, Estate
from airshift.plan.policy import Block, Policy
from airshift.plan.schedule_times import ScheduleTimes, kind_of, schedule_times
from airshift.plan.standing import Status
from airshift.plan.windows import misfits
from airshift.report.effort import Rates
from airshift.report.model import Assessment, DagAssessment

_SHOWN = 5
"""Open errors named for a blocked DAG; the rest is counted."""


def gather(
    assessment: Assessment, policy: Policy, overrides: Mapping[str, Override]
) -> tuple[Estate, ScheduleTimes]:
    """The estate as the planner sees it, and when its DAGs run."""
    assessed: dict[str, DagAssessment] = {}
    for dag in assessment.dags:
        assessed.setdefault(dag.dag.key, dag)
    dags = [dag.dag for dag in assessed.values()]
    now = datetime.combine(policy.start, policy.cadence.at, policy.timezone)
    durations = {name: one.duration for name, one in overrides.items() if one.duration is not None}
    default = timedelta(minutes=policy.default_duration_minutes)
    times = schedule_times(dags, assessment.source, now, default, durations)
    edges = [
        edge for edge in assessment.inventory.edges if edge.source in assessed and edge.target in assessed
    ]
    gathering = _Gathering(policy, times, _followers(edges), existing(now))
    members = {key: gathering.member(dag) for key, dag in assessed.items()}
    members |= {key: overrides[key].of(member) for key, member in members.items() if key in overrides}
    by_path: dict[str, list[Finding]] = {}
    for finding in assessment.findings:
        by_path.setdefault(finding.place.path, []).append(finding)
    return Estate(
        members,
        tuple(edges),
        {key: _blockers(dag, by_path, assessment.problems, policy.block) for key, dag in assessed.items()},
        _decided(overrides, assessed),
        tuple(_warnings(assessment, overrides, assessed)),
    ), times


def _followers(edges: Iterable[Edge]) -> dict[str, int]:
    """How many DAGs follow from each by a hard or soft edge of their own."""
    after: dict[str, set[str]] = {}
    for edge in edges:
        if edge.kind.value not in ("module", "resource"):
            after.setdefault(edge.source, set()).add(edge.target)
    return {name: len(targets - {name}) for name, targets in after.items()}


@dataclass(frozen=True, slots=True)
class _Gathering:
    policy: Policy
    times: ScheduleTimes
    followers: Mapping[str, int]
    start: datetime

    def member(self, assessed: DagAssessment) -> Member:
        dag = assessed.dag
        key = dag.key
        per_day = self.times.per_day(key, self.start)
        level, reasons = self._level(assessed, per_day)
        busy = len(dag.tasks) * self.policy.task_seconds / 3600
        window = cutover_window(self.policy, self.start).in_parts(WINDOW_PARTS)
        return Member(
            dag_id=key,
            path=dag.path,
            line=dag.line,
            owners=assessed.owners,
            tags=dag.tags,
            operators=dag.operators or tuple(sorted({task.operator for task in dag.tasks})),
            tasks=len(dag.tasks),
            schedule=schedule_words(dag),
            kind=kind_of(self.times.schedules[key]),
            level=level,
            level_reasons=reasons,
            history=dag.depends_on_history,
            minutes=assessed.effort,
            runs_per_day=per_day,
            misfits=misfits(self.times, key, window),
            hours=tuple(round(count * busy, 4) for count in self.times.hours(key, self.start)),
        )

    def _level(self, assessed: DagAssessment, per_day: float) -> tuple[int, tuple[str, ...]]:
        rules = [
            rule
            for rule in self.policy.criticality
            if rule.applies(assessed.dag, (*assessed.owners, *assessed.dag.owners))
        ]
        if rules:
            level = max(rule.level for rule in rules)
            return level, tuple(str(rule) for rule in rules if rule.level == level)
        reasons = []
        followers = self.followers.get(assessed.dag.key, 0)
        if followers >= self.policy.fan_out_high:
            reasons.append(f"{level_name(HIGH)}: {followers} DAGs follow from it")
        if per_day >= self.policy.frequent_runs_per_day:
            reasons.append(f"{level_name(HIGH)}: it runs {per_day:g} times a day")
        return (HIGH if reasons else NORMAL), tuple(reasons)


def schedule_words(dag: Dag) -> str:
    """A schedule as people read it."""
    if not dag.schedule_given:
        return "default"
    if isinstance(dag.schedule, Unknown):
        return dag.schedule.expression
    return dag.schedule or ""


def _blockers(
    dag: DagAssessment, by_path: Mapping[str, Sequence[Finding]], problems: Iterable[Problem], block: Block
) -> list[str]:
    """Why a DAG cannot move yet: files that cannot be read, and open manual errors as the policy says."""
    paths = set(dag.paths)
    found = [f"{one.path}:{one.line} cannot be read: {one.reason}" for one in problems if one.path in paths]
    rates = Rates.load()
    errors = [
        finding
        for path in dag.paths
        for finding in by_path.get(path, ())
        if finding.severity is Severity.ERROR
        and finding.applicability is Applicability.MANUAL
        and stands_in_the_way(finding)
        and (block is Block.ERRORS or (block is Block.DECISIONS and blocks(finding, rates)))
    ]
    for finding in errors[:_SHOWN]:
        found.append(f"{finding.code} at {finding.place.path}:{finding.place.line}: {finding.message}")
    if len(errors) > _SHOWN:
        found.append(f"and {len(errors) - _SHOWN} more open errors")
    return found


def _decided(overrides: Mapping[str, Override], known: Iterable[str]) -> dict[str, tuple[Status, str]]:
    known = set(known)
    return {
        name: (one.status, f"override: {one.reason}" if one.reason else "by the override file")
        for name, one in overrides.items()
        if one.status is not None and name in known
    }


def _warnings(
    assessment: Assessment, overrides: Mapping[str, Override], known: Mapping[str, DagAssessment]
) -> Iterable[str]:
    for name in sorted(overrides.keys() - known.keys()):
        yield f"overrides: there is no DAG {name}"
    for reference in assessment.inventory.unlocated:
        where = f"{reference.path}:{reference.line}"
        yield f"{where}: not planned, its DAG id is known only when the code runs: {reference.name}"
    for edge in assessment.inventory.edges:
        for missing, present in ((edge.source, edge.target), (edge.target, edge.source)):
            if missing not in known and present in known:
                yield f"{present} has a {edge.kind.value} edge with {missing}, which is not in this estate"
