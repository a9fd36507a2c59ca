"""The formats of `airshift check`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from airshift.findings import Finding, Problem
from airshift.output.formats import CheckFormat
from airshift.output.terminal import PLAIN, Look
from airshift.output.text import Diff
from airshift.records import dataclass
from airshift.targets import Target

if TYPE_CHECKING:
    from airshift.baseline import Compared, Lines


@dataclass(frozen=True, slots=True)
class Report:
    """What a check gave, and what is needed to show it."""

    target: Target
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    scanned: int
    lines: Lines
    diff: Diff
    compared: Compared | None = None

    folder: str = ""
    """What all paths lead through where they are shown, with a slash at its end."""

    def moved(self) -> Report:
        """The report with the paths themselves leading through the folder."""
        if not self.folder:
            return self
        folder, start = self.folder, len(self.folder)
        return replace(
            self,
            findings=tuple(finding.at(folder + finding.place.path) for finding in self.findings),
            problems=tuple(replace(problem, path=folder + problem.path) for problem in self.problems),
            lines=lambda path: self.lines(path[start:]),
            diff=lambda finding: self.diff(finding.at(finding.place.path[start:])),
            folder="",
        )


def rendered(report: Report, output_format: CheckFormat, look: Look = PLAIN, *, closing: bool = True) -> str:
    """The report in a format; `closing` adds the summary where a format for people ends with it."""
    if output_format is not CheckFormat.CONCISE:
        report = report.moved()
    findings, problems = report.findings, report.problems
    match output_format:
        case CheckFormat.FULL:
            from airshift.output.text import full

            return _with_summary(full(findings, problems, report.lines, look, report.diff), report, closing)
        case CheckFormat.CONCISE:
            from airshift.output.text import concise

            return _with_summary(concise(findings, problems, look, report.folder), report, closing)
        case CheckFormat.JSON:
            from airshift.output.document import check_document

            return json.dumps(check_document(report.target, findings, problems, report.compared), indent=2)
        case CheckFormat.JSONL:
            from airshift.output.document import check_records

            return "\n".join(
                map(json.dumps, check_records(report.target, findings, problems, report.compared))
            )
        case CheckFormat.SARIF:
            from airshift.report.sarif import sarif

            return sarif(findings, problems)
        case CheckFormat.GITHUB:
            from airshift.output.services import github

            return "\n".join(github(findings, problems))
        case CheckFormat.GITLAB:
            from airshift.baseline import recognised
            from airshift.output.services import gitlab

            return gitlab(findings, recognised(findings, report.lines), problems)
        case CheckFormat.JUNIT:
            from airshift.output.services import junit

            return junit(findings, problems)
        case CheckFormat.MARKDOWN:
            from airshift.output.findings_pages import markdown

            return "\n".join(markdown(findings, problems, report.scanned))
        case CheckFormat.HTML:
            from airshift.output.findings_pages import html

            return html(findings, problems, report.scanned)
        case _:
            assert_never(output_format)


def _with_summary(lines: Iterable[str], report: Report, closing: bool) -> str:
    from airshift.output.text import summary

    last = (summary(report.findings, report.problems, report.scanned),) if closing else ()
    return "\n".join((*lines, *last))
