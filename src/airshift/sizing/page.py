"""The sizing as one HTML page with the load curve; nothing is fetched and nothing runs in it."""

from __future__ import annotations

from airshift.output.pages import page
from airshift.report.plain import link
from airshift.sizing.parse_cost import worth_showing
from airshift.sizing.picture import pictures
from airshift.sizing.words import Result, assumptions, clock, current, headline, money, workers


def size_html(result: Result) -> str:
    """The page of `airshift size --format html`."""
    sizing = result.sizing
    return page(
        "size",
        filters={"link": link, "clock": clock, "workers": workers},
        headline=headline(sizing),
        current=current(sizing),
        sizing=sizing,
        picture=pictures(sizing),
        costs=result.costs,
        money=money,
        kept=sorted(sizing.kept.items()),
        parse_costs=worth_showing(result.parse_costs),
        assumptions=list(assumptions(sizing)),
    )
