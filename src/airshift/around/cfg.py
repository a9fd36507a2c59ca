"""Read airflow.cfg: sections, options, values over several lines, comments left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from airshift.around.document import Document, Span
from airshift.around.setting import Setting, Spelling, split_suffix
from airshift.records import dataclass

_SECTION = re.compile(r"\[(?P<name>[^\]]+)\]")
_OPTION = re.compile(r"(?P<key>[^\s=:#;\[][^=:]*?)[ \t]*[=:][ \t]*(?P<value>.*?)[ \t]*$")
_COMMENT_LINE = re.compile(r"(?m)^[ \t]*[#;]")
_COMMENT = re.compile(r"[ \t]*[#;]")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the file."""

    name: str
    end: int
    """Where a new option goes: after its last entry."""


@dataclass(frozen=True, slots=True)
class _Entry:
    section: str
    key: Span
    value: Span
    last_line: int


def read_cfg(document: Document) -> Iterator[Setting]:
    """Yield every option that is set; commented lines are not."""
    for entry in _entries(document):
        name, suffix = split_suffix((entry.section, document.text[entry.key[0] : entry.key[1]].lower()))
        raw = document.text[entry.value[0] : entry.value[1]]
        lines = (document.whole_lines(entry.key)[0], document.line_span(entry.last_line)[1])
        whole = None if _COMMENT_LINE.search(document.text, *lines) else lines
        single = entry.last_line == document.line_of(entry.key[0])
        value = None if suffix else raw.replace("%%", "%")
        yield Setting(name, value, Spelling.CFG, entry.key, entry.value if single else None, whole, suffix)


def read_held_cfg(document: Document, span: Span) -> Iterator[Setting]:
    """Yield every option of an airflow.cfg that an indented block of another file holds."""
    first, last = document.line_of(span[0]) + 1, document.line_of(span[1] - 1)
    lines = [document.text[slice(*document.line_span(line))] for line in range(first, last + 1)]
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    inner = Document.from_bytes(document.path, "".join(line[indent:] or "\n" for line in lines).encode())

    def outer(found: Span) -> Span:
        line = inner.line_of(found[0])
        shift = document.line_starts[first + line - 2] + indent - inner.line_starts[line - 1]
        return found[0] + shift, found[1] + shift

    for setting in read_cfg(inner):
        value = outer(setting.value_span) if setting.value_span is not None else None
        yield replace(setting, spelling=Spelling.NESTED, key=outer(setting.key), value_span=value, whole=None)


def sections(document: Document) -> dict[str, Section]:
    """The sections of the file by name; of one that is opened twice, the first."""
    found: dict[str, Section] = {}
    ends = {entry.section: document.line_span(entry.last_line)[1] for entry in _entries(document)}
    for line, text in _lines(document):
        header = _SECTION.match(text)
        if header is not None:
            name = header["name"].strip().lower()
            found.setdefault(name, Section(name, ends.get(name, document.line_span(line)[1])))
    return found


def _entries(document: Document) -> Iterator[_Entry]:
    section = ""
    open_entry: _Entry | None = None
    for line, text in _lines(document):
        start = document.line_starts[line - 1]
        if not text.strip() or _COMMENT.match(text):
            continue
        if open_entry is not None and text[0] in " \t":
            open_entry = _extended(open_entry, line, start + len(text.rstrip()))
            continue
        if open_entry is not None:
            yield open_entry
            open_entry = None
        header, option = _SECTION.match(text), _OPTION.match(text)
        if header is not None:
            section = header["name"].strip().lower()
        elif option is not None and section:
            key = (start + option.start("key"), start + option.end("key"))
            open_entry = _Entry(
                section, key, (start + option.start("value"), start + option.end("value")), line
            )
    if open_entry is not None:
        yield open_entry


def _extended(entry: _Entry, line: int, end: int) -> _Entry:
    return _Entry(entry.section, entry.key, (entry.value[0], end), line)


def _lines(document: Document) -> Iterator[tuple[int, str]]:
    for line in range(1, len(document.line_starts) + 1):
        start, end = document.line_span(line)
        yield line, document.text[start:end].rstrip("\r\n")
