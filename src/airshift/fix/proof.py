"""Proof that a changed file still parses.

Parsing a file again costs as much as reading it did. A splice that stays inside one simple statement, or inside the
head of a compound one, is proven by parsing those lines alone; wherever that says nothing, the whole file is parsed.
"""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from airshift.engine.facts import ModuleFacts
from airshift.engine.source import Source
from airshift.errors import SourceError
from airshift.fix.edits import Splice, spliced
from airshift.fix.fstrings import needs_python_3_12

_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_APART = re.compile(rb"[\s()\[\]{}.,:;=+*/%@<>|&^~!-]{0,2}")
"""What may stand directly around a name, quotes excepted: there it could be the prefix of a string."""
_NEST = b"if 1:\n"
_RESERVED = frozenset(word.encode() for word in (*keyword.kwlist, *keyword.softkwlist))


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines `start:end` of a file that can be read alone: a statement, or the head of one."""

    start: int
    end: int
    indent: bytes
    head: str = ""
    """The kind of statement of which these lines are the head, if they are one."""
    body: bytes = b""
    """The indentation of what follows a head."""


def parses(facts: ModuleFacts, splices: Sequence[Splice], changed: bytes) -> bool:
    """Whether `changed`, the file with the splices made, parses and can be written in the file's encoding."""
    if not _pieces_parse(facts, splices) and not _parses_whole(facts, changed):
        return False
    try:
        facts.source.to_bytes(changed)
    except SourceError:
        return False
    return not needs_python_3_12(facts.source.utf8, changed)


def _parses_whole(facts: ModuleFacts, changed: bytes) -> bool:
    try:
        Source.from_bytes(facts.path, changed).parse()
    except SourceError:
        return False
    return True


def _pieces_parse(facts: ModuleFacts, splices: Sequence[Splice]) -> bool:
    within: dict[Piece, list[Splice]] = {}
    for splice in splices:
        if _is_name_for_name(facts.source.utf8, splice):
            continue
        piece = _piece(facts, splice)
        if piece is None:
            return False
        within.setdefault(piece, []).append(splice)
    return all(_stands(piece, _text(facts, piece, inside)) for piece, inside in within.items())


def _is_name_for_name(utf8: bytes, splice: Splice) -> bool:
    """Whether a name (or dotted name) takes the place of another one, which leaves the grammar as it was."""
    start, end, text = splice
    old, around = utf8[start:end], utf8[max(0, start - 1) : start] + utf8[end : end + 1]
    if not _NAME.fullmatch(old) or not _NAME.fullmatch(text) or not _APART.fullmatch(around):
        return False
    longer = b"." in text and b"." not in old
    return not longer and _RESERVED.isdisjoint((*old.split(b"."), *text.split(b".")))


def _text(facts: ModuleFacts, piece: Piece, inside: list[Splice]) -> bytes:
    return spliced(facts.source.utf8, inside, piece.start, piece.end)


def _stands(piece: Piece, text: bytes) -> bool:
    """Whether the changed lines of a piece can stand in its place."""
    if not text.endswith((b"\n", b"\r")):
        return not text and not piece.indent
    if piece.head:
        text += piece.body + b"pass\n"
    above = _NEST + piece.indent + b"pass\n" if piece.indent else b""
    return _parses_alone(above + text + piece.indent + b"pass\n", piece.head, bool(piece.indent))


@lru_cache(maxsize=1024)
def _parses_alone(text: bytes, head: str, nested: bool) -> bool:
    """Whether lines parse between their neighbours, and end with what else may follow such a head.

    The same import statements stand in many files of an estate, so the answers are kept.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text.decode("utf-8", "surrogatepass")).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    around = body[0] if nested else None
    own = around.body[1:-1] if isinstance(around, ast.If) else body[:-1]
    if head:
        return bool(own) and type(own[-1]).__name__ == head
    return bool(own) or around is None


def _piece(facts: ModuleFacts, splice: Splice) -> Piece | None:
    """The smallest piece around a splice; None where it crosses the borders of pieces."""
    line = facts.source.line_of(splice.start)
    body: list[ast.stmt] | None = facts.tree.body
    while body is not None:
        at = next((at for at, statement in enumerate(body) if _last(statement) >= line), None)
        if at is None or _first(body[at]) > line:
            return None
        statement, body = body[at], None
        inner = list(_bodies(statement))
        if not inner or line < _first(inner[0][0]):
            return _enclosing(facts, statement, inner, splice)
        for statements in inner:
            if _first(statements[0]) <= line <= _last(statements[-1]):
                body = statements
    return None


def _enclosing(
    facts: ModuleFacts, statement: ast.stmt, inner: list[list[ast.stmt]], splice: Splice
) -> Piece | None:
    """The lines of a simple statement, or of the head of a compound one, if they hold nothing else."""
    source = facts.source
    first = _first(statement)
    start, indent = source.line_starts[first - 1], source.indent_of(first)
    below = _first(inner[0][0]) if inner else _last(statement) + 1
    if below > len(source.line_starts):
        return None
    end, body = source.line_starts[below - 1], source.indent_of(below) if inner else b""
    if indent is None or body is None or splice.end > end or (inner and not body):
        return None
    if len(indent) != statement.col_offset or (inner and len(body) != inner[0][0].col_offset):
        return None
    head = type(statement).__name__ if inner else ""
    return Piece(start, end, indent, head, body) if _is_alone(facts, statement, end) else None


def _is_alone(facts: ModuleFacts, statement: ast.stmt, end: int) -> bool:
    """Whether no other statement follows on a simple statement's last line."""
    if next(_bodies(statement), None):
        return True
    rest = facts.source.utf8[facts.source.span(statement)[1] : end].strip()
    return not rest or rest.startswith(b"#")


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The lists of statements that a compound statement holds, in their order."""
    if body := getattr(statement, "body", None):
        yield body
    for arm in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield arm.body
    for name in ("orelse", "finalbody"):
        if statements := getattr(statement, name, None):
            yield statements


def _first(statement: ast.stmt) -> int:
    decorators: Sequence[ast.expr] = getattr(statement, "decorator_list", ())
    return min((statement.lineno, *(decorator.lineno for decorator in decorators)))


def _last(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno
