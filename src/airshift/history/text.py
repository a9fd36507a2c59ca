"""Tables for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from airshift.history.tables import Table
from airshift.output.text import printable
from airshift.report.markdown import plain


def terminal_lines(sentences: Iterable[str], tables: Iterable[Table]) -> Iterator[str]:
    """Sentences and tables in columns."""
    yield from map(printable, sentences)
    for table in tables:
        yield ""
        yield printable(table.title)
        yield from _columns(table)


def _columns(table: Table) -> Iterator[str]:
    rows = [[printable(cell) for cell in row] for row in (table.head, *table.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(table.head))]
    for row in rows:
        yield "  " + "  ".join(_padded(row, widths, table.numbers)).rstrip()


def _padded(row: Sequence[str], widths: Sequence[int], numbers: int) -> Iterator[str]:
    for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield cell.rjust(width) if place >= len(row) - numbers else cell.ljust(width)


def markdown_lines(title: str, sentences: Iterable[str], tables: Iterable[Table]) -> Iterator[str]:
    """The same for a wiki or a merge request; text of the estate can neither format nor link there."""
    yield from (f"# {plain(title)}", "", plain(" ".join(sentences)))
    for table in tables:
        yield from ("", f"## {plain(table.title)}", "")
        yield _row(plain(cell) for cell in table.head)
        yield _row(["---"] * (len(table.head) - table.numbers) + ["---:"] * table.numbers)
        yield from (_row(plain(cell) for cell in row) for row in table.rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
