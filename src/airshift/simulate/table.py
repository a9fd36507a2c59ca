"""The forecasts as a table: rich on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from airshift.output.columns import columns
from airshift.output.inventory import shown as value_shown
from airshift.report.plain import shown
from airshift.simulate.forecast import Simulation
from airshift.simulate.model import Forecast, Hazard
from airshift.simulate.unpause import MOST
from airshift.simulate.words import clock, count, ds

COLUMNS = ("dag_id", "schedule", "at once", "ds blue", "ds green", "hazard", "action")


def rows(simulation: Simulation) -> Iterator[tuple[str, ...]]:
    """One row of cells a DAG, those with hazards first."""
    for forecast in ordered(simulation):
        dag = forecast.dag
        yield (
            shown(dag.key),
            shown(value_shown(dag.schedule)) if dag.schedule_given else "default",
            count(len(forecast.green.due), MOST) if forecast.green.due else "-",
            ds(forecast.blue.coming) or "-",
            ds(forecast.green.coming) or ds(forecast.green.first) or "-",
            " ".join(forecast.hazards),
            ", ".join(dict.fromkeys(step.kind.value for step in forecast.steps)),
        )


def ordered(simulation: Simulation) -> list[Forecast]:
    """The worst first, each group by id."""
    ranks = {hazard: rank for rank, hazard in enumerate(Hazard)}
    return sorted(simulation.forecasts, key=lambda forecast: (ranks[forecast.hazard], forecast.dag.key))


def headline(simulation: Simulation) -> str:
    """What was simulated, and how it went, in one sentence."""
    counts = Counter(forecast.hazard for forecast in simulation.forecasts)
    parts = [f"{counts[hazard]} {hazard.value}" for hazard in Hazard if counts[hazard]]
    total = len(simulation.forecasts)
    return (
        f"First unpause of {total} DAGs on Airflow {simulation.target.version} at {clock(simulation.at)}, "
        f"blue on {simulation.source.version}: {', '.join(parts) or 'nothing to do'}."
    )


def lines(simulation: Simulation) -> Iterator[str]:
    """The table as plain text, then what to do about each DAG with a hazard."""
    yield from columns([COLUMNS, *rows(simulation)])
    yield ""
    yield from details(simulation)
    yield headline(simulation)


def details(simulation: Simulation) -> Iterator[str]:
    """For each DAG with a hazard: what happens, what to do, and the first run after that."""
    for forecast in ordered(simulation):
        if forecast.hazard is Hazard.NONE:
            continue
        yield f"{shown(forecast.dag.key)}  {shown(forecast.dag.path)}:{forecast.dag.line}"
        yield f"  {shown(forecast.reason)}"
        for step in forecast.steps:
            yield f"  {step.kind.value}: {shown(step.text)}"
            yield from (f"      {shown(line)}" for line in step.code)
        if forecast.then is not None:
            then = forecast.then
            yield f"  then: first run {clock(then.run_after)}, logical date {clock(then.logical_date)}"
        yield ""


def print_rich(simulation: Simulation) -> None:
    """The same on a terminal, with colours and columns that fit."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*COLUMNS, box=None, pad_edge=False, header_style="bold")
    for row in rows(simulation):
        style = "" if row[5] == Hazard.NONE else "yellow"
        table.add_row(*(Text(cell, style=style if column == 5 else "") for column, cell in enumerate(row)))
    console = Console(highlight=False)
    console.print(table)
    console.print()
    for line in details(simulation):
        console.print(Text(line), soft_wrap=True)
    console.print(Text(headline(simulation), style="bold"))
