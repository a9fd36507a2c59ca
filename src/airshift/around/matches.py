"""What a check of a piece of text found, before it is given a place in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from airshift.around.document import Document, Span
from airshift.around.report import report
from airshift.findings import Applicability, Finding, Fix
from airshift.records import dataclass
from airshift.targets import Target


@dataclass(frozen=True, slots=True)
class Match:
    """A finding at characters of a text; `edits` replace spans of the same text."""

    code: str
    span: Span
    message: str
    symbol: str = ""
    edits: tuple[tuple[Span, str], ...] = ()
    applicability: Applicability = Applicability.MANUAL
    note: str = ""

    def moved(self, offset: int) -> Match:
        """The same match in a text that holds this one from `offset` on."""
        start, end = self.span
        edits = tuple(((at + offset, to + offset), text) for (at, to), text in self.edits)
        return replace(self, span=(start + offset, end + offset), edits=edits)


def to_findings(document: Document, matches: Iterable[Match], target: Target) -> Iterator[Finding]:
    """Findings of matches whose offsets are those of the document."""
    for match in matches:
        edits = tuple(document.edit(span, text) for span, text in match.edits)
        fix = Fix(edits, match.applicability, match.note) if edits else None
        yield from report(
            match.code, document, match.span, match.message, target, symbol=match.symbol, fix=fix
        )
