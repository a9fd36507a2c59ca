"""Stacked areas over time as inline SVG; colours come from the page's style sheet through class names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import Markup

from airshift.findings import Kind
from airshift.history.model import Snapshot
from airshift.history.tables import KINDS, VERDICTS, day
from airshift.report.model import Verdict

WIDTH, HEIGHT = 1000, 300
_AREA = '<polygon class="{}" points="{}"><title>{}</title></polygon>'
_MARK = '<line class="report" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>'
_VERDICT_CLASSES = {
    Verdict.READY: "ready",
    Verdict.AUTO_FIXABLE: "auto",
    Verdict.NEEDS_WORK: "work",
    Verdict.BLOCKED: "stop",
}
_KIND_CLASSES = {
    Kind.PARSE: "stop",
    Kind.RUNTIME: "work",
    Kind.BEHAVIOUR: "test",
    Kind.DEPRECATION: "grey",
}


@dataclass(frozen=True, slots=True)
class Series:
    """One layer of a chart, from the first report to the last."""

    css: str
    label: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with what stands around it; its axes are text of the page, so that they stay readable."""

    title: str
    series: tuple[Series, ...]
    top: int
    """What the upper edge stands for."""
    first: str
    last: str
    svg: Markup

    @property
    def middle(self) -> int:
        """What half the height stands for."""
        return self.top // 2


def charts(snapshots: Sequence[Snapshot]) -> tuple[Chart, ...]:
    """DAGs by how far they are, findings by kind, waves and hours; waves only where a report has a plan."""
    moved = Series("moved", "moved", tuple(len(snapshot.moved) for snapshot in snapshots))
    verdicts = [
        Series(_VERDICT_CLASSES[verdict], label, tuple(snapshot.count(verdict) for snapshot in snapshots))
        for verdict, label in VERDICTS.items()
    ]
    kinds = [
        Series(_KIND_CLASSES[kind], label, tuple(_findings(snapshot, kind) for snapshot in snapshots))
        for kind, label in KINDS.items()
    ]
    hours = Series("work", "hours", tuple(round(snapshot.minutes / 60) for snapshot in snapshots))
    drawn = [
        _chart("DAGs by how far they are", [moved, *verdicts], snapshots),
        _chart("Findings by when they bite", kinds, snapshots),
        _chart("Hours of work, as assessed", [hours], snapshots),
    ]
    if any(snapshot.waves for snapshot in snapshots):
        drawn.insert(1, _chart("Waves", _waves(snapshots), snapshots))
    return tuple(drawn)


def _findings(snapshot: Snapshot, kind: Kind) -> int:
    return sum(finding.kind is kind for finding in snapshot.findings)


def _waves(snapshots: Sequence[Snapshot]) -> list[Series]:
    done = tuple(snapshot.waves.done if snapshot.waves else 0 for snapshot in snapshots)
    total = tuple(snapshot.waves.total if snapshot.waves else 0 for snapshot in snapshots)
    planned = tuple(whole - part for whole, part in zip(total, done, strict=True))
    return [Series("moved", "done", done), Series("grey", "planned", planned)]


def _chart(title: str, series: Sequence[Series], snapshots: Sequence[Snapshot]) -> Chart:
    sums = [tuple(accumulate(values)) for values in zip(*(one.values for one in series), strict=True)]
    top = scale(max(found[-1] for found in sums))
    places = _places(snapshots)
    areas = [
        _area(one, places, [found[layer - 1] if layer else 0 for found in sums], top)
        for layer, one in enumerate(series)
    ]
    marks = [Markup(_MARK).format(_short(x), 0, HEIGHT) for x in places[1:-1]]
    svg = Markup(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, f"{title}. {_spoken(series)}", Markup("").join([*areas, *marks]))
    return Chart(title, tuple(series), top, day(snapshots[0])[:10], day(snapshots[-1])[:10], svg)


def scale(most: int) -> int:
    """The next round number: an even one, so that half of it is whole."""
    power = 1
    while True:
        for step in (2, 4, 6, 10):
            if step * power >= most:
                return step * power
        power *= 10


def _places(snapshots: Sequence[Snapshot]) -> list[float]:
    """Where on the axis of time each report stands; a single one takes all of it."""
    times = [snapshot.taken.timestamp() for snapshot in snapshots]
    span = times[-1] - times[0]
    if not span:
        return [WIDTH * place / max(1, len(times) - 1) for place in range(len(times))]
    return [WIDTH * (time - times[0]) / span for time in times]


def _area(series: Series, places: Sequence[float], below: Sequence[int], top: int) -> Markup:
    values = [under + own for under, own in zip(below, series.values, strict=True)]
    upper, lower = list(zip(places, values, strict=True)), list(zip(places, below, strict=True))
    if len(places) == 1:
        upper, lower = [(0, values[0]), (WIDTH, values[0])], [(0, below[0]), (WIDTH, below[0])]
    corners = [*upper, *reversed(lower)]
    points = " ".join(f"{_short(x)},{_short(HEIGHT * (1 - value / top))}" for x, value in corners)
    return Markup(_AREA).format(series.css, points, f"{series.label}: {_course(series)}")


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _spoken(series: Sequence[Series]) -> str:
    return "; ".join(f"{one.label}: {_course(one)}" for one in series)


def _course(series: Series) -> str:
    first, last = series.values[0], series.values[-1]
    return str(last) if first == last else f"from {first} to {last}"
