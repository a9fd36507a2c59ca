"""Edits that rename, move, remove or correct one option, and touch nothing else."""

from __future__ import annotations

from airshift.around.cfg import sections
from airshift.around.document import Document
from airshift.around.env_lines import references
from airshift.around.options import Name
from airshift.around.setting import Setting, Spelling
from airshift.findings import Applicability, Edit, Fix

_READ_TOO = "the file also reads the variable by its old name"


def rename(document: Document, setting: Setting, to: Name) -> Fix | None:
    """Give the option its new name; None where that takes more than this file's text."""
    if setting.name[0] == to[0] or setting.spelling in (Spelling.ENV, Spelling.DOTTED):
        return _fix(document, setting, (document.edit(setting.key, setting.spelled(to)),))
    if setting.spelling is Spelling.CFG and setting.whole is not None:
        return Fix(_move(document, setting, to), Applicability.SAFE)
    return None


def remove(document: Document, setting: Setting) -> Fix | None:
    """Delete the option with its line or lines; comments stay."""
    if setting.whole is None:
        return None
    return _fix(document, setting, (document.edit(setting.whole, ""),))


def correct(document: Document, setting: Setting, item: str, instead: str) -> Fix | None:
    """Put another value, or another item of a list, in the place of one that no longer works."""
    if setting.value_span is None or not instead:
        return None
    start = document.text.find(item, *setting.value_span)
    if start < 0:
        return None
    edit = document.edit((start, start + len(item)), instead)
    return Fix((edit,), Applicability.UNSAFE, "another implementation takes over")


def _fix(document: Document, setting: Setting, edits: tuple[Edit, ...]) -> Fix:
    if setting.spelling is Spelling.ENV and references(document, setting.spelled(setting.name)):
        return Fix(edits, Applicability.UNSAFE, _READ_TOO)
    return Fix(edits, Applicability.SAFE)


def _move(document: Document, setting: Setting, to: Name) -> tuple[Edit, ...]:
    assert setting.whole is not None
    start, end = setting.whole
    lines = document.text[start : setting.key[0]] + setting.spelled(to) + document.text[setting.key[1] : end]
    if not lines.endswith(("\n", "\r")):
        lines += document.newline
    known = sections(document).get(to[0])
    if known is None:
        at, lines = len(document.text), f"{document.newline}[{to[0]}]{document.newline}{lines}"
    else:
        at = known.end
    if at and not document.text[:at].endswith(("\n", "\r")):
        lines = document.newline + lines
    return (document.edit((start, end), ""), document.edit((at, at), lines))
