"""`airshift assess`: the migration report of an estate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli import options
from airshift.cli.blue import BlueOption, joining, snapshot_in, with_gaps
from airshift.cli.plan import PolicyOption
from airshift.cli.progress import progress_bar
from airshift.platforms.model import Platform

if TYPE_CHECKING:
    from airshift.findings import Finding
    from airshift.plan.model import Plan
    from airshift.plan.pack import Context
    from airshift.report.model import Assessment


def assess(
    path: Annotated[Path, typer.Argument(help="Folder of the estate.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the report.")] = Path("report"),
    target: options.TargetOption = "",
    source: options.SourceOption = "",
    select: options.SelectOption = [],  # noqa: B006
    ignore: options.IgnoreOption = [],  # noqa: B006
    ruff: Annotated[bool, typer.Option("--ruff/--no-ruff", help="Ask ruff for a second opinion.")] = True,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 once the report is written, whatever it says.")
    ] = False,
    verified: Annotated[
        Path | None,
        typer.Option("--verified", help="JSON of `airshift verify`: each DAG shows what was proven."),
    ] = None,
    probe: Annotated[
        Path | None,
        typer.Option("--probe", help="JSON of `airshift env probe read`: what blue's database holds."),
    ] = None,
    with_plan: Annotated[
        bool, typer.Option("--plan", help="Write the waves (plan/) and what the pilot's unpause does, too.")
    ] = False,
    policy: PolicyOption = None,
    blue: BlueOption = "",
    platform: Annotated[
        Platform | None,
        typer.Option(
            "--from", help="Where the estate runs today: also tell what Amazon MWAA cannot take from there."
        ),
    ] = None,
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
    jobs: options.JobsOption = 0,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Judge every file, whatever earlier runs found.")
    ] = False,
    quiet: options.QuietOption = False,
) -> int:
    """Write report.html, report.md, report.json and findings.sarif for an estate."""
    from airshift.assessing import assess_path
    from airshift.config import Given, effective
    from airshift.counted import read_estate
    from airshift.errors import UsageError
    from airshift.report.headline import headline

    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out}: not a folder")
    snapshot = snapshot_in(path, blue, quiet=quiet)
    given = Given(
        target=target, source=source, select=select, ignore=ignore, config=config, isolated=isolated
    )
    estate = read_estate([path], effective([path], given))
    with progress_bar("Assessing", quiet=quiet) as progress:
        assessment = assess_path(
            path,
            target=estate.target,
            source=estate.source,
            selection=estate.config.selection,
            listing=estate.listing,
            settings=estate.config.settings,
            ask_ruff=ruff,
            leave_out=out,
            progress=progress,
            join=joining(snapshot),
            platform=platform,
            jobs=jobs,
            cached=not no_cache,
        )
    assessment = with_gaps(assessment, snapshot)
    if policy is not None and not with_plan:
        raise UsageError("--policy needs --plan")
    if verified is not None:
        from airshift.report.parsing import with_parse_seconds
        from airshift.report.proof import read_proofs, with_proofs

        assessment = with_proofs(assessment, read_proofs(verified))
        assessment = with_parse_seconds(assessment, verified)
    if probe is not None:
        from airshift.report.probe import with_probe

        assessment = with_probe(assessment, probe)
    made = _planned(assessment, path, policy) if with_plan else None
    _write(assessment, out)
    if made is not None:
        from airshift.planning import write_plan, write_simulation

        write_plan(*made, out / "plan")
        write_simulation(*made, out)
    for sentence in headline(assessment):
        options.note(sentence.replace("`", ""), quiet=quiet)
    print(out / "report.html")
    if exit_zero:
        return 0
    return options.exit_code(findings=bool(assessment.findings), problems=bool(assessment.problems))


def _planned(assessment: Assessment, path: Path, policy: Path | None) -> tuple[Plan, Context]:
    from airshift.planning import plan_of

    return plan_of(assessment, path, policy)


def _write(assessment: Assessment, out: Path) -> None:
    from airshift.atomic import write_text
    from airshift.report.document import json_report
    from airshift.report.markdown import markdown_report
    from airshift.report.page import html_report
    from airshift.report.sarif import sarif

    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "report.html", html_report(assessment))
    write_text(out / "report.md", markdown_report(assessment))
    write_text(out / "report.json", json_report(assessment) + "\n")
    write_text(out / "findings.sarif", sarif(_all(assessment), assessment.problems) + "\n")


def _all(assessment: Assessment) -> tuple[Finding, ...]:
    """Our findings and what only ruff reports."""
    return (*assessment.findings, *(assessment.ruff.only_ruff if assessment.ruff else ()))
