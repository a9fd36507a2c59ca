"""Edits of one file as a tree of byte ranges, printed from the inside out.

A replacement puts text in the place of a range; a change is applied by libcst to the text of an
expression whose inner edits have already been made. Ranges nest or are disjoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from typing import NamedTuple

from airshift.fix.changes import CallChange, CannotRewrite, ItemChange, change_call, change_dict
from airshift.records import dataclass


@dataclass(frozen=True, slots=True)
class Replacement:
    """Put `text` in the place of `start:end`."""

    start: int
    end: int
    text: str
    owner: int
    """Which hit asked for it."""


@dataclass(slots=True)
class Change:
    """Change the call or dict display at `start:end`; each change knows which hit asked for it."""

    start: int
    end: int
    calls: list[tuple[int, CallChange]] = field(default_factory=list)
    items: list[tuple[int, ItemChange]] = field(default_factory=list)


Edit = Replacement | Change


class Refused(CannotRewrite):
    """The edits of one hit cannot be made; `owner` tells which."""

    def __init__(self, owner: int, reason: str) -> None:
        super().__init__(reason)
        self.owner = owner


class Splice(NamedTuple):
    """The bytes `start:end` become `text`."""

    start: int
    end: int
    text: bytes


def splices(utf8: bytes, edits: Sequence[Edit]) -> list[Splice]:
    """What the edits come to, in order and apart from each other; raise Refused for one that cannot be made."""
    ordered = sorted(_without_repeats(edits), key=_order)
    _check_nesting(ordered)
    return list(_made(utf8, ordered))


def spliced(utf8: bytes, made: Iterable[Splice], low: int = 0, high: int | None = None) -> bytes:
    """The text between two places with the splices made that lie there."""
    parts: list[bytes] = []
    for start, end, text in made:
        parts += (utf8[low:start], text)
        low = end
    parts.append(utf8[low:high])
    return b"".join(parts)


def _order(edit: Edit) -> tuple[int, bool, int, bool]:
    """Insertions first, then outer ranges before inner ones, changes before replacements."""
    return edit.start, edit.start != edit.end, -edit.end, isinstance(edit, Replacement)


def _without_repeats(edits: Sequence[Edit]) -> list[Edit]:
    seen: set[tuple[int, int, str]] = set()
    kept: list[Edit] = []
    for edit in edits:
        if isinstance(edit, Replacement) and edit.start != edit.end:
            key = (edit.start, edit.end, edit.text)
            if key in seen:
                continue
            seen.add(key)
        kept.append(edit)
    return kept


def _check_nesting(ordered: list[Edit]) -> None:
    open_edits: list[Edit] = []
    for edit in ordered:
        while open_edits and open_edits[-1].end <= edit.start:
            open_edits.pop()
        if open_edits:
            outer = open_edits[-1]
            if edit.end > outer.end or isinstance(outer, Replacement):
                raise Refused(owner_of(edit), "it lies inside another fix")
        if edit.start != edit.end:
            open_edits.append(edit)


def owner_of(edit: Edit) -> int:
    """Which hit asked for an edit."""
    if isinstance(edit, Replacement):
        return edit.owner
    return (edit.calls or edit.items)[0][0]


def _made(utf8: bytes, edits: list[Edit]) -> Iterator[Splice]:
    index = 0
    while index < len(edits):
        edit = edits[index]
        following = index + 1
        while following < len(edits) and edits[following].start < edit.end:
            following += 1
        if isinstance(edit, Replacement):
            text = edit.text
        else:
            inner = spliced(utf8, _made(utf8, edits[index + 1 : following]), edit.start, edit.end)
            text = _changed(inner.decode("utf-8", "surrogatepass"), edit)
        yield Splice(edit.start, edit.end, text.encode("utf-8", "surrogatepass"))
        index = following


def _changed(text: str, edit: Change) -> str:
    for owner, change in edit.calls:
        try:
            text = change_call(text, change)
        except CannotRewrite as error:
            raise Refused(owner, str(error)) from error
    if edit.items:
        try:
            text = change_dict(text, [change for _, change in edit.items])
        except CannotRewrite as error:
            raise Refused(edit.items[0][0], str(error)) from error
    return text
