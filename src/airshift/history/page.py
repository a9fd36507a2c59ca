"""Comparison and trend as pages that need nothing but themselves and run nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from airshift._data import data_folder
from airshift.history.comparing import Comparison
from airshift.history.model import Snapshot
from airshift.history.picture import charts
from airshift.history.tables import comparison_tables, day, headline, release, trend_table
from airshift.report.plain import shown


def comparison_html(comparison: Comparison) -> str:
    """The page of `airshift report diff --format html`."""
    old, new = comparison.old, comparison.new
    return _page(
        title=f"{new.root}: {day(old)[:10]} to {day(new)[:10]}",
        target=release(new),
        sentences=headline(old, new),
        charts=(),
        tables=comparison_tables(comparison),
    )


def trend_html(snapshots: Sequence[Snapshot]) -> str:
    """The page of `airshift report trend --format html`."""
    old, new = snapshots[0], snapshots[-1]
    return _page(
        title=f"{new.root}: on the way to {release(new)}",
        target=f"{len(snapshots)} reports, {day(old)[:10]} to {day(new)[:10]}",
        sentences=headline(old, new),
        charts=charts(snapshots),
        tables=(trend_table(snapshots),),
    )


def _page(**values: object) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = data_folder("reports")
    style = (folder / "history.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["shown"] = shown
    return environment.get_template("history.html.jinja").render(
        style=Markup(style),
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        **values,
    )
