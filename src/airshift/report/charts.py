"""Charts as inline SVG; colours come from the page's style sheet through class names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from airshift.report.statistics import Row

_GAP = 1.2
_PART = '<rect class="fill-{}" x="{}" y="0" width="{}" height="10"><title>{}</title></rect>'


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: its style-sheet name and its label."""

    name: str
    label: str


def bar(row: Row, series: Sequence[Series], longest: int) -> Markup:
    """One horizontal stacked bar, as wide as its column; the numbers stand next to it as text."""
    parts: list[Markup] = []
    start = 0
    for part, entry in zip(row.parts, series, strict=True):
        if part:
            parts.append(Markup(_PART).format(entry.name, start, part, f"{entry.label}: {part}"))
        start += part
    svg = '<svg class="bar" viewBox="0 0 {} 10" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    return Markup(svg).format(max(longest, 1), Markup("").join(parts))


def donut(row: Row, series: Sequence[Series], middle: str, below: str) -> Markup:
    """A ring with one arc a series, and a figure in its middle."""
    total = row.total
    arcs: list[Markup] = [Markup('<circle class="ring" cx="100" cy="100" r="78"/>')]
    start = 0.0
    for part, entry in zip(row.parts, series, strict=True):
        share = 100 * part / total if total else 0
        if share:
            arcs.append(_arc(entry, share, start, part))
        start += share
    summary = ", ".join(f"{entry.label}: {part}" for part, entry in zip(row.parts, series, strict=True))
    return Markup(
        '<svg class="donut" viewBox="0 0 200 200" role="img" aria-label="{}">'
        '<g transform="rotate(-90 100 100)">{}</g>'
        '<text class="donut-figure" x="100" y="104" text-anchor="middle">{}</text>'
        '<text class="donut-label" x="100" y="128" text-anchor="middle">{}</text></svg>'
    ).format(f"{row.label}. {summary}", Markup("").join(arcs), middle, below)


def _arc(entry: Series, share: float, start: float, part: int) -> Markup:
    length = max(share - _GAP, 0.4) if share < 100 else 100
    return Markup(
        '<circle class="arc stroke-{}" cx="100" cy="100" r="78" pathLength="100" '
        'stroke-dasharray="{} {}" stroke-dashoffset="{}"><title>{}</title></circle>'
    ).format(entry.name, f"{length:.2f}", f"{100 - length:.2f}", f"{-start:.2f}", f"{entry.label}: {part}")
