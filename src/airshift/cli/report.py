"""`airshift report`: what changed between reports, the trend of many, and one of many repositories."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from airshift.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airshift.findings import Problem
    from airshift.history.comparing import Comparison
    from airshift.history.model import Snapshot
    from airshift.history.tables import Table

app = typer.Typer(
    name="report",
    help="Compare reports of `airshift assess` over time, or merge those of many repositories.",
    no_args_is_help=True,
)


class HistoryFormat(StrEnum):
    """How the outcome is printed."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"


FormatOption = Annotated[HistoryFormat, typer.Option("--format", "-f", help="How to print.")]


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="Earlier report.json, or its folder.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="Later report.json, or its folder.", show_default=False)],
    output_format: FormatOption = HistoryFormat.TABLE,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 if there are new findings, or DAGs that need more.")
    ] = False,
    output: options.OutputOption = None,
) -> int:
    """DAGs that became ready or blocked, findings that are new or gone, hours, and waves done."""
    from airshift.history.comparing import compare
    from airshift.history.reading import read_snapshot

    comparison = compare(read_snapshot(old), read_snapshot(new))
    options.emit(_comparison(comparison, output_format), output)
    return 1 if check and comparison.is_worse else 0


@app.command()
def trend(
    folder: Annotated[Path, typer.Argument(help="Folder with reports, one a subfolder.", show_default=False)],
    output_format: FormatOption = HistoryFormat.TABLE,
    output: options.OutputOption = None,
    quiet: options.QuietOption = False,
) -> int:
    """How a migration goes on: DAGs, findings, hours and waves of all reports below a folder, as a picture."""
    from airshift.errors import UsageError
    from airshift.history.reading import read_snapshots

    snapshots, problems = read_snapshots(folder)
    for problem in problems:
        options.note(f"not read: {problem.reason}", quiet=quiet)
    if not snapshots:
        raise UsageError(f"{folder}: no report of airshift assess in it")
    options.emit(_trend(snapshots, problems, output_format), output)
    return options.INCOMPLETE if problems else 0


@app.command()
def merge(
    reports: Annotated[
        list[Path],
        typer.Argument(
            help="report.json of each repository, its folder, or a folder of such folders.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", help="Folder for fleet.html, fleet.md and fleet.json.", show_default=False),
    ],
    quiet: options.QuietOption = False,
) -> int:
    """Make one report of many repositories: totals, owners, rules, and DAG ids that meet."""
    import json

    from airshift.fleet.document import fleet_document
    from airshift.fleet.reading import read_fleet
    from airshift.fleet.tables import fleet_html, fleet_markdown, sentences

    fleet, problems = read_fleet(reports)
    for problem in problems:
        options.note(f"not read: {problem.reason}", quiet=quiet)
    options.emit(json.dumps(fleet_document(fleet, problems), indent=2), out / "fleet.json")
    options.emit(fleet_markdown(fleet, problems), out / "fleet.md")
    options.emit(fleet_html(fleet, problems), out / "fleet.html")
    options.note(" ".join(sentences(fleet, problems)), quiet=quiet)
    return options.INCOMPLETE if problems else 0


def _comparison(comparison: Comparison, output_format: HistoryFormat) -> str:
    from airshift.history import document, page, tables

    old, new = comparison.old, comparison.new
    return _rendered(
        output_format,
        f"{new.root}: {tables.day(old)} to {tables.day(new)}",
        tables.headline(old, new),
        tables.comparison_tables(comparison),
        lambda: document.comparison_document(comparison),
        lambda: page.comparison_html(comparison),
    )


def _trend(snapshots: Sequence[Snapshot], problems: Sequence[Problem], output_format: HistoryFormat) -> str:
    from airshift.history import document, page, tables

    old, new = snapshots[0], snapshots[-1]
    return _rendered(
        output_format,
        f"{new.root}: on the way to {tables.release(new)}",
        tables.headline(old, new),
        [tables.trend_table(snapshots)],
        lambda: document.trend_document(snapshots, problems),
        lambda: page.trend_html(snapshots),
    )


def _rendered(
    output_format: HistoryFormat,
    title: str,
    sentences: Sequence[str],
    tables: Sequence[Table],
    document: Callable[[], object],
    html: Callable[[], str],
) -> str:
    from airshift.history.text import markdown_lines, terminal_lines

    match output_format:
        case HistoryFormat.TABLE:
            return "\n".join(terminal_lines(sentences, tables))
        case HistoryFormat.MARKDOWN:
            return "\n".join(markdown_lines(title, sentences, tables))
        case HistoryFormat.JSON:
            import json

            return json.dumps(document(), indent=2)
        case HistoryFormat.HTML:
            return html()
        case _:
            assert_never(output_format)
