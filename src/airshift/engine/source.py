"""One Python source file: its text, encoding, newline style, tree and positions.

Edits and spans are byte offsets into the UTF-8 text, because that is what `ast` reports;
columns are converted to characters only for people.
"""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
import warnings
from bisect import bisect_right
from itertools import accumulate

from airshift.errors import SourceError
from airshift.findings import Place
from airshift.records import dataclass

_NEWLINE = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Source:
    """A decoded source file; `utf8` is its text re-encoded, without a byte order mark."""

    path: str
    utf8: bytes
    encoding: str
    bom: bool
    newline: str
    line_starts: tuple[int, ...]

    @classmethod
    def from_bytes(cls, path: str, raw: bytes) -> Source:
        """Decode `raw` as Python does (PEP 263); raise SourceError when that fails."""
        if (plain := _plain_utf8(raw)) is not None:
            return cls.from_text(path, plain)
        bom = raw.startswith(codecs.BOM_UTF8)
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
            text = raw.decode(encoding)
        except (SyntaxError, UnicodeDecodeError, LookupError) as error:
            raise SourceError(f"cannot be decoded: {error}") from error
        return cls.from_text(path, text, encoding, bom=bom)

    @classmethod
    def from_text(cls, path: str, text: str, encoding: str = "utf-8", *, bom: bool = False) -> Source:
        """A text that is decoded already."""
        utf8 = text.encode("utf-8", "surrogatepass")
        first = _NEWLINE.search(utf8)
        return cls(path, utf8, encoding, bom, first.group().decode() if first else "\n", _line_starts(utf8))

    def parse(self) -> ast.Module:
        """Return the syntax tree; raise SourceError with the line when there is none."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self.utf8.decode("utf-8", "surrogatepass"))
        except SyntaxError as error:
            raise SourceError(f"syntax error: {error.msg}", error.lineno or 1) from error
        except (ValueError, RecursionError, MemoryError) as error:
            reason = str(error) or "nested too deeply"
            raise SourceError(f"cannot be parsed: {reason}") from error

    def to_bytes(self, utf8: bytes) -> bytes:
        """Encode changed text the way the file was encoded; raise SourceError if it does not fit."""
        try:
            raw = utf8.decode("utf-8", "surrogatepass").encode(self.encoding.removesuffix("-sig"))
        except UnicodeEncodeError as error:
            raise SourceError(f"the change does not fit the file's encoding {self.encoding}") from error
        return codecs.BOM_UTF8 + raw if self.bom else raw

    def offset(self, line: int, column: int) -> int:
        """Byte offset of an `ast` position (line from 1, column in bytes from 0)."""
        return self.line_starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias | ast.arg) -> tuple[int, int]:
        """Byte range `start, end` of a node."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)

    def segment(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias | ast.arg) -> str:
        """Source text of a node."""
        start, end = self.span(node)
        return self.utf8[start:end].decode("utf-8", "replace")

    def line_of(self, offset: int) -> int:
        """The line of a byte offset, from 1."""
        return bisect_right(self.line_starts, offset)

    def indent_of(self, line: int) -> bytes | None:
        """The white space a line begins with; None when it holds anything but spaces and tabs."""
        start = self.line_starts[line - 1]
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.utf8)
        text = self.utf8[start:end]
        rest = text.lstrip(b" \t")
        return None if rest.startswith(b"\f") else text[: len(text) - len(rest)]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column in characters, both from 1, of a byte offset."""
        line = self.line_of(offset)
        before = self.utf8[self.line_starts[line - 1] : offset]
        return line, len(before.decode("utf-8", "replace")) + 1

    def place(self, start: int, end: int) -> Place:
        """The range `start, end` as people read it."""
        line, column = self.position(start)
        end_line, end_column = self.position(end)
        return Place(self.path, line, column, end_line, end_column)


def _plain_utf8(raw: bytes) -> str | None:
    """The text of a file without byte order mark and coding cookie, as nearly all are; None for any other."""
    if raw.startswith(codecs.BOM_UTF8) or any(b"coding" in line for line in raw.split(b"\n", 2)[:2]):
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _line_starts(utf8: bytes) -> tuple[int, ...]:
    lines = utf8.splitlines(keepends=True)
    if lines and lines[-1].endswith((b"\n", b"\r")):
        lines.append(b"")
    return tuple(accumulate(map(len, lines[:-1]), initial=0))
