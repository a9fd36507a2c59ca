"""The forecasts as a timeline: what blue has run, and what green runs at and after the unpause.

DAGs of a similar rhythm share a time axis, since minutes and months do not fit on one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from xml.sax.saxutils import escape, quoteattr

from airshift.report.plain import shown
from airshift.schedules import Run, next_run, runs
from airshift.simulate.forecast import Simulation
from airshift.simulate.model import Forecast, Hazard
from airshift.simulate.table import ordered
from airshift.simulate.unpause import MOST
from airshift.simulate.words import clock, count

WIDTH, LEFT, RIGHT, ROW, HEAD = 1180, 250, 170, 46, 58
_AXIS = WIDTH - LEFT - RIGHT
_MOST_ROWS = 60
_MOST_RUNS = 130
_MONTH = timedelta(days=31)
_STYLE = (
    "text{font:12px system-ui,'Segoe UI','DejaVu Sans',sans-serif;fill:#15212c}"
    ".n{font-weight:600}.s{fill:#52606d}.h{font-size:15px;font-weight:700}.w{fill:#a1260d;font-weight:600}"
    ".g{stroke:#dfe5ea}.at{stroke:#15212c;stroke-width:1.5;stroke-dasharray:4 3}"
    ".b{fill:#1f6fb2;stroke:#1f6fb2}.bo{fill:#fff;stroke:#1f6fb2}"
    ".k{fill:#1a7f4b;stroke:#1a7f4b}.x{fill:#c2330f;stroke:#c2330f}"
    ".bi{stroke:#1f6fb2;stroke-width:4;stroke-opacity:.28}.ki{stroke:#1a7f4b;stroke-width:4;stroke-opacity:.28}"
    ".xi{stroke:#c2330f;stroke-width:4;stroke-opacity:.28}"
)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """DAGs whose runs lie at most `period` apart share an axis of `span` on either side."""

    title: str
    period: timedelta
    span: timedelta
    step: timedelta
    pattern: str


RHYTHMS = (
    Rhythm("Every few minutes", timedelta(minutes=20), timedelta(hours=1), timedelta(minutes=15), "%H:%M"),
    Rhythm("Hourly", timedelta(hours=3), timedelta(hours=6), timedelta(hours=1), "%H:%M"),
    Rhythm(
        "Several times a day", timedelta(hours=13), timedelta(hours=30), timedelta(hours=12), "%d %b %H:%M"
    ),
    Rhythm("Daily", timedelta(days=3), timedelta(days=4), timedelta(days=1), "%a %d %b"),
    Rhythm("Weekly", timedelta(days=16), timedelta(days=28), timedelta(days=7), "%d %b"),
    Rhythm("Monthly and rarer", timedelta.max, timedelta(days=100), _MONTH, "%d %b %Y"),
)


def picture(simulation: Simulation) -> str:
    """One SVG with everything in it; nothing in it runs or is fetched."""
    drawn: list[str] = []
    y = 0
    for rhythm, forecasts in _sections(simulation):
        kept = forecasts[:_MOST_ROWS]
        drawn.append(f'<g transform="translate(0 {y + 64})">')
        drawn += _section(rhythm, kept, len(forecasts), simulation.at)
        drawn.append("</g>")
        y += HEAD + ROW * len(kept) + 30
    height = y + 76
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'height="{height}" role="img" aria-label="Runs around the unpause">',
            f"<style>{_STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            *_legend(simulation),
            *drawn,
            "</svg>",
        ]
    )


def _legend(simulation: Simulation) -> Iterator[str]:
    source, target = simulation.source.version, simulation.target.version
    entries = (
        ("b", f"blue {source}: has run"),
        ("bo", "blue would have run"),
        ("k", f"green {target}: runs"),
        ("x", "runs at once"),
    )
    x = 20
    for name, label in entries:
        yield f'<circle class="{name}" cx="{x}" cy="24" r="5" stroke-width="1.6"/>'
        yield f'<text x="{x + 12}" y="28">{escape(label)}</text>'
        x += 40 + 7 * len(label)
    yield f'<text class="s" x="{x}" y="28">Bars are data intervals. Times are UTC.</text>'


def _sections(simulation: Simulation) -> Iterator[tuple[Rhythm, list[Forecast]]]:
    timed = [forecast for forecast in ordered(simulation) if forecast.blue.coming or forecast.green.first]
    grouped = {rhythm: [item for item in timed if _rhythm(item) is rhythm] for rhythm in RHYTHMS}
    yield from ((rhythm, forecasts) for rhythm, forecasts in grouped.items() if forecasts)


def _rhythm(forecast: Forecast) -> Rhythm:
    last, coming = forecast.blue.last, forecast.blue.coming
    period = timedelta(days=1)
    if last is not None and coming is not None and coming.run_after > last.run_after:
        period = coming.run_after - last.run_after
    return next(rhythm for rhythm in RHYTHMS if period <= rhythm.period)


def _section(rhythm: Rhythm, forecasts: Sequence[Forecast], total: int, at: datetime) -> Iterator[str]:
    bottom = HEAD + ROW * len(forecasts)
    more = f" (the first {len(forecasts)} of {total})" if total > len(forecasts) else ""
    yield f'<text class="h" x="20" y="20">{rhythm.title}{more}</text>'
    middle = _x(at, rhythm, at)
    for moment in _grid(rhythm, at):
        x = _x(moment, rhythm, at)
        yield f'<line class="g" x1="{x}" x2="{x}" y1="{HEAD - 8}" y2="{bottom}"/>'
        label = moment.strftime(rhythm.pattern)
        if abs(x - middle) > 4 * len(label):
            yield f'<text class="s" x="{x}" y="{HEAD - 14}" text-anchor="middle">{label}</text>'
    yield f'<line class="at" x1="{middle}" x2="{middle}" y1="24" y2="{bottom}"/>'
    yield f'<text class="n" x="{middle + 5}" y="26">unpause {clock(at)}</text>'
    for number, forecast in enumerate(forecasts):
        yield f'<g transform="translate(0 {HEAD + ROW * number})">'
        yield from _row(forecast, rhythm, at)
        yield "</g>"


def _grid(rhythm: Rhythm, at: datetime) -> Iterator[datetime]:
    start = at - rhythm.span
    moment = start.replace(hour=0, minute=0, second=0, microsecond=0)
    if rhythm.step >= _MONTH:
        moment = moment.replace(day=1)
    while moment <= at + rhythm.span:
        if moment > start:
            yield moment
        moment += rhythm.step
        if rhythm.step >= _MONTH:
            moment = moment.replace(day=1)


def _x(moment: datetime, rhythm: Rhythm, at: datetime) -> float:
    share = (moment - (at - rhythm.span)) / (2 * rhythm.span)
    return round(LEFT + _AXIS * min(1.0, max(0.0, share)), 1)


def _row(forecast: Forecast, rhythm: Rhythm, at: datetime) -> Iterator[str]:
    name = shown(forecast.dag.key)
    yield f"<title>{escape(name)}: {escape(shown(forecast.reason))}</title>"
    yield f'<line class="g" x1="20" x2="{WIDTH - 20}" y1="{ROW - 2}" y2="{ROW - 2}"/>'
    yield f'<text class="n" x="20" y="18">{escape(_short(name, 32))}</text>'
    schedule = forecast.dag.schedule
    text = (
        schedule if isinstance(schedule, str) else "schedule of the code" if schedule else "default schedule"
    )
    yield f'<text class="s" x="20" y="34">{escape(_short(shown(text), 34))}</text>'
    for run in _blue_runs(forecast, rhythm, at):
        yield from _mark(run, run.run_after, 14, "b" if run.run_after <= at else "bo", "bi", rhythm, at)
    for run in forecast.green.due[-_MOST_RUNS:]:
        yield from _mark(run, at, 30, "x", "xi", rhythm, at)
    for run in _green_runs(forecast, rhythm, at):
        yield from _mark(run, run.run_after, 30, "k", "ki", rhythm, at)
    if len(forecast.green.due) > 1:
        x = _x(at, rhythm, at) + 8
        yield f'<text class="w" x="{x}" y="34">×{count(len(forecast.green.due), MOST)}</text>'
    yield from _verdict(forecast)


def _verdict(forecast: Forecast) -> Iterator[str]:
    x = WIDTH - RIGHT + 16
    is_fine = forecast.hazard is Hazard.NONE
    word = "no hazard" if is_fine else forecast.hazard.value.replace("_", " ")
    kinds = ", ".join(dict.fromkeys(step.kind.value.replace("_", " ") for step in forecast.steps))
    yield f'<text class="{"s" if is_fine else "w"}" x="{x}" y="18">{word}</text>'
    yield f'<text class="s" x="{x}" y="34">{escape(kinds)}</text>'


def _blue_runs(forecast: Forecast, rhythm: Rhythm, at: datetime) -> Iterator[Run]:
    found = runs(forecast.blue_schedule, at - rhythm.span, at + rhythm.span)
    yield from islice(found, _MOST_RUNS)


def _green_runs(forecast: Forecast, rhythm: Rhythm, at: datetime) -> Iterator[Run]:
    run = forecast.green.coming
    for _ in range(_MOST_RUNS):
        if run is None or run.run_after > at + rhythm.span:
            return
        yield run
        run = next_run(forecast.green_schedule, run, run.run_after)


def _mark(
    run: Run, moment: datetime, y: int, dot: str, bar: str, rhythm: Rhythm, at: datetime
) -> Iterator[str]:
    start, end = (_x(part, rhythm, at) for part in (run.data_interval_start, run.data_interval_end))
    if end > start:
        yield f'<line class="{bar}" x1="{start + 1}" x2="{end - 1}" y1="{y}" y2="{y}"/>'
    label = f"{clock(run.run_after)}, logical date {clock(run.logical_date)}"
    yield (
        f'<circle class="{dot}" cx="{_x(moment, rhythm, at)}" cy="{y}" r="4.5" stroke-width="1.6" '
        f"aria-label={quoteattr(label)}><title>{escape(label)}</title></circle>"
    )


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
