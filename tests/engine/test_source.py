"""Spans stay right whatever the encoding, newline or nesting."""

from __future__ import annotations

import ast
import codecs

import pytest

from airshift.engine.source import Source
from airshift.errors import SourceError

NASTY = [
    b"x = 'a'\ny = x\n",
    b"x = 'a'\r\ny = x\r\n",
    b"x = 'a'\ry = x\r",
    b"x = 1\x0c\ny = x\n",
    "x = 'é→𝕏'; y = x\n".encode(),
    codecs.BOM_UTF8 + b"x = 1\ny = x\n",
    "# -*- coding: latin-1 -*-\nx = 'é'; y = x\n".encode("latin-1"),
    b"x = (1 +\n  2)\ny = f'{x!r:>{x}}'\n",
    b"x = 1 + \\\n  2\ny = x\n",
    "x = 1\ny = f'''é\n{x}'''\n".encode(),
]


@pytest.mark.parametrize("raw", NASTY)
def test_every_name_is_found_at_its_span(raw: bytes) -> None:
    source = Source.from_bytes("a.py", raw)
    names = [node for node in ast.walk(source.parse()) if isinstance(node, ast.Name)]
    assert names
    assert [source.segment(node) for node in names] == [node.id for node in names]


@pytest.mark.parametrize("raw", NASTY)
def test_encoding_back_gives_the_same_bytes(raw: bytes) -> None:
    source = Source.from_bytes("a.py", raw)
    assert source.to_bytes(source.utf8) == raw


def test_columns_count_characters() -> None:
    source = Source.from_bytes("a.py", "é = 1; x\n".encode())
    place = source.place(8, 9)
    assert (place.line, place.column, place.end_column) == (1, 8, 9)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"print 'python 2'\n", "syntax error"),
        (b"x = '\xff'\n", "cannot be decoded"),
        (b"x = 1\x00\n", "null"),
        (b"# -*- coding: nonsense -*-\n", "cannot be decoded"),
        (b"(" * 5000, "syntax error|cannot be parsed"),
    ],
)
def test_what_cannot_be_read_is_said(raw: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        Source.from_bytes("a.py", raw).parse()


def test_a_change_that_does_not_fit_the_encoding_is_refused() -> None:
    source = Source.from_bytes("a.py", b"# -*- coding: latin-1 -*-\nx = 1\n")
    with pytest.raises(SourceError, match=r"latin-1|iso-8859-1"):
        source.to_bytes("x = '→'".encode())
