"""Write suppression comments for findings: `# airshift: ignore[AS101]` at the end of their lines."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable

from airshift.engine.source import Source
from airshift.findings import Finding

_OWN = re.compile(rb"#\s*airshift:\s*ignore\[(?P<codes>[^\]]*)\]")
_OPEN = frozenset(kind for kind, name in tokenize.tok_name.items() if name.endswith("STRING_START"))
_CLOSE = frozenset(kind for kind, name in tokenize.tok_name.items() if name.endswith("STRING_END"))


def with_suppressions(source: Source, findings: Iterable[Finding]) -> bytes:
    """The text with a comment on the first or last line of each finding, where a comment can stand."""
    open_lines = _lines_that_take_comments(source)
    codes: dict[int, set[str]] = {}
    for finding in findings:
        line = next((n for n in (finding.place.line, finding.place.end_line) if n in open_lines), None)
        if line is not None:
            codes.setdefault(line, set()).add(finding.code)
    utf8 = source.utf8
    for line in sorted(codes, reverse=True):
        start, end = _line(source, line)
        utf8 = utf8[:start] + _commented(utf8[start:end], codes[line], open_lines[line]) + utf8[end:]
    return utf8 if _means_the_same(source, utf8) else source.utf8


def _lines_that_take_comments(source: Source) -> dict[int, int]:
    """Line -> byte column of the comment that ends it, -1 for none; not within strings or before a backslash."""
    text = source.utf8.decode("utf-8", "surrogatepass").replace("\r\n", "\n").replace("\r", "\n")
    found: dict[int, int] = {}
    comments: dict[int, int] = {}
    depth = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            depth += (token.type in _OPEN) - (token.type in _CLOSE)
            line, column = token.start
            if token.type == tokenize.COMMENT:
                comments[line] = len(token.line[:column].encode("utf-8", "surrogatepass"))
            elif token.type in (tokenize.NL, tokenize.NEWLINE) and not depth:
                found[line] = comments.get(line, -1)
    except (tokenize.TokenError, SyntaxError):
        return {}
    return found


def _line(source: Source, number: int) -> tuple[int, int]:
    """Byte range of a line without its line break."""
    start = source.line_starts[number - 1]
    stop = source.line_starts[number] if number < len(source.line_starts) else len(source.utf8)
    return start, start + len(source.utf8[start:stop].rstrip(b"\r\n"))


def _commented(line: bytes, codes: set[str], comment: int) -> bytes:
    existing = _OWN.search(line, comment) if comment >= 0 else None
    if existing is None:
        return line.rstrip() + f"  # airshift: ignore[{', '.join(sorted(codes))}]".encode()
    written = [
        code.strip() for code in existing["codes"].decode("utf-8", "replace").split(",") if code.strip()
    ]
    listed = ", ".join([*written, *sorted(codes - set(written))])
    return line[: existing.start("codes")] + listed.encode() + line[existing.end("codes") :]


def _means_the_same(source: Source, utf8: bytes) -> bool:
    changed = Source.from_bytes(source.path, utf8)
    return ast.dump(changed.parse()) == ast.dump(source.parse())
