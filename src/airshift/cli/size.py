"""`airshift size`: the environment class and the workers that an estate needs, and what they cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from airshift.cli import options
from airshift.cli.inventory import EnvironmentOption, FromJson, Live, read_inventory
from airshift.errors import UsageError

if TYPE_CHECKING:
    from airshift.config import Config
    from airshift.sizing.costing import Calendar
    from airshift.sizing.durations import Durations
    from airshift.sizing.parse_cost import ParseCost
    from airshift.sizing.sized import Question
    from airshift.sizing.words import Result


class SizeFormat(StrEnum):
    """How the sizing is printed."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"


OutOption = Annotated[
    Path | None,
    typer.Option("--out", "--output", "-o", help="Write to this file; .html and .json choose the format."),
]
BlueOption = Annotated[
    Path | None,
    typer.Option(
        "--blue", help="Snapshot folder, or what `aws mwaa get-environment` prints: class, workers, options."
    ),
]
DurationsOption = Annotated[
    Path | None, typer.Option("--durations", help="CSV: dag_id, task_id (or none), seconds or minutes.")
]
KeepOption = Annotated[
    list[str], typer.Option("--keep", help="DAGs never to shift; pattern with * and ?. May be repeated.")
]
PlanOption = Annotated[
    Path | None, typer.Option("--plan", help="plan.json: what both environments cost by week.")
]
PricesOption = Annotated[
    Path | None, typer.Option("--prices", help="Price file in place of the one that ships.")
]


def size(
    paths: options.Paths,
    target: options.TargetOption = "",
    week: Annotated[str, typer.Option("--week", help="First day to simulate [default: next Monday]")] = "",
    blue: BlueOption = None,
    durations: DurationsOption = None,
    task_seconds: Annotated[
        int, typer.Option("--task-seconds", min=1, help="How long tasks take, if not known.")
    ] = 60,
    sensor_seconds: Annotated[
        int, typer.Option("--sensor-seconds", min=1, help="How long sensors wait, if not known.")
    ] = 600,
    pools: Annotated[Path | None, typer.Option("--pools", help="JSON of `airflow pools export`.")] = None,
    cloudwatch: Annotated[
        Path | None, typer.Option("--cloudwatch", help="JSON of `aws cloudwatch get-metric-data`.")
    ] = None,
    max_workers: Annotated[
        int | None, typer.Option("--max-workers", min=1, help="Quota of workers, if AWS has raised it.")
    ] = None,
    stagger: Annotated[bool, typer.Option(help="Look for minutes to shift.")] = True,
    keep: KeepOption = [],  # noqa: B006
    plan: PlanOption = None,
    prices: PricesOption = None,
    region: Annotated[str, typer.Option("--region", help="AWS region, for prices [default: blue's]")] = "",
    prepare_days: Annotated[
        int, typer.Option("--prepare-days", min=0, help="Days that green exists before the first wave.")
    ] = 7,
    keep_days: Annotated[
        int, typer.Option("--keep-days", min=0, help="Days that blue is kept after the last wave.")
    ] = 14,
    verified: Annotated[
        Path | None, typer.Option("--verified", help="JSON of `airshift verify`: measured parse times.")
    ] = None,
    from_json: FromJson = None,
    environment: EnvironmentOption = "",
    live: Live = "",
    output_format: Annotated[SizeFormat | None, typer.Option("--format", "-f", help="How to print.")] = None,
    out: OutOption = None,
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
    quiet: options.QuietOption = False,
) -> int:
    """Size the environment: simulate a week, find the smallest MWAA class and its workers, and what they cost.

    Exit code 1 says that no class carries the estate.
    """
    from airshift.sizing.costing import costs_of
    from airshift.sizing.durations import Assumptions
    from airshift.sizing.prices import load_prices
    from airshift.sizing.sized import Question
    from airshift.sizing.sized import size as find_size
    from airshift.sizing.words import Result

    settings = options.config_of(paths, target=target, config=config, isolated=isolated)
    start, costs, measured = _monday(week), load_prices(prices), _measured(verified)
    question = Question(
        settings.target,
        start,
        durations=_durations(durations),
        assumptions=Assumptions(task_seconds, sensor_seconds),
        pools=_pools(pools),
        most_workers=max_workers,
        keep=tuple(keep),
        wants_staggering=stagger,
    )
    question = _with_blue(question, blue, cloudwatch)
    calendar = _calendar(plan, prepare_days, keep_days)
    found, _, problems = read_inventory(paths, settings, from_json, environment, live, quiet=quiet)
    if not found.dags:
        raise UsageError("no DAG found")
    sizing = find_size(found, question)
    bills = costs_of(sizing, costs, region, calendar)
    result = Result(sizing, bills, _parse_costs(paths, settings, measured), problems)
    _print(result, output_format or _format_of(out), out)
    for problem in problems:
        options.note(f"not read: {problem.path}: {problem.reason}", quiet=quiet)
    return options.exit_code(findings=sizing.now.smallest is None, problems=bool(problems))


