"""`airshift check`: findings of an estate on the terminal or for machines."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from airshift.cli import options
from airshift.cli.progress import progress_bar

if TYPE_CHECKING:
    from airshift.checking import CheckResult
    from airshift.select import Selection


class CheckFormat(StrEnum):
    """How findings are printed."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    SARIF = "sarif"


def check(
    paths: options.Paths,
    target: options.TargetOption = "",
    source: options.SourceOption = "",
    output_format: Annotated[
        CheckFormat, typer.Option("--format", "-f", help="How to print.")
    ] = CheckFormat.FULL,
    select: options.SelectOption = [],  # noqa: B006
    ignore: options.IgnoreOption = [],  # noqa: B006
    ruff: Annotated[bool, typer.Option("--ruff", help="Merge what ruff's AIR rules find.")] = False,
    statistics: Annotated[bool, typer.Option("--statistics", help="Count findings by rule.")] = False,
    show_guarded: Annotated[
        bool, typer.Option("--show-guarded", help="Also imports that a try or a version check guards.")
    ] = False,
    report_unused: Annotated[
        bool, typer.Option("--report-unused", help="Also report suppression comments that silence nothing.")
    ] = False,
    calibrate: Annotated[
        Path | None,
        typer.Option("--calibrate", help="Score the findings against the JSON of `verify --as-is`, instead."),
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 even with findings.")] = False,
    output: options.OutputOption = None,
    jobs: options.JobsOption = 0,
    quiet: options.QuietOption = False,
) -> int:
    """Find what breaks or changes on the target."""
    from airshift.checking import check_paths

    selection = options.selection_of(select, ignore)
    with progress_bar("Checking", quiet=quiet) as progress:
        result = check_paths(
            paths,
            target=options.target_of(target),
            source=options.source_of(source),
            selection=selection,
            progress=progress,
            jobs=jobs,
            show_guarded=show_guarded,
        )
    if report_unused:
        from airshift.unused import with_unused

        result = with_unused(result, selection)
    if ruff:
        result = _with_ruff(result, selection)
    if calibrate is not None:
        return _calibrate(result, calibrate, output_format, output)
    options.emit(_rendered(result, output_format, statistics, quiet), output)
    if statistics or output_format in (CheckFormat.JSON, CheckFormat.SARIF):
        options.note(_summary(result), quiet=quiet)
    return options.exit_code(
        findings=bool(result.findings), problems=bool(result.problems), exit_zero=exit_zero
    )


def _calibrate(result: CheckResult, verified: Path, output_format: CheckFormat, output: Path | None) -> int:
    import json

    from airshift.output.document import check_document
    from airshift.verify import calibrate as scoring

    found = scoring.calibrate(result.findings, scoring.read_outcomes(verified))
    if output_format is CheckFormat.JSON:
        document = check_document(result.target, (), result.problems)
        document.pop("findings")
        options.emit(
            json.dumps({**document, "calibration": scoring.calibration_document(found)}, indent=2), output
        )
    else:
        options.emit("\n".join(scoring.calibration_lines(found)), output)
    return options.exit_code(
        findings=bool(found.false_alarms or found.misses), problems=bool(result.problems)
    )


def _with_ruff(result: CheckResult, selection: Selection) -> CheckResult:
    from dataclasses import replace

    from airshift.findings import Origin
    from airshift.ruff import merge, run_ruff

    report = run_ruff(
        [file.location for file in result.listing.files if file.path.endswith(".py")], result.listing.root
    )
    merged = merge(result.findings, report.findings).findings
    kept = tuple(found for found in merged if found.origin is Origin.AIRSHIFT or selection.wants(found.code))
    return replace(result, findings=kept, problems=(*result.problems, *report.problems))


def _rendered(result: CheckResult, output_format: CheckFormat, statistics: bool, quiet: bool) -> str:
    match output_format:
        case CheckFormat.FULL | CheckFormat.CONCISE:
            lines = _statistics(result) if statistics else _text(result, output_format)
            return "\n".join(lines if quiet or statistics else [*lines, _summary(result)])
        case CheckFormat.JSON:
            import json

            from airshift.output.document import check_document, statistics_document

            document = statistics_document if statistics else check_document
            return json.dumps(document(result.target, result.findings, result.problems), indent=2)
        case CheckFormat.SARIF:
            from airshift.report.sarif import sarif

            return sarif(result.findings, result.problems)
        case _:
            assert_never(output_format)


def _text(result: CheckResult, output_format: CheckFormat) -> list[str]:
    from airshift.output.text import concise, full

    if output_format is CheckFormat.CONCISE:
        return list(concise(result.findings, result.problems))
    root = result.listing.root
    return list(full(result.findings, result.problems, lambda path: _lines(root / path)))


def _statistics(result: CheckResult) -> list[str]:
    from airshift.catalogue import Catalogue
    from airshift.output.text import statistics

    rules = Catalogue.load().rules
    return list(statistics(result.findings, lambda code: rules[code].title if code in rules else "ruff"))


def _summary(result: CheckResult) -> str:
    from airshift.output.text import summary

    return summary(result.findings, result.problems, result.scan.scanned)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
