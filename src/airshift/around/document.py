"""A text file that is not Python: its text, positions for people, and edits in bytes.

Offsets inside this package count characters; edits count bytes of the UTF-8 text without a byte order
mark, like those of `airshift.engine.source`.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right

from airshift.errors import SourceError
from airshift.findings import Edit, Place
from airshift.records import dataclass

_NEWLINE = re.compile(r"\r\n|\r|\n")

Span = tuple[int, int]
"""Characters `start, end` of a document, end exclusive."""


@dataclass(frozen=True, slots=True)
class Document:
    """A decoded file."""

    path: str
    text: str
    line_starts: tuple[int, ...]
    encoding: str
    bom: bool

    @classmethod
    def from_bytes(cls, path: str, data: bytes) -> Document:
        """Decode UTF-8, or Latin-1 when it is not; raise SourceError for a binary file."""
        if b"\0" in data[:8192]:
            raise SourceError("not a text file")
        bom = data.startswith(codecs.BOM_UTF8)
        data = data[3:] if bom else data
        try:
            text, encoding = data.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            text, encoding = data.decode("latin-1"), "latin-1"
        starts = (0, *(match.end() for match in _NEWLINE.finditer(text)))
        return cls(path, text, starts, encoding, bom)

    @property
    def newline(self) -> str:
        """The file's own line end."""
        first = _NEWLINE.search(self.text)
        return first.group() if first else "\n"

    def line_of(self, offset: int) -> int:
        """Line, from 1, of an offset."""
        return bisect_right(self.line_starts, offset)

    def line_span(self, line: int) -> Span:
        """Where a line starts, and where the next one does."""
        following = self.line_starts[line] if line < len(self.line_starts) else len(self.text)
        return self.line_starts[line - 1], following

    def whole_lines(self, span: Span) -> Span:
        """The lines that a span touches, line ends included."""
        return self.line_span(self.line_of(span[0]))[0], self.line_span(
            self.line_of(max(span[0], span[1] - 1))
        )[1]

    def place(self, span: Span) -> Place:
        """The span as people read it."""
        line, column = self._position(span[0])
        end_line, end_column = self._position(span[1])
        return Place(self.path, line, column, end_line, end_column)

    def edit(self, span: Span, text: str) -> Edit:
        """Replace a span by other text."""
        start = len(self.text[: span[0]].encode()) if not self.text.isascii() else span[0]
        expected = self.text[span[0] : span[1]].encode()
        return Edit(start, start + len(expected), expected, text.encode())

    def to_bytes(self, utf8: bytes) -> bytes:
        """Encode changed text as the file was; raise SourceError if it does not fit."""
        try:
            data = utf8.decode().encode(self.encoding)
        except UnicodeEncodeError as error:
            raise SourceError(f"the change does not fit the file's encoding {self.encoding}") from error
        return codecs.BOM_UTF8 + data if self.bom else data

    def _position(self, offset: int) -> tuple[int, int]:
        line = self.line_of(offset)
        return line, offset - self.line_starts[line - 1] + 1