def _monday(text: str) -> datetime:
    """The midnight (UTC) at which the week begins."""
    if not text:
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return today + timedelta(days=7 - today.weekday())
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise UsageError(f"--week {text}: no date such as 2026-12-07") from error


def _text(path: Path, option: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{option} {path}: cannot be read: {error}") from error


def _durations(path: Path | None) -> Durations:
    from airshift.sizing.durations import Durations, read_durations

    return Durations() if path is None else read_durations(_text(path, "--durations"), path.name)


def _pools(path: Path | None) -> dict[str, int]:
    from airshift.sizing.pools import read_pools

    return {} if path is None else read_pools(_text(path, "--pools"), path.name)


def _measured(path: Path | None) -> dict[str, float]:
    from airshift.sizing.parse_cost import read_measured

    return {} if path is None else read_measured(path)


def _with_blue(question: Question, blue: Path | None, cloudwatch: Path | None) -> Question:
    """The question with what a description and CloudWatch say; a snapshot folder may hold both."""
    from dataclasses import replace

    from airshift.sizing.cloudwatch import FILE, read_live
    from airshift.sizing.environment import read_environment

    if blue is not None:
        question = replace(question, environment=read_environment(blue))
        if cloudwatch is None and blue.is_dir() and (blue / FILE).is_file():
            cloudwatch = blue / FILE
    return question if cloudwatch is None else replace(question, live=read_live(cloudwatch))


def _calendar(plan: Path | None, prepare_days: int, keep_days: int) -> Calendar:
    from airshift.plan.document import read_document
    from airshift.sizing.costing import Calendar
    from airshift.sizing.costs import waves_of

    before, after = timedelta(days=prepare_days), timedelta(days=keep_days)
    if plan is None:
        return Calendar((), before, after)
    try:
        return Calendar(waves_of(read_document(plan)), before, after)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"--plan {plan}: not a plan: {error!r}") from error


def _parse_costs(paths: list[Path], config: Config, measured: dict[str, float]) -> tuple[ParseCost, ...]:
    from dataclasses import replace

    from airshift.api import check
    from airshift.select import parse_selection
    from airshift.sizing.parse_cost import CODES, parse_costs

    wanted = replace(config, selection=parse_selection([",".join(CODES)], []))
    found = check(paths, config=wanted, jobs=0)
    return parse_costs(found.findings, measured)


def _format_of(out: Path | None) -> SizeFormat:
    suffixes = {".html": SizeFormat.HTML, ".json": SizeFormat.JSON}
    return SizeFormat.TABLE if out is None else suffixes.get(out.suffix, SizeFormat.TABLE)


def _print(result: Result, output_format: SizeFormat, out: Path | None) -> None:
    match output_format:
        case SizeFormat.TABLE:
            from airshift.output.text import printable
            from airshift.sizing.words import lines

            options.emit("\n".join(printable(line) for line in lines(result)), out)
        case SizeFormat.JSON:
            import json

            from airshift.sizing.document import size_document

            options.emit(json.dumps(size_document(result), indent=2), out)
        case SizeFormat.HTML:
            from airshift.sizing.page import size_html

            options.emit(size_html(result), out)
        case _:
            assert_never(output_format)
