"""What may change in a call or a dict display, and how: by a splice where that is enough, else with libcst."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from airshift.errors import AirshiftError
from airshift.records import dataclass


class CannotRewrite(AirshiftError):  # noqa: N818
    """A rewrite does not fit the code it was meant for; the finding stays manual."""


@dataclass(frozen=True, slots=True)
class KeywordChange:
    """Rename (`name`), change (`value`) or remove (`name` None) the keyword `old`."""

    old: str
    name: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class KeywordAddition:
    """Add `name=value` after the last argument."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class PositionalNaming:
    """Give the positional arguments from `start` on the keyword names `names`."""

    start: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemChange:
    """Rename, change or remove (`key` None) the item at `index` of a dict display."""

    index: int
    key: str | None
    value: str | None


CallChange = KeywordChange | KeywordAddition | PositionalNaming


def change_call(text: str, change: CallChange) -> str:
    """Apply a change to the source text of a call expression; comments and commas stay."""
    if isinstance(change, KeywordChange) and change.name is not None and change.value is None:
        renamed = _renamed(text, change.old, change.name)
        if renamed is not None:
            return renamed
    if not isinstance(change, PositionalNaming):
        from airshift.fix.plain_lists import change_plain_call

        changed = change_plain_call(text, change)
        if changed is not None:
            return changed
    from airshift.fix import calls

    return calls.change_call(text, [change])


def change_dict(text: str, changes: Sequence[ItemChange]) -> str:
    """Apply changes to the source text of a dict display; comments and commas stay."""
    from airshift.fix.plain_lists import change_plain_dict

    changed = change_plain_dict(text, changes)
    if changed is not None:
        return changed
    from airshift.fix import calls

    return calls.change_dict(text, changes)


def _renamed(text: str, old: str, new: str) -> str | None:
    """The call with one keyword renamed; None when that is not all there is to it."""
    try:
        call = ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(call, ast.Call):
        return None
    found = [keyword for keyword in call.keywords if keyword.arg == old]
    if len(found) != 1 or any(keyword.arg == new for keyword in call.keywords):
        return None
    lines = f"({text})".split("\n")
    line = lines[found[0].lineno - 1].encode()
    at = found[0].col_offset
    if "\r" in text or "\f" in text or line[at : at + len(old.encode())] != old.encode():
        return None
    lines[found[0].lineno - 1] = (line[:at] + new.encode() + line[at + len(old.encode()) :]).decode()
    return "\n".join(lines)[1:-1]
