"""Print what a check found."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from airshift.cli import options
from airshift.cli.checked import Checked, Wishes
from airshift.errors import UsageError
from airshift.findings import Finding
from airshift.output.checks import Report
from airshift.output.formats import DOCUMENTS, SERVICES, CheckFormat
from airshift.output.terminal import PLAIN, Look, look_of

if TYPE_CHECKING:
    from airshift.baseline import Compared
    from airshift.checking import CheckResult
    from airshift.output.text import Diff


def print_checked(checked: Checked, compared: Compared | None, wishes: Wishes) -> int:
    """Print findings, those that a baseline knows left out; the exit code."""
    from airshift.output.checks import rendered
    from airshift.output.text import shows_credentials, summary

    result, masked = checked.result, False
    if compared is not None:
        result = replace(result, findings=compared.new)
        _tell(compared, quiet=wishes.quiet)
    if wishes.statistics:
        text = _statistics(result, wishes)
    else:
        report = _report(checked, result, compared, wishes.output_format)
        text = rendered(report, wishes.output_format, _look(wishes), closing=not wishes.quiet)
        masked = wishes.output_format is CheckFormat.CONCISE and not shows_credentials(
            report.findings, report.problems, report.folder
        )
    painted = not wishes.statistics and wishes.output_format in (CheckFormat.FULL, CheckFormat.CONCISE)
    options.emit(text, wishes.output, painted=painted, masked=masked)
    if wishes.statistics or wishes.output_format in DOCUMENTS | SERVICES:
        line = summary(result.findings, result.problems, result.scan.scanned)
        options.note(line, quiet=wishes.quiet)
    return options.exit_code(
        findings=bool(result.findings), problems=bool(result.problems), exit_zero=wishes.exit_zero
    )


def print_calibration(result: CheckResult, verified: Path, wishes: Wishes) -> int:
    """Print how the findings compare with what real Airflows said; the exit code."""
    from airshift.output.document import check_document
    from airshift.verify import calibrate as scoring

    found = scoring.calibrate(result.findings, scoring.read_outcomes(verified))
    if wishes.output_format is CheckFormat.JSON:
        document = check_document(result.target, (), result.problems)
        document.pop("findings")
        calibration = scoring.calibration_document(found)
        options.emit(json.dumps({**document, "calibration": calibration}, indent=2), wishes.output)
    else:
        options.emit("\n".join(scoring.calibration_lines(found)), wishes.output)
    return options.exit_code(
        findings=bool(found.false_alarms or found.misses), problems=bool(result.problems)
    )


def _tell(compared: Compared, *, quiet: bool) -> None:
    from airshift.output.text import one_line

    options.note(f"The baseline knows {compared.known} more findings.", quiet=quiet or not compared.known)
    if not compared.stale:
        return
    options.note(
        f"{len(compared.stale)} entries of the baseline are stale: fixed, or their line or file name changed. "
        "Write it anew with --write-baseline.",
        quiet=quiet,
    )
    for entry in compared.stale[:10]:
        options.note(one_line(f"  {entry.path}: {entry.code} {entry.symbol}"), quiet=quiet)


def _statistics(result: CheckResult, wishes: Wishes) -> str:
    from airshift.output.document import statistics_document
    from airshift.output.text import statistics

    match wishes.output_format:
        case CheckFormat.FULL | CheckFormat.CONCISE:
            from airshift.catalogue import Catalogue

            rules = Catalogue.load().rules
            lines = statistics(result.findings, lambda code: rules[code].title if code in rules else "ruff")
            return "\n".join(lines)
        case CheckFormat.JSON:
            return json.dumps(statistics_document(result.target, result.findings, result.problems), indent=2)
        case other:
            raise UsageError(f"--statistics has no format {other}; there are full, concise and json")


def _look(wishes: Wishes) -> Look:
    return PLAIN if wishes.output is not None else look_of(sys.stdout, os.environ)


def _report(
    checked: Checked, result: CheckResult, compared: Compared | None, output_format: CheckFormat
) -> Report:
    """The report with what its paths lead through in this format."""
    diff = _diffs(checked, result) if output_format is CheckFormat.FULL else _no_diff
    return Report(
        result.target,
        result.findings,
        result.problems,
        result.scan.scanned,
        checked.lines,
        diff,
        compared,
        _prefix(result.listing.root, output_format),
    )


def _no_diff(finding: Finding) -> Sequence[str]:
    return ()


def _diffs(checked: Checked, result: CheckResult) -> Diff:
    from airshift.checking import rule_context
    from airshift.fix_diffs import FixDiffs

    context = rule_context(result.target, result.source)
    return FixDiffs(checked.read, context, result.scan.project).lines


def _prefix(root: Path, output_format: CheckFormat) -> str:
    """What paths lack to be relative to the current folder, or to the repository where a service wants that."""
    if output_format in DOCUMENTS:
        return ""
    above = Path.cwd()
    if output_format in SERVICES:
        above = next((one for one in (root, *root.parents) if (one / ".git").exists()), above)
    if root == above or not root.is_relative_to(above):
        return ""
    return root.relative_to(above).as_posix() + "/"
