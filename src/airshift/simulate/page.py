"""The forecasts as one HTML page with the timeline; nothing is fetched and nothing runs in it."""

from __future__ import annotations

import base64
import hashlib

from airshift._data import data_folder
from airshift.report.plain import shown
from airshift.simulate.forecast import Simulation
from airshift.simulate.picture import picture
from airshift.simulate.table import COLUMNS, headline, ordered, rows
from airshift.simulate.words import clock


def simulation_html(simulation: Simulation) -> str:
    """The page of `airshift simulate --format html`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = data_folder("reports")
    style = (folder / "simulate.css").read_text(encoding="utf-8")
    drawn = picture(simulation)
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(shown=shown, clock=clock)
    return environment.get_template("simulate.html.jinja").render(
        style=Markup(style),
        policy=_policy(style, drawn.partition("<style>")[2].partition("</style>")[0]),
        picture=Markup(drawn),
        headline=headline(simulation),
        columns=COLUMNS,
        rows=list(zip(rows(simulation), ordered(simulation), strict=True)),
    )


def _policy(*styles: str) -> str:
    digests = (base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; style-src {allowed}; base-uri 'none'; form-action 'none'"
