"""String literals of Python files as text with places, f-strings included."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from airshift.around.document import Document, Span
from airshift.around.matches import Match
from airshift.engine.source import Source
from airshift.records import dataclass

_OPENING = re.compile(r"[A-Za-z]{0,3}(?P<quote>\"\"\"|'''|\"|')")


@dataclass(frozen=True, slots=True)
class Literal:
    """The text of a string literal, and where it stands if its characters stand there as they are."""

    text: str
    span: Span
    exact: bool

    def placed(self, match: Match) -> Match:
        """A match in the text as one in the document; without edits where characters do not correspond."""
        if self.exact:
            return match.moved(self.span[0])
        return Match(match.code, self.span, match.message, match.symbol)


def literal(document: Document, source: Source, node: ast.expr) -> Literal | None:
    """The literal that a string or f-string node is; placeholders of f-strings stay as written."""
    if isinstance(node, ast.Constant) and not isinstance(node.value, str):
        return None
    if not isinstance(node, ast.Constant | ast.JoinedStr):
        return None
    span = span_of(source, node)
    raw = document.text[span[0] : span[1]]
    opening = _OPENING.match(raw)
    if opening is not None:
        inner = (span[0] + opening.end(), span[1] - len(opening["quote"]))
        body = document.text[inner[0] : inner[1]]
        same = body == node.value if isinstance(node, ast.Constant) else opening["quote"] not in body
        if same and "\\" not in body:
            return Literal(body, inner, True)
    text = node.value if isinstance(node, ast.Constant) else _joined(node)
    return Literal(str(text), span, False)


def span_of(source: Source, node: ast.expr) -> Span:
    """Characters of a node."""
    start, end = source.span(node)
    before = len(source.utf8[:start].decode("utf-8", "surrogatepass"))
    return before, before + len(source.utf8[start:end].decode("utf-8", "surrogatepass"))


def docstrings(nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """Strings that stand alone as statements."""
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _joined(node: ast.JoinedStr) -> str:
    parts = []
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append(str(value.value))
        elif isinstance(value, ast.FormattedValue):
            parts.append("{" + ast.unparse(value.value) + "}")
    return "".join(parts)
