"""`airshift assess`: the migration report of an estate."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli import options
from airshift.cli.progress import progress_bar

if TYPE_CHECKING:
    from airshift.report.model import Assessment


def assess(
    paths: options.Paths,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the reports.")],
    target: options.TargetOption = "",
    source: options.SourceOption = "",
    ruff: Annotated[bool, typer.Option("--ruff/--no-ruff", help="Merge what ruff's AIR rules find.")] = True,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 even with findings or unreadable files.")
    ] = False,
    quiet: options.QuietOption = False,
) -> int:
    """Write report.html, report.md, report.json and findings.sarif: what breaks, whose it is, how much work."""
    from airshift.gather import AssessOptions, assess_paths
    from airshift.report.headline import headline

    wanted = AssessOptions(options.target_of(target), options.source_of(source), ruff)
    with ExitStack() as stack:
        assessment = assess_paths(
            paths,
            wanted,
            now=datetime.now(UTC).astimezone().replace(microsecond=0),
            progress=lambda title: stack.enter_context(progress_bar(title, quiet=quiet)),
        )
    written = _write(assessment, out)
    for line in headline(assessment):
        print(line)
    print(f"Report: {written}")
    if exit_zero:
        return 0
    return options.exit_code(findings=bool(assessment.findings), problems=bool(assessment.problems))


def _write(assessment: Assessment, out: Path) -> Path:
    from airshift.atomic import write_text
    from airshift.report.document import json_report
    from airshift.report.markdown import markdown_report
    from airshift.report.page import html_report
    from airshift.report.sarif import sarif

    page = out / "report.html"
    write_text(page, html_report(assessment))
    write_text(out / "report.md", markdown_report(assessment))
    write_text(out / "report.json", json_report(assessment))
    write_text(out / "findings.sarif", sarif(assessment.findings, assessment.problems))
    return page
