"""The data that the page carries: compact, and unable to end the script element it stands in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from airshift.findings import Applicability, Finding, Kind, Origin, Severity
from airshift.report.document import schedule_text
from airshift.report.model import Assessment, DagAssessment, Verdict
from airshift.report.plain import link, shown, shown_lines
from airshift.report.proof import WORDS
from airshift.report.statistics import RuleCount, rule_counts

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
EXCERPT_LIMIT = 5000
"""Source lines are shown in reports with at most this many findings; larger pages name the place only."""
_LONGEST_LINE = 200


class _Table:
    """Numbers for texts: each text is stored once."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts: dict[str, int] = {}
        for text in texts:
            self.number(text)

    def number(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))

    def listed(self) -> list[str]:
        return [shown(text) for text in self.texts]


def embedded_data(assessment: Assessment) -> str:
    """The page's data as JSON that is safe inside a script element."""
    text = json.dumps(page_data(assessment), separators=(",", ":"), ensure_ascii=False)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def page_data(assessment: Assessment) -> dict[str, Any]:
    """Lists of numbers that point into tables of texts; reports/report.js reads them."""
    paths, messages, owners = _Table(), _Table(), _Table()
    counts = rule_counts(assessment)
    rules = _Table(count.code for count in counts)
    lines = assessment.excerpts if len(assessment.findings) <= EXCERPT_LIMIT else {}
    findings = [_finding(finding, paths, rules, messages) for finding in assessment.findings]
    return {
        "dags": [_dag(dag, paths, rules, messages, owners) for dag in assessment.dags],
        "findings": findings,
        "rules": [_rule(assessment, count) for count in counts],
        "fileOwners": [
            [owners.number(owner) for owner in assessment.owners.get(path, ())] for path in paths.texts
        ],
        "excerpts": [_excerpt(lines, finding) for finding in assessment.findings] if lines else [],
        "paths": paths.listed(),
        "messages": messages.listed(),
        "owners": owners.listed(),
        "codes": rules.listed(),
        "kinds": [kind.value for kind in Kind],
        "severities": [severity.value for severity in Severity],
        "fixes": [applicability.value for applicability in Applicability],
        "verdicts": [verdict.value for verdict in Verdict],
    }


def _finding(finding: Finding, paths: _Table, rules: _Table, messages: _Table) -> list[int]:
    return [
        paths.number(finding.place.path),
        finding.place.line,
        finding.place.column,
        rules.number(finding.code),
        _index(Kind, finding.kind),
        _index(Severity, finding.severity),
        _index(Applicability, finding.applicability),
        messages.number(finding.message),
        (finding.origin is Origin.RUFF) + 2 * bool(finding.also),
    ]


def _excerpt(lines: Any, finding: Finding) -> str:
    return shown(lines.get((finding.place.path, finding.place.line), "").rstrip())[:_LONGEST_LINE]


def _dag(
    assessed: DagAssessment, paths: _Table, rules: _Table, messages: _Table, owners: _Table
) -> dict[str, Any]:
    dag = assessed.dag
    return {
        "id": shown(dag.dag_id),
        "path": paths.number(dag.path),
        "line": dag.line,
        "verdict": _index(Verdict, assessed.verdict),
        "owners": [owners.number(owner) for owner in assessed.owners],
        "tags": [shown(tag) for tag in dag.tags],
        "schedule": shown(schedule_text(dag) or "none"),
        "tasks": len(dag.tasks),
        "findings": assessed.findings,
        "minutes": assessed.effort,
        "paths": [paths.number(path) for path in assessed.paths],
        "proof": WORDS.get(assessed.proof, ""),
        "unknown": [shown(text) for text in dag.unknown[:5]],
        "reasons": [
            [
                rules.number(reason.code),
                reason.count,
                reason.manual,
                int(reason.blocking),
                paths.number(reason.path),
                reason.line,
                messages.number(reason.message),
            ]
            for reason in assessed.reasons
        ],
    }


def _rule(assessment: Assessment, count: RuleCount) -> dict[str, Any]:
    text = assessment.rule(count.code)
    return {
        "title": shown(text.title),
        "family": shown(text.family),
        "why": shown_lines(text.why.strip()),
        "reference": link(text.reference),
        "before": shown_lines(text.before),
        "after": shown_lines(text.after),
        "kind": _index(Kind, count.kind),
        "severity": _index(Severity, count.severity),
        "findings": count.findings,
        "files": count.files,
        "dags": count.dags,
        "fixable": count.fixable,
        "minutes": count.minutes,
    }


def _index(members: type[Kind | Severity | Applicability | Verdict], member: object) -> int:
    ordered: Sequence[object] = list(members)
    return ordered.index(member)
