"""A requirements file as logical lines; joining their raw text gives the file back, byte for byte."""

from __future__ import annotations

import re

from airshift.pin.grammar import Blank, Entry, parse_entry
from airshift.records import dataclass

_COMMENT = re.compile(r"(?:^|\s+)#.*\Z", re.DOTALL)
_COMMENT_LINE = re.compile(r"\s*#")


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line: continuation lines are joined."""

    number: int
    """Of its first physical line, from 1."""
    raw: str
    entry: Entry
    comment: str = ""
    """From `#` to the end of the line, if any."""

    @property
    def text(self) -> str:
        """What the line says without its comment, continuations joined by a blank."""
        return _joined(self.raw)[0]


@dataclass(frozen=True, slots=True)
class Document:
    """A file's logical lines, and the path it is shown by."""

    path: str
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The file's text."""
        return "".join(line.raw for line in self.lines)


def parse_document(text: str, path: str) -> Document:
    """Split a requirements file into logical lines and read each; never raises."""
    lines: list[Line] = []
    number = 1
    for raw in _logical_lines(text):
        content, comment = _joined(raw)
        entry = parse_entry(content) if content else Blank()
        lines.append(Line(number, raw, entry, comment))
        number += max(len(raw.splitlines()), 1)
    return Document(path, tuple(lines))


def _logical_lines(text: str) -> list[str]:
    """Cut the text where pip does: a backslash joins the next line, except at the end of a comment."""
    found: list[str] = []
    pending = ""
    for physical in _physical_lines(text):
        body = physical.rstrip("\r\n")
        pending += physical
        if body.endswith("\\") and not _COMMENT_LINE.match(body):
            continue
        found.append(pending)
        pending = ""
    return [*found, pending] if pending else found


def _physical_lines(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


def _joined(raw: str) -> tuple[str, str]:
    """Return (content, comment) of a logical line."""
    parts = []
    for physical in _physical_lines(raw):
        body = physical.rstrip("\r\n")
        joined = body.endswith("\\") and not _COMMENT_LINE.match(body)
        parts.append(body[:-1].strip(" \t") if joined else body)
    if len(parts) > 1 and _COMMENT_LINE.match(parts[-1]):
        parts[-1] = " " + parts[-1].lstrip()
    text = " ".join(part for part in parts if part)
    match = _COMMENT.search(text)
    return (text[: match.start()].strip(), match[0].strip()) if match else (text.strip(), "")
