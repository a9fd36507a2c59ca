"""The envelope and the records that every JSON document shares (see docs/json.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from airshift import __version__
from airshift.baseline import Compared, known_record
from airshift.findings import Finding, Problem
from airshift.targets import Target

SCHEMA_VERSION = 1


def envelope(target: Target | None, problems: Sequence[Problem]) -> dict[str, Any]:
    """Top-level keys: schema version, tool, target, status and problems."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "airshift", "version": __version__},
    }
    document["target"] = target.version if target else None
    if target is not None and target.platform:
        document["platform"] = target.platform
    document["status"] = "incomplete" if problems else "complete"
    document["problems"] = [problem_record(problem) for problem in problems]
    return document


def problem_record(problem: Problem) -> dict[str, Any]:
    """A problem as JSON."""
    return {"path": problem.path, "line": problem.line, "reason": problem.reason}


def finding_record(finding: Finding) -> dict[str, Any]:
    """A finding as JSON; lines and columns count from 1, columns in characters."""
    place = finding.place
    return {
        "code": finding.code,
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "kind": finding.kind.value,
        "severity": finding.severity.value,
        "message": finding.message,
        "applicability": finding.applicability.value,
        "symbol": finding.symbol,
        "effort_minutes": finding.effort,
        "source": finding.origin.value,
        "also": list(finding.also),
        "reference": finding.reference,
    }


def check_document(
    target: Target,
    findings: Iterable[Finding],
    problems: Sequence[Problem],
    compared: Compared | None = None,
) -> dict[str, Any]:
    """The JSON document of `airshift check`; with a baseline, also what it knows."""
    document = {**envelope(target, problems), "findings": [finding_record(finding) for finding in findings]}
    if compared is not None:
        stale = [known_record(entry) for entry in compared.stale]
        document["baseline"] = {"known": compared.known, "stale": stale}
    return document


def check_records(
    target: Target,
    findings: Iterable[Finding],
    problems: Sequence[Problem],
    compared: Compared | None = None,
) -> Iterator[dict[str, Any]]:
    """The same as a record a line: findings, problems, and last the rest of the document."""
    for finding in findings:
        yield {"type": "finding", **finding_record(finding)}
    for problem in problems:
        yield {"type": "problem", **problem_record(problem)}
    rest = check_document(target, (), problems, compared)
    del rest["findings"], rest["problems"]
    yield {"type": "end", **rest}


def statistics_document(
    target: Target, findings: Iterable[Finding], problems: Sequence[Problem]
) -> dict[str, Any]:
    """The JSON document of `airshift check --statistics`: how often each code was found."""
    counts = Counter(finding.code for finding in findings)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {**envelope(target, problems), "statistics": [{"code": code, "count": n} for code, n in ordered]}
