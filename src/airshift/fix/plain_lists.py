"""Arguments of calls and items of dict displays that are written plainly, changed by splices.

The text is the same that libcst would give, much sooner. Plain is what has nothing but a comma and white space between
its parts; what stands inside of them does not matter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from itertools import accumulate

from airshift.fix.changes import CannotRewrite, ItemChange, KeywordAddition, KeywordChange
from airshift.records import dataclass

_ODD = re.compile(r"[\r\f]|\A\s|\s\Z")
_BETWEEN = re.compile(r",\n?[ \t]*\Z")
_OPENING = re.compile(r"[({]\n?[ \t]*\Z")
_CLOSING = re.compile(r",?\n?[ \t]*[)}]\Z")
_AROUND_ONE = ("{}", "{,}")
_EQUAL = re.compile(r"[ \t]*=[ \t]*")
_COLON = re.compile(r"[ \t]*:[ \t]*\Z")
_TEXT = re.compile(r"(?P<prefix>[rRuU]?)(?P<quote>[\"'])[^\"'\\\n]*(?P=quote)\Z")


@dataclass(frozen=True, slots=True)
class PlainList:
    """The text of a call or dict display and where its parts stand in it, in characters."""

    text: str
    names: tuple[str | None, ...]
    """The keyword of each argument; None for a positional or unpacked one, and for items."""
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    keys: tuple[int, ...] = ()
    """Where the key of each item ends."""
    values: tuple[int, ...] = ()
    """Where the value of each item begins."""


def change_plain_call(text: str, change: KeywordChange | KeywordAddition) -> str | None:
    """The changed text of a call; None where its layout takes libcst."""
    call = _read_call(text)
    if call is None:
        return None
    if isinstance(change, KeywordAddition):
        return _added(call, change)
    if change.old not in call.names:
        raise CannotRewrite(f"{change.old}= is not written in the call")
    index = call.names.index(change.old)
    if change.name is None or (change.name != change.old and change.name in call.names):
        return _removed(call, index)
    start, end = call.starts[index], call.ends[index]
    equal = _EQUAL.match(text, start + len(change.old))
    if equal is None:
        return None
    value = text[equal.end() : end] if change.value is None else change.value
    return f"{text[:start]}{change.name}{equal[0]}{value}{text[end:]}"


def change_plain_dict(text: str, changes: Sequence[ItemChange]) -> str | None:
    """The changed text of a dict display; None where its layout takes libcst."""
    changed: str | None = text
    for change in sorted(changes, key=lambda change: -change.index):
        display = _read_dict(changed) if changed is not None else None
        changed = _changed_item(display, change) if display is not None else None
    return changed


def _changed_item(display: PlainList, change: ItemChange) -> str | None:
    text, index = display.text, change.index
    if change.key is None:
        around = text[: display.starts[0]] + text[display.ends[-1] :]
        return None if len(display.starts) == 1 and around not in _AROUND_ONE else _removed(display, index)
    start, end = display.starts[index], display.ends[index]
    key = _TEXT.match(text[start : display.keys[index]])
    if key is None:
        return None
    colon = text[display.keys[index] : display.values[index]]
    value = text[display.values[index] : end] if change.value is None else change.value
    return f"{text[:start]}{key['prefix']}{key['quote']}{change.key}{key['quote']}{colon}{value}{text[end:]}"


def _parsed(text: str) -> ast.expr | None:
    if _ODD.search(text) or not text.isascii():
        return None
    try:
        return ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _read_call(text: str) -> PlainList | None:
    call = _parsed(text)
    if not isinstance(call, ast.Call):
        return None
    offsets = _Offsets(text)
    arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    arguments.sort(key=lambda node: (node.lineno, node.col_offset))
    plain = PlainList(
        text,
        tuple(node.arg if isinstance(node, ast.keyword) else None for node in arguments),
        tuple(map(offsets.start, arguments)),
        tuple(map(offsets.end, arguments)),
    )
    return plain if _is_plain(plain, offsets.end(call.func)) else None


def _read_dict(text: str) -> PlainList | None:
    display = _parsed(text)
    if not isinstance(display, ast.Dict):
        return None
    offsets = _Offsets(text)
    keys = [key for key in display.keys if key is not None]
    if len(keys) != len(display.values) or not keys:
        return None
    plain = PlainList(
        text,
        (None,) * len(keys),
        tuple(map(offsets.start, keys)),
        tuple(map(offsets.end, display.values)),
        tuple(map(offsets.end, keys)),
        tuple(map(offsets.start, display.values)),
    )
    colons = all(map(_COLON.match, map(text.__getitem__, map(slice, plain.keys, plain.values))))
    return plain if colons and _is_plain(plain, 0) else None


class _Offsets:
    """Places in a text that was parsed behind an opening bracket."""

    def __init__(self, text: str) -> None:
        lengths = (len(line) + 1 for line in text.split("\n")[:-1])
        self._starts = [-1, *accumulate(lengths)]

    def start(self, node: ast.expr | ast.keyword) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.keyword) -> int:
        return self._starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)


def _is_plain(call: PlainList, opening: int) -> bool:
    if not call.starts:
        return call.text[opening:] == "()"
    gaps = zip(call.ends, call.starts[1:], strict=False)
    return (
        bool(_OPENING.match(call.text[opening : call.starts[0]]))
        and all(_BETWEEN.match(call.text[end:start]) for end, start in gaps)
        and bool(_CLOSING.match(call.text[call.ends[-1] :]))
    )


def _removed(plain: PlainList, index: int) -> str:
    text, last = plain.text, len(plain.starts) - 1
    if last == 0:
        return text[: plain.starts[0]].rstrip() + text[-1]
    if index == last:
        return text[: plain.ends[index - 1]] + text[plain.ends[index] :]
    return text[: plain.starts[index]] + text[plain.starts[index + 1] :]


def _added(call: PlainList, change: KeywordAddition) -> str:
    if change.name in call.names:
        raise CannotRewrite(f"{change.name}= is already written in the call")
    text, new = call.text, f"{change.name}={change.value}"
    if not call.starts:
        return f"{text[:-1]}{new})"
    end = call.ends[-1]
    tail = text[end:-1]
    if not tail.startswith(","):
        return f"{text[:end]},{_gap(_before(call, 0))}{new}{tail})"
    if "\n" not in tail:
        return f"{text[:end]}, {new}{tail})"
    models = (_before(call, len(call.starts) - 1), _before(call, 0))
    model = next((model for model in models if "\n" in model), tail)
    return f"{text[:end]},{_gap(model)}{new}{_line_break(tail)})"


def _before(call: PlainList, index: int) -> str:
    """The white space before an argument."""
    head = call.text[: call.starts[index]]
    return head[len(head.rstrip()) :]


def _gap(model: str) -> str:
    """White space as it stands before another argument, without empty lines."""
    return "\n" + model.rpartition("\n")[2] if "\n" in model else " "


def _line_break(tail: str) -> str:
    return ",\n" + tail.rpartition("\n")[2]
