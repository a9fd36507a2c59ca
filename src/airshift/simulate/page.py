"""The forecasts as one HTML page with the timeline; nothing is fetched and nothing runs in it."""

from __future__ import annotations

from collections import Counter

from airshift.output.pages import page
from airshift.simulate.forecast import Simulation
from airshift.simulate.model import Hazard
from airshift.simulate.picture import picture
from airshift.simulate.table import COLUMNS, ordered, rows
from airshift.simulate.words import clock

_NAMES = {
    Hazard.UNKNOWN: "cannot be told",
    Hazard.NEVER_RUNS: "never run again",
    Hazard.BACKFILL: "run what was long ago",
    Hazard.DUPLICATE: "repeat a run",
    Hazard.PHASE_SHIFT: "run at other times",
    Hazard.SKIPPED_INTERVAL: "leave an interval out",
    Hazard.NONE: "go on as before",
}


def simulation_html(simulation: Simulation) -> str:
    """The page of `airshift simulate --format html`."""
    from markupsafe import Markup

    drawn = picture(simulation)
    counts = Counter(forecast.hazard for forecast in simulation.forecasts)
    return page(
        "simulate",
        drawn=drawn.partition("<style>")[2].partition("</style>")[0],
        filters={"clock": clock},
        picture=Markup(drawn),
        forecasts=len(simulation.forecasts),
        at=simulation.at,
        source=simulation.source.version,
        target=simulation.target.version,
        hazards=[(name, counts[hazard]) for hazard, name in _NAMES.items() if counts[hazard]],
        columns=COLUMNS,
        rows=list(zip(rows(simulation), ordered(simulation), strict=True)),
    )
