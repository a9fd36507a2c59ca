"""Places inside Python string literals: which bytes of the file a part of the string's value came from."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator

from airshift.engine.source import Source
from airshift.records import dataclass

_PLAIN_PREFIXES = frozenset({"", "r", "R", "u", "U"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One literal of an implicit concatenation: where its value starts, and its text if written so."""

    start: int
    end: int
    offset: int
    raw: str | None


def pieces(source: Source, node: ast.Constant) -> tuple[Piece, ...]:
    """The literals a string constant is written as; empty when it cannot be told."""
    begin, _ = source.span(node)
    if not isinstance(node.value, str):
        return ()
    try:
        found = tuple(_pieces(source.segment(node), begin))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return ()
    return found if found and found[-1].end == len(node.value) else ()


def byte_span(source: Source, node: ast.Constant, start: int, end: int) -> tuple[int, int] | None:
    """Bytes of the file that hold the characters `start:end` of the value, if they are written literally."""
    for piece in pieces(source, node):
        if piece.start <= start and end <= piece.end:
            if piece.raw is None:
                return None
            first = piece.offset + _raw_bytes(piece.raw, start - piece.start)
            return first, piece.offset + _raw_bytes(piece.raw, end - piece.start)
    return None


def plain_key(source: Source, node: ast.expr) -> tuple[int, int] | None:
    """Bytes between the quotes of a string constant that is written without escapes."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return None
    return byte_span(source, node, 0, len(node.value))


def _pieces(segment: str, begin: int) -> Iterator[Piece]:
    position = 0
    for token in tokenize.generate_tokens(io.StringIO(f"({segment})", newline="").readline):
        if token.type != tokenize.STRING:
            continue
        first = _offset(segment, token.start)
        value = ast.literal_eval(token.string)
        prefix, quote = _opening(token.string)
        inner = token.string[len(prefix) + len(quote) : -len(quote)]
        raw = inner if inner.replace("\r\n", "\n") == value and prefix in _PLAIN_PREFIXES else None
        offset = begin + len(segment[: first + len(prefix) + len(quote)].encode("utf-8", "surrogatepass"))
        yield Piece(position, position + len(value), offset, raw)
        position += len(value)


def _offset(segment: str, place: tuple[int, int]) -> int:
    """Character offset in the segment of a token's place; the first line carries one extra parenthesis."""
    line, column = place
    if line == 1:
        return column - 1
    before = segment.split("\n")[: line - 1]
    return sum(len(text) + 1 for text in before) + column


def _opening(literal: str) -> tuple[str, str]:
    quotes = min(index for index in (literal.find("'"), literal.find('"')) if index >= 0)
    mark = literal[quotes]
    return literal[:quotes], mark * 3 if literal.startswith(mark * 3, quotes) else mark


def _raw_bytes(raw: str, count: int) -> int:
    """Bytes of the first `count` characters of the value in a literal whose line ends may be two bytes."""
    if "\r" not in raw:
        return len(raw[:count].encode("utf-8", "surrogatepass"))
    position = 0
    for _ in range(count):
        position += 2 if raw.startswith("\r\n", position) else 1
    return len(raw[:position].encode("utf-8", "surrogatepass"))
