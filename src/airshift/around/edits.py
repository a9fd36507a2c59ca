"""Apply the fixes of one file: each whole or not at all, in the order of the text.

A fix that overlaps an earlier one waits for the next round. Options moved into a section of airflow.cfg
that does not exist yet share the section that the first of them creates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from airshift.findings import Edit, Fix

_SECTION = re.compile(rb"(?:\r?\n)?(\[[^\]\r\n]+\]\r?\n)")


def apply_fixes(utf8: bytes, fixes: Iterable[Fix]) -> tuple[bytes, tuple[Fix, ...]]:
    """The text with the fixes made, and which were; edits that do not fit the text are left out."""
    made: list[Fix] = []
    edits: list[Edit] = []
    for fix in fixes:
        if all(_fits(utf8, edit) for edit in fix.edits) and not _overlap(edits, fix.edits):
            made.append(fix)
            edits.extend(fix.edits)
    return _splice(utf8, edits), tuple(made)


def _fits(utf8: bytes, edit: Edit) -> bool:
    return utf8[edit.start : edit.end] == edit.expected


def _overlap(taken: Iterable[Edit], wanted: Iterable[Edit]) -> bool:
    return any(_meet(one, other) for one in taken for other in wanted)


def _meet(one: Edit, other: Edit) -> bool:
    if one.start == one.end and other.start == other.end:
        return False
    if one.start == one.end or other.start == other.end:
        point, range_ = (one, other) if one.start == one.end else (other, one)
        return range_.start < point.start < range_.end
    return one.start < other.end and other.start < one.end


def _splice(utf8: bytes, edits: list[Edit]) -> bytes:
    parts: list[bytes] = []
    position = 0
    inserted: dict[int, list[bytes]] = {}
    for edit in edits:
        if edit.start == edit.end:
            inserted.setdefault(edit.start, []).append(edit.text)
    replaced = [edit for edit in edits if edit.start != edit.end]
    joined = [Edit(at, at, b"", _join(texts)) for at, texts in inserted.items()]
    for edit in sorted((*replaced, *joined), key=lambda edit: (edit.start, edit.end)):
        parts += (utf8[position : edit.start], edit.text)
        position = edit.end
    return b"".join((*parts, utf8[position:]))


def _join(texts: list[bytes]) -> bytes:
    """Texts inserted at one point, in order; those that open the same section share it."""
    sections: dict[bytes, list[bytes]] = {}
    plain: list[bytes] = []
    for text in texts:
        opened = _SECTION.match(text)
        if opened is None:
            plain.append(text)
        elif opened.group(1) in sections:
            sections[opened.group(1)].append(text[opened.end() :])
        else:
            sections[opened.group(1)] = [text]
    return b"".join((*plain, *(part for group in sections.values() for part in group)))
