"""`report.json`: everything the report knows, for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from airshift.estate.model import Dag, Reference, Unknown
from airshift.output.document import envelope, finding_record
from airshift.report.model import Assessment, DagAssessment, KnownIssue, RuffAgreement
from airshift.report.parsing import costs_of_parsing
from airshift.report.statistics import (
    APPLICABILITIES,
    VERDICTS,
    Row,
    RuleCount,
    by_finding_folder,
    by_finding_owner,
    dags_by_folder,
    dags_by_owner,
    rule_counts,
    verdict_counts,
)


def json_report(assessment: Assessment) -> str:
    """The assessment as a JSON document."""
    return json.dumps(report_document(assessment), indent=2)


def report_document(assessment: Assessment) -> dict[str, Any]:
    """The document behind `json_report`."""
    return {
        **envelope(assessment.target, assessment.problems),
        "source": assessment.source.version,
        "generated_at": assessment.generated_at.isoformat(),
        "root": assessment.root,
        "summary": _summary(assessment),
        "dags": [_dag(dag) for dag in assessment.dags],
        "findings": [finding_record(finding) for finding in assessment.findings],
        "rules": [_rule(assessment, count) for count in rule_counts(assessment)],
        "owners": _groups(dags_by_owner(assessment), by_finding_owner(assessment)),
        "folders": _groups(dags_by_folder(assessment), by_finding_folder(assessment)),
        "inventory": _inventory(assessment),
        "requirements": [asdict(fate) for fate in assessment.requirements],
        **({"probe": [asdict(remark) for remark in assessment.probe]} if assessment.probe else {}),
        "parse_costs": [asdict(cost) for cost in costs_of_parsing(assessment)],
        "ruff": _ruff(assessment.ruff),
        "known_issues": [_known_issue(issue) for issue in assessment.known_issues],
        "assumptions": list(assessment.assumptions),
    }


def _summary(assessment: Assessment) -> dict[str, Any]:
    effort = assessment.effort
    return {
        "files_scanned": assessment.files_scanned,
        "dags": len(assessment.dags),
        **{verdict.value: count for verdict, count in verdict_counts(assessment).items()},
        "findings": len(assessment.findings),
        "effort_minutes": {
            "manual": effort.manual,
            "review": effort.review,
            "testing": effort.testing,
            "unreadable": effort.unreadable,
            "total": effort.total,
        },
    }


def _dag(assessed: DagAssessment) -> dict[str, Any]:
    dag = assessed.dag
    return {
        "dag_id": dag.dag_id,
        "path": dag.path,
        "line": dag.line,
        "verdict": assessed.verdict.value,
        "reasons": [
            {
                "code": reason.code,
                "count": reason.count,
                "manual": reason.manual,
                "blocking": reason.blocking,
                "path": reason.path,
                "line": reason.line,
                "message": reason.message,
            }
            for reason in assessed.reasons
        ],
        "owners": list(assessed.owners),
        "tags": list(dag.tags),
        "schedule": schedule_text(dag),
        "touched_by": list(assessed.paths),
        "findings": assessed.findings,
        "effort_minutes": assessed.effort,
        "exact": dag.exact,
        **({"verified": assessed.proof} if assessed.proof else {}),
    }


def schedule_text(dag: Dag) -> str | None:
    """The schedule as written; None when there is none, the words `(default)` when it was left out."""
    if not dag.schedule_given:
        return "(default)"
    return dag.schedule.expression if isinstance(dag.schedule, Unknown) else dag.schedule


def _rule(assessment: Assessment, count: RuleCount) -> dict[str, Any]:
    text = assessment.rule(count.code)
    return {
        "code": count.code,
        "title": text.title,
        "family": text.family,
        "kind": count.kind.value,
        "severity": count.severity.value,
        "findings": count.findings,
        "fixable": count.fixable,
        "files": count.files,
        "dags": count.dags,
        "effort_minutes": count.minutes,
        "reference": text.reference,
    }


def _groups(dags: list[Row], findings: list[Row]) -> list[dict[str, Any]]:
    by_label = {row.label: row for row in findings}
    labels = [row.label for row in dags] + [row.label for row in findings]
    dag_rows = {row.label: row for row in dags}
    return [_group(label, dag_rows.get(label), by_label.get(label)) for label in dict.fromkeys(labels)]


def _group(name: str, dags: Row | None, findings: Row | None) -> dict[str, Any]:
    verdicts = dags.parts if dags else (0,) * len(VERDICTS)
    fixes = findings.parts if findings else (0,) * len(APPLICABILITIES)
    return {
        "name": name,
        "dags": {verdict.value: count for verdict, count in zip(VERDICTS, verdicts, strict=True)},
        "findings": {fix.value: count for fix, count in zip(APPLICABILITIES, fixes, strict=True)},
    }


def _inventory(assessment: Assessment) -> dict[str, Any]:
    inventory = assessment.inventory
    return {
        "operators": operator_counts(assessment),
        "custom_operators": _references(inventory.custom_operators),
        "plugins": _references(inventory.plugins),
        "requirements": _references(inventory.requirements),
        "connections": _references(inventory.connections),
        "variables": _references(inventory.variables),
        "unlocated_dags": _references(inventory.unlocated),
    }


def operator_counts(assessment: Assessment) -> list[dict[str, Any]]:
    """Operators with the number of DAGs that use them, most used first."""
    counts: dict[str, int] = {}
    for dag in assessment.inventory.dags:
        used = {task.operator for task in dag.tasks} | set(dag.operators)
        for operator in used:
            counts[operator] = counts.get(operator, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"name": name, "dags": count} for name, count in ordered]


def _references(references: tuple[Reference, ...]) -> list[dict[str, Any]]:
    return [{"name": ref.name, "path": ref.path, "line": ref.line} for ref in references]


def _ruff(ruff: RuffAgreement | None) -> dict[str, Any] | None:
    if ruff is None:
        return None
    return {
        "agreed": len(ruff.agreed),
        "only_ruff": [finding_record(finding) for finding in ruff.only_ruff],
        "only_airshift": len(ruff.only_airshift),
    }


def _known_issue(issue: KnownIssue) -> dict[str, Any]:
    return {
        "id": issue.identifier,
        "title": issue.title,
        "text": issue.text,
        "reference": issue.reference,
        "date": issue.date,
        "places": list(issue.places),
    }
