"""Rows as columns of text: names are whole, long values are cut with a mark, and on a terminal all of it fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from airshift.output.terminal import PLAIN, Look
from airshift.output.text import printable

_LONGEST = 40
"""Of a value between the first and the last column, where nobody says how wide the screen is."""
_SHORTEST = 8
_GAP = 2


def columns(rows: Sequence[Sequence[str]], look: Look = PLAIN) -> Iterator[str]:
    """Each row as a line; the first and the last column are cut only where a screen is too narrow for them."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    widths[1:-1] = [min(_LONGEST, width) for width in widths[1:-1]]
    if look.width:
        widths = _fitting(widths, look.width)
    for row in cells:
        fitted = (_cut(cell, width).ljust(width) for cell, width in zip(row, widths, strict=True))
        yield (" " * _GAP).join(fitted).rstrip()


def _fitting(widths: list[int], room: int) -> list[int]:
    """Widths whose sum fits, the widest columns having given way, unless none can any more."""
    fitted = list(widths)
    while sum(fitted) + _GAP * (len(fitted) - 1) > room and max(fitted) > _SHORTEST:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _cut(cell: str, width: int) -> str:
    return cell if len(cell) <= width else cell[: width - 1] + "…"
