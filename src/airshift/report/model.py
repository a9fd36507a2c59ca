"""What a report is made from: one frozen record of an assessed estate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from airshift.estate.model import Dag, Inventory
from airshift.findings import Finding, Problem
from airshift.targets import Target

if TYPE_CHECKING:
    from airshift.environments.probe import Remark

NOBODY = "nobody named"
"""Stands for the owner of what has none."""


class Verdict(StrEnum):
    """How far a DAG is from running on the target; ordered from near to far."""

    READY = "ready"
    """Nothing that stands in its way."""
    AUTO_FIXABLE = "auto_fixable"
    """`airshift fix` does all of it."""
    NEEDS_WORK = "needs_work"
    """A person has to change code."""
    BLOCKED = "blocked"
    """A person has to decide how it should work at all, or a file of it cannot be read."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a DAG is not ready: a rule, and how often it strikes."""

    code: str
    count: int
    manual: int
    """How many of them a person has to solve."""
    blocking: bool
    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class DagAssessment:
    """One DAG with its verdict."""

    dag: Dag
    verdict: Verdict
    reasons: tuple[Reason, ...]
    owners: tuple[str, ...]
    paths: tuple[str, ...]
    """Its file and the project's modules it imports, its file first."""
    findings: int
    """Findings of any kind in `paths`."""
    effort: int
    """Minutes for this DAG alone; work on shared modules counts for each DAG that needs it."""
    proof: str = ""
    """What `airshift verify` found: equal, intended, different or not_parsed; empty when it was not asked."""


@dataclass(frozen=True, slots=True)
class RuffAgreement:
    """ruff's AIR rules next to ours, by location."""

    agreed: tuple[Finding, ...] = ()
    only_ruff: tuple[Finding, ...] = ()
    only_airshift: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleText:
    """What the report says about a rule."""

    code: str
    title: str
    family: str
    why: str = ""
    reference: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """A defect of the target version that may hit this estate."""

    identifier: str
    title: str
    text: str
    reference: str
    date: str
    places: tuple[str, ...] = ()
    """Where the estate meets its condition, as `path:line`; empty when it concerns everybody."""


@dataclass(frozen=True, slots=True)
class RequirementFate:
    """What becomes of one requirement on the target."""

    path: str
    line: int
    name: str
    before: str
    after: str
    """The new line; empty where there is none."""
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class Effort:
    """Minutes by kind of work; shared files count once."""

    manual: int = 0
    review: int = 0
    testing: int = 0
    unreadable: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.manual + self.review + self.testing + self.unreadable


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything a report shows."""

    target: Target
    source: Target
    generated_at: datetime
    root: str
    tool_version: str
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    inventory: Inventory
    dags: tuple[DagAssessment, ...]
    owners: Mapping[str, tuple[str, ...]]
    """Owners of every path that a finding or a DAG names."""
    effort: Effort
    finding_effort: Mapping[str, int]
    """Minutes by rule code, further occurrences in a file at the reduced rate."""
    owner_effort: Mapping[str, int]
    """Minutes by owner, testing included; what has two owners counts for both."""
    assumptions: tuple[str, ...]
    rules: Mapping[str, RuleText]
    ruff: RuffAgreement | None
    known_issues: tuple[KnownIssue, ...]
    files_scanned: int
    excerpts: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """Source lines to show, by path and line."""
    requirements: tuple[RequirementFate, ...] = ()
    probe: tuple[Remark, ...] = ()
    """What the probe counted in blue's database."""
    parse_seconds: Mapping[str, float] = field(default_factory=dict)
    """How long `airshift verify` saw each file take to parse."""

    def dags_with(self, verdict: Verdict) -> tuple[DagAssessment, ...]:
        """The DAGs of one verdict."""
        return tuple(dag for dag in self.dags if dag.verdict is verdict)

    def rule(self, code: str) -> RuleText:
        """What is known about a rule; ruff's rules have a name only."""
        return self.rules.get(code) or RuleText(code, "Reported by ruff only", "ruff")
