"""Arguments of a call that is written plainly, changed by splices: the same text that libcst would give, much sooner.

Plain is a call without comments, whose arguments have nothing but a comma and white space between them.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import accumulate

from airshift.fix.changes import CannotRewrite, KeywordAddition, KeywordChange

_ODD = re.compile(r"[#\r\f\\]|[ \t]\n|\n[ \t]*\n|\A\s|\s\Z")
_BETWEEN = re.compile(r",[ \t\n]*\Z")
_OPENING = re.compile(r"\([ \t\n]*\Z")
_EQUAL = re.compile(r"[ \t\n]*=[ \t\n]*")
_CLOSING = re.compile(r",?\n?[ \t]*\)\Z")


@dataclass(frozen=True, slots=True)
class PlainCall:
    """The text of a call and where its arguments stand in it, in characters."""

    text: str
    names: tuple[str | None, ...]
    """The keyword of each argument; None for a positional or unpacked one."""
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def change_plain(text: str, change: KeywordChange | KeywordAddition) -> str | None:
    """The changed text of a call; None where its layout takes libcst."""
    call = _read(text)
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


def _read(text: str) -> PlainCall | None:
    if _ODD.search(text) or not text.isascii():
        return None
    try:
        call = ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(call, ast.Call):
        return None
    offset = _Offsets(text)
    arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    arguments.sort(key=lambda node: (node.lineno, node.col_offset))
    plain = PlainCall(
        text,
        tuple(node.arg if isinstance(node, ast.keyword) else None for node in arguments),
        tuple(offset.of(node.lineno, node.col_offset) for node in arguments),
        tuple(offset.of(node.end_lineno, node.end_col_offset) for node in arguments),
    )
    return plain if _is_plain(plain, offset.of(call.func.end_lineno, call.func.end_col_offset)) else None


class _Offsets:
    """Places in a text that was parsed behind an opening bracket."""

    def __init__(self, text: str) -> None:
        lengths = (len(line) + 1 for line in text.split("\n")[:-1])
        self._starts = [-1, *accumulate(lengths)]

    def of(self, line: int | None, column: int | None) -> int:
        return self._starts[(line or 1) - 1] + (column or 0)


def _is_plain(call: PlainCall, opening: int) -> bool:
    if not call.starts:
        return call.text[opening:] == "()"
    gaps = zip(call.ends, call.starts[1:], strict=False)
    return (
        bool(_OPENING.match(call.text[opening : call.starts[0]]))
        and all(_BETWEEN.match(call.text[end:start]) for end, start in gaps)
        and bool(_CLOSING.match(call.text[call.ends[-1] :]))
    )


def _removed(call: PlainCall, index: int) -> str:
    text, last = call.text, len(call.names) - 1
    if last == 0:
        return text[: text.rindex("(", 0, call.starts[0]) + 1] + ")"
    if index == last:
        return text[: call.ends[index - 1]] + text[call.ends[index] :]
    return text[: call.starts[index]] + text[call.starts[index + 1] :]


def _added(call: PlainCall, change: KeywordAddition) -> str:
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


def _before(call: PlainCall, index: int) -> str:
    """The white space before an argument."""
    head = call.text[: call.starts[index]]
    return head[len(head.rstrip()) :]


def _gap(model: str) -> str:
    """White space as it stands before another argument, without empty lines."""
    return "\n" + model.rpartition("\n")[2] if "\n" in model else " "


def _line_break(tail: str) -> str:
    return ",\n" + tail.rpartition("\n")[2]
