"""Findings as Markdown, for comments and job summaries, and as a page of HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from airshift.catalogue import Catalogue
from airshift.findings import Applicability, Finding, Problem, Severity
from airshift.output.pages import page
from airshift.output.text import summary
from airshift.report.markdown import code, plain
from airshift.report.plain import link, shown

OPEN_UP_TO = 10
"""Files whose findings are shown at once; where there are more, each is opened by its reader."""
MOST = 500
"""Rows of a Markdown table: GitHub cuts comments off at 65536 characters, and nobody reads more."""
_FIX = {
    Applicability.SAFE: "`airshift fix`",
    Applicability.UNSAFE: "`airshift fix --unsafe-fixes`",
    Applicability.MANUAL: "by hand",
}


def markdown(findings: Sequence[Finding], problems: Sequence[Problem], scanned: int) -> Iterator[str]:
    """A table; nothing of the estate's own text formats, links or mentions anybody."""
    yield f"**{summary(findings, problems, scanned)}**"
    if problems:
        yield from ("", "| not checked | why |", "| --- | --- |")
        yield from (f"| {code(f'{p.path}:{p.line}')} | {plain(p.reason)} |" for p in problems)
    if findings:
        yield from ("", "| place | rule | severity | finding | fix |", "| --- | --- | --- | --- | --- |")
    for finding in findings[:MOST]:
        where = code(f"{finding.place.path}:{finding.place.line}")
        fix = _FIX[finding.applicability]
        yield f"| {where} | {finding.code} | {finding.severity} | {_prose(finding.message)} | {fix} |"
    if len(findings) > MOST:
        yield from ("", f"And {len(findings) - MOST} more.")


def _prose(message: str) -> str:
    """A message whose names between backticks are code, and whose rest is plain text."""
    parts = message.split("`")
    if len(parts) % 2 == 0:
        return plain(message)
    return "".join(code(part) if number % 2 else plain(part) for number, part in enumerate(parts))


def html(findings: Sequence[Finding], problems: Sequence[Problem], scanned: int) -> str:
    """A page that needs nothing else: findings by file, with what to do about them."""
    files = list(_files(findings))
    return page(
        "findings",
        headline=f"{len(findings)} finding{'' if len(findings) == 1 else 's'}",
        summary=summary(findings, problems, scanned),
        problems=[(shown(f"{p.path}:{p.line}"), shown(p.reason)) for p in problems],
        files=files,
        open=len(files) <= OPEN_UP_TO,
    )


def _files(findings: Sequence[Finding]) -> Iterator[dict[str, Any]]:
    titles = {code: rule.title for code, rule in Catalogue.load().rules.items()}
    for path, group in groupby(findings, key=lambda finding: finding.place.path):
        rows = [_row(finding, titles.get(finding.code, "")) for finding in group]
        counts = Counter(row["severity"] for row in rows)
        shares = [(severity.value, counts[severity.value]) for severity in Severity if counts[severity.value]]
        yield {"path": shown(path), "counts": shares, "rows": rows}


def _row(finding: Finding, title: str) -> dict[str, Any]:
    return {
        "line": finding.place.line,
        "code": finding.code,
        "title": title,
        "severity": finding.severity.value,
        "message": finding.message,
        "fix": _FIX[finding.applicability],
        "link": link(finding.reference),
    }
