"""The sizing as one HTML page with the load curve; nothing is fetched and nothing runs in it."""

from __future__ import annotations

import base64
import hashlib

from airshift._data import data_folder
from airshift.report.plain import link, shown
from airshift.sizing.picture import pictures
from airshift.sizing.words import Result, assumptions, clock, current, headline, money, workers


def size_html(result: Result) -> str:
    """The page of `airshift size --format html`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = data_folder("reports")
    style = (folder / "size.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(shown=shown, link=link, clock=clock, workers=workers)
    sizing = result.sizing
    return environment.get_template("size.html.jinja").render(
        style=Markup(style),
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        headline=headline(sizing),
        current=current(sizing),
        sizing=sizing,
        picture=pictures(sizing),
        costs=result.costs,
        money=money,
        kept=sorted(sizing.kept.items()),
        parse_costs=[cost for cost in result.parse_costs if cost.works or cost.seconds is not None],
        assumptions=list(assumptions(sizing)),
    )
