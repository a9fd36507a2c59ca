"""`airshift simulate`: what happens when DAGs are first unpaused in a new environment."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from airshift.cli import options
from airshift.cli.inventory import EnvironmentOption, FromJson, read_inventory
from airshift.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from airshift.estate.model import Inventory
    from airshift.findings import Problem
    from airshift.simulate import Simulation


class SimulateFormat(StrEnum):
    """How the simulation is printed."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"
    SVG = "svg"


def simulate(
    paths: options.Paths,
    at: Annotated[
        str,
        typer.Option("--at", help="When DAGs are unpaused, ISO 8601; UTC without an offset. [default: now]"),
    ] = "",
    source: options.SourceOption = "",
    target: options.TargetOption = "",
    data_intervals: Annotated[
        bool,
        typer.Option(
            "--data-intervals", help="The target sets [scheduler] create_cron_data_intervals = True."
        ),
    ] = False,
    output_format: Annotated[
        SimulateFormat, typer.Option("--format", "-f", help="How to print.")
    ] = SimulateFormat.TABLE,
    from_json: FromJson = None,
    environment: EnvironmentOption = "",
    output: options.OutputOption = None,
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
    quiet: options.QuietOption = False,
) -> int:
    """Say per DAG what its first unpause in an environment without history runs, and what to do about it."""
    from airshift.simulate import simulate as forecast

    moment = _moment(at)
    estate = options.estate_of(paths, target=target, source=source, config=config, isolated=isolated)
    found, _, problems = read_inventory(paths, estate.config, from_json, environment, quiet=quiet)
    subdags = {edge.target for edge in found.edges if edge.kind == "subdag"}
    intervals = True if data_intervals else None
    simulation = forecast(
        found.dags, estate.source, estate.target, moment, intervals=intervals, subdags=subdags
    )
    _print(simulation, found, problems, output_format, output)
    for reference in found.unlocated:
        options.note(f"id not known: {reference.path}:{reference.line}: {reference.name}", quiet=quiet)
    for problem in problems:
        options.note(f"not read: {problem.path}: {problem.reason}", quiet=quiet)
    hazards = any(forecast.hazard != "none" for forecast in simulation.forecasts)
    return options.exit_code(findings=hazards, problems=bool(problems))


def _moment(text: str) -> datetime:
    if not text:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--at {text!r}: no ISO 8601 time, such as 2026-12-01T10:00+01:00") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _print(
    simulation: Simulation,
    found: Inventory,
    problems: Sequence[Problem],
    output_format: SimulateFormat,
    output: Path | None,
) -> None:
    match output_format:
        case SimulateFormat.TABLE:
            _table(simulation, output)
        case SimulateFormat.JSON:
            import json

            from airshift.simulate.document import simulation_document

            unlocated = [(reference.path, reference.line, reference.name) for reference in found.unlocated]
            options.emit(json.dumps(simulation_document(simulation, problems, unlocated), indent=2), output)
        case SimulateFormat.HTML:
            from airshift.simulate.page import simulation_html

            options.emit(simulation_html(simulation), output)
        case SimulateFormat.SVG:
            from airshift.simulate.picture import picture

            options.emit(picture(simulation), output)
        case _:
            assert_never(output_format)


def _table(simulation: Simulation, output: Path | None) -> None:
    import sys

    from airshift.simulate import table

    if output is None and sys.stdout.isatty():
        table.print_rich(simulation)
    else:
        options.emit("\n".join(table.lines(simulation)), output)
