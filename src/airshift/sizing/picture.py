"""The load of the week as a curve, with and without shifted minutes, and what classes hold as lines across it.

There is a wide and a narrow drawing of the same; the page shows the one that its width suits. Colours come from the
page's style sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from markupsafe import Markup

from airshift.sizing.sized import Sizing

_DAYS = 7


@dataclass(frozen=True, slots=True)
class Canvas:
    """Size of a drawing; the curve lies within its margins."""

    name: str
    width: int
    height: int
    left: int
    columns: int
    """How many maxima the area is made of."""
    steps: int
    """How many maxima the line is made of, which would hide the area if it had as many."""

    @property
    def right(self) -> int:
        """Where the curve ends."""
        return self.width - 12

    @property
    def top(self) -> int:
        """The highest place of the curve."""
        return 14

    @property
    def bottom(self) -> int:
        """Where the axis lies."""
        return self.height - 34


WIDE = Canvas("wide", 1180, 380, 52, 1008, 168)
NARROW = Canvas("narrow", 400, 300, 38, 336, 84)


def pictures(sizing: Sizing) -> Markup:
    """Both drawings."""
    return Markup("\n").join(_picture(sizing, canvas) for canvas in (WIDE, NARROW))


def _picture(sizing: Sizing, canvas: Canvas) -> Markup:
    highest = _highest(sizing)
    parts = [*_grid(sizing, canvas, highest), _area(sizing.now.tasks, canvas, highest)]
    if sizing.staggered is not None:
        parts.append(_line(sizing.staggered.tasks, canvas, highest))
    parts += _limits(sizing, canvas, highest)
    label = f"Concurrent tasks over the week: at most {max(sizing.now.tasks)}"
    if sizing.staggered is not None:
        label += f", with shifted minutes at most {max(sizing.staggered.tasks)}"
    return Markup('<svg class="load {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        canvas.name, canvas.width, canvas.height, label, Markup("").join(parts)
    )


def _highest(sizing: Sizing) -> int:
    """The top of the scale: above the peak, and above what the chosen classes hold if that is not far away."""
    peak = max(max(sizing.now.tasks), 1)
    limits = [held for held, _ in _capacities(sizing) if held <= 2 * peak]
    return round(max([peak, *limits]) * 1.08) + 1


def _capacities(sizing: Sizing) -> list[tuple[int, str]]:
    """Tasks that the smallest class holds with its most workers, as it is and with shifted minutes."""
    found: dict[int, str] = {}
    for answer, word in ((sizing.now, ""), (sizing.staggered, ", shifted")):
        fit = None if answer is None else answer.smallest
        if fit is not None:
            held = fit.max_workers * fit.tasks_per_worker
            found.setdefault(held, f"{fit.environment_class.name} × {fit.max_workers}{word}: {held}")
    return sorted(found.items(), reverse=True)


def _x(canvas: Canvas, share: float) -> float:
    return canvas.left + share * (canvas.right - canvas.left)


def _y(canvas: Canvas, value: float, highest: int) -> float:
    return canvas.bottom - value / highest * (canvas.bottom - canvas.top)


def _points(tasks: Sequence[int], canvas: Canvas, highest: int, columns: int) -> Iterator[str]:
    step = len(tasks) / columns
    for column in range(columns):
        level = max(tasks[int(column * step) : max(int(column * step) + 1, int((column + 1) * step))])
        y = f"{_y(canvas, level, highest):.1f}"
        yield f"{_x(canvas, column / columns):.1f} {y}"
        yield f"{_x(canvas, (column + 1) / columns):.1f} {y}"


def _area(tasks: Sequence[int], canvas: Canvas, highest: int) -> Markup:
    points = " L".join(_points(tasks, canvas, highest, canvas.columns))
    return Markup('<path class="now" d="M{} {} L{} L{} {}Z"/>').format(
        canvas.left, canvas.bottom, points, canvas.right, canvas.bottom
    )


def _line(tasks: Sequence[int], canvas: Canvas, highest: int) -> Markup:
    points = " L".join(_points(tasks, canvas, highest, canvas.steps))
    return Markup('<path class="later" d="M{}"/>').format(points)


def _limits(sizing: Sizing, canvas: Canvas, highest: int) -> Iterator[Markup]:
    last = -100.0
    for held, text in _capacities(sizing):
        if held > highest:
            continue
        y = _y(canvas, held, highest)
        yield Markup('<path class="limit" d="M{} {:.1f}H{}"/>').format(canvas.left, y, canvas.right)
        below = y < canvas.top + 12 or y - last < 14
        place = y + 12 if below else y - 4
        last = place
        yield Markup('<text class="limit-label" x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(
            canvas.right - 2, place, text
        )


def _grid(sizing: Sizing, canvas: Canvas, highest: int) -> Iterator[Markup]:
    for value in _round_values(highest):
        y = _y(canvas, value, highest)
        yield Markup('<path class="grid" d="M{} {:.1f}H{}"/>').format(canvas.left, y, canvas.right)
        yield Markup('<text class="axis" x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(
            canvas.left - 6, y + 4, value
        )
    for day in range(_DAYS):
        x = _x(canvas, day / _DAYS)
        yield Markup('<path class="grid" d="M{:.1f} {}V{}"/>').format(x, canvas.top, canvas.bottom)
        date = sizing.question.start + timedelta(days=day)
        text = f"{date:%a %d %b}" if canvas is WIDE else f"{date:%a}"
        yield Markup('<text class="axis" x="{:.1f}" y="{}">{}</text>').format(x + 4, canvas.bottom + 18, text)


def _round_values(highest: int) -> list[int]:
    """At most six round numbers from 0 up."""
    sizes = (base * 10**power for power in count() for base in (1, 2, 5))
    size = next(size for size in sizes if highest <= 5 * size)
    return list(range(0, highest + 1, size))
