"""Comparison and trend as JSON (docs/history.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airshift.findings import Kind, Problem
from airshift.history.comparing import CodeChange, Comparison, DagChange
from airshift.history.model import SeenFinding, Snapshot
from airshift.output.document import envelope
from airshift.report.model import Verdict
from airshift.targets import Target


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """The document of `airshift report diff`."""
    return {
        **envelope(_target(comparison.new), ()),
        "old": point(comparison.old),
        "new": point(comparison.new),
        "is_worse": comparison.is_worse,
        "dags": [_dag(change) for change in comparison.dags],
        "rules": [_rule(change) for change in comparison.codes],
        "new_findings": [_finding(finding) for finding in comparison.new_findings],
        "gone_findings": [_finding(finding) for finding in comparison.gone_findings],
    }


def trend_document(snapshots: Sequence[Snapshot], problems: Sequence[Problem]) -> dict[str, Any]:
    """The document of `airshift report trend`: one point a report, oldest first."""
    target = _target(snapshots[-1]) if snapshots else None
    return {**envelope(target, problems), "points": [point(snapshot) for snapshot in snapshots]}


def point(snapshot: Snapshot) -> dict[str, Any]:
    """The numbers of one report; DAGs that have moved count as `moved` and nowhere else."""
    waves = snapshot.waves
    return {
        "generated_at": snapshot.taken.isoformat(),
        "root": snapshot.root,
        "target": snapshot.target,
        "dags": {
            "total": len(snapshot.dags),
            "moved": len(snapshot.moved),
            **{verdict.value: snapshot.count(verdict) for verdict in Verdict},
        },
        "findings": {
            "total": len(snapshot.findings),
            **{kind.value: sum(found.kind is kind for found in snapshot.findings) for kind in Kind},
        },
        "effort_minutes": snapshot.minutes,
        "unread": snapshot.unread,
        "waves": None if waves is None else {"total": waves.total, "done": waves.done},
    }


def _target(snapshot: Snapshot) -> Target:
    return Target(snapshot.target, snapshot.platform)


def _dag(change: DagChange) -> dict[str, Any]:
    return {"dag_id": change.dag, "change": change.step, "before": change.before, "after": change.after}


def _rule(change: CodeChange) -> dict[str, Any]:
    return {
        "code": change.code,
        "kind": change.kind,
        "title": change.title,
        "before": change.before,
        "after": change.after,
        "new": change.new,
        "gone": change.gone,
    }


def _finding(finding: SeenFinding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "kind": finding.kind,
        "path": finding.path,
        "line": finding.line,
        "symbol": finding.symbol,
    }
