"""Comparison and trend as pages that need nothing but themselves and run nothing."""

from __future__ import annotations

from collections.abc import Sequence

from airshift.history.comparing import Comparison
from airshift.history.model import Snapshot
from airshift.history.picture import charts
from airshift.history.tables import comparison_tables, day, headline, release, trend_table
from airshift.output.pages import page


def comparison_html(comparison: Comparison) -> str:
    """The page of `airshift report diff --format html`."""
    old, new = comparison.old, comparison.new
    return page(
        "history",
        note="comparison of two reports",
        title=f"{new.root}: {day(old)[:10]} to {day(new)[:10]}",
        target=release(new),
        sentences=headline(old, new),
        charts=(),
        tables=comparison_tables(comparison),
    )


def trend_html(snapshots: Sequence[Snapshot]) -> str:
    """The page of `airshift report trend --format html`."""
    old, new = snapshots[0], snapshots[-1]
    return page(
        "history",
        note="progress",
        title=f"{new.root}: on the way to {release(new)}",
        target=f"{len(snapshots)} reports, {day(old)[:10]} to {day(new)[:10]}",
        sentences=headline(old, new),
        charts=charts(snapshots),
        tables=(trend_table(snapshots),),
    )
