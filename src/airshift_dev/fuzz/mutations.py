"""How inputs grow: changes of bytes, of words, and of what a format is made of, so that most stay readable.

Random bytes are refused at the door. A Python file that still parses, a JSON document with one value of another
type, a database with one odd cell get to where the work is done.
"""

from __future__ import annotations

import ast
import copy
import io
import json
import random
import re
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]
"""Chance, the input that is changed, and all known inputs to take parts from."""

_WORD = re.compile(rb"\s+|\w+|[^\w\s]")
_ODD = (
    *(b"\0", b"\r\n", b"\r", b"\x0c", b"\xef\xbb\xbf", b"\xff", "ü💥".encode(), b"\\\n", b"'''", b'"""', b"{{", b"%}"),
    *(b"# -*- coding: utf-7 -*-\n", b"# coding: latin-1\n", b"(" * 200, b"[" * 200, b"-" * 500, b"lambda: " * 50),
    *(b"None", b"1e999", b"9" * 400, b"\x1b[31m", b"*", b"**", b"f'{", b"global x\n", b"async ", b"match x:\n case _:"),
)  # fmt: skip
_ODD_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        0,
        10**30,
        1e308,
        float("nan"),
        float("inf"),
        "",
        "\0",
        "\x1b[31m",
        "\ud800",
        "a" * 300,
    ),
    *(
        [],
        {},
        [[]],
        [None],
        {"": None},
        {"a": {"a": {"a": []}}},
        "=cmd|' /C calc'!A0",
        "<script>",
        "../../x",
        "💥",
    ),
    *(
        "9999-12-31T23:59:59+00:00",
        "0001-01-01",
        "P1D",
        "@daily",
        "* * * * *",
        "60 * * * *",
        "0 0 31 2 *",
        "1e9",
    ),
)
_ODD_NAMES = (
    "../x",
    "/x",
    "a/../../x",
    "C:\\x",
    "a\\..\\x",
    "",
    ".",
    "a" * 300,
    "\0",
    "ü",
    "a/",
    "a/b",
    "\x1b[1m",
    "CON",
)


def by_bytes(chance: random.Random, raw: bytes, known: Sequence[bytes]) -> bytes:
    """A few random cuts, copies, swaps and changes of bytes."""
    text = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(text))
        match chance.randint(0, 5):
            case 0:
                del text[at : at + chance.randint(1, 20)]
            case 1:
                text[at:at] = bytes(chance.randint(0, 255) for _ in range(chance.randint(1, 4)))
            case 2:
                other = chance.choice(known)
                start = chance.randint(0, len(other))
                text[at:at] = other[start : start + chance.randint(1, 60)]
            case 3:
                text[at:at] = text[at : at + chance.randint(1, 30)] * chance.randint(1, 8)
            case 4 if at < len(text):
                text[at] ^= 1 << chance.randint(0, 7)
            case _:
                text[at:at] = chance.choice(_ODD)
    return bytes(text)


def by_words(chance: random.Random, raw: bytes, known: Sequence[bytes]) -> bytes:
    """Words and signs are swapped, dropped, doubled and taken from other inputs."""
    words: list[bytes] = _WORD.findall(raw)
    for _ in range(chance.randint(1, 4)):
        if not words:
            break
        at = chance.randrange(len(words))
        match chance.randint(0, 3):
            case 0:
                del words[at]
            case 1:
                words[at] = chance.choice(_words(chance.choice(known)) or (b"",))
            case 2:
                words.insert(at, words[chance.randrange(len(words))])
            case _:
                other = chance.randrange(len(words))
                words[at], words[other] = words[other], words[at]
    return b"".join(words)


@lru_cache(maxsize=4096)
def _words(raw: bytes) -> tuple[bytes, ...]:
    return tuple(_WORD.findall(raw))


def by_syntax(chance: random.Random, raw: bytes, known: Sequence[bytes]) -> bytes:
    """Expressions and statements of one module are put into another: most of the results parse."""
    tree, other = _parsed(raw), _parsed(chance.choice(known))
    if tree is None or other is None:
        return by_words(chance, raw, known)
    for _ in range(chance.randint(1, 3)):
        _graft(chance, tree, other)
    try:
        return ast.unparse(tree).encode("utf-8", "replace")
    except (ValueError, RecursionError, TypeError, AttributeError):
        return raw


def _parsed(raw: bytes) -> ast.Module | None:
    try:
        return ast.parse(raw)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _graft(chance: random.Random, tree: ast.Module, other: ast.Module) -> None:
    """Put a node of `other` where `tree` has one of the same sort."""
    if chance.random() < 0.4:
        bodies = [body for node in ast.walk(tree) if (body := _body(node))]
        statements = [one for node in ast.walk(other) for one in _body(node)]
        if bodies and statements:
            body = chance.choice(bodies)
            body.insert(chance.randint(0, len(body)), copy.deepcopy(chance.choice(statements)))
        return
    places = [
        (node, name, value)
        for node in ast.walk(tree)
        for name, value in ast.iter_fields(node)
        if isinstance(value, ast.expr) and isinstance(getattr(value, "ctx", ast.Load()), ast.Load)
    ]
    parts = [
        node
        for node in ast.walk(other)
        if isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    ]
    if places and parts:
        node, name, _ = chance.choice(places)
        setattr(node, name, copy.deepcopy(chance.choice(parts)))


def _body(node: ast.AST) -> list[ast.stmt]:
    body = getattr(node, "body", None)
    return body if isinstance(body, list) else []


def by_values(chance: random.Random, raw: bytes, known: Sequence[bytes]) -> bytes:
    """Values of a JSON document get other types, go missing or come twice."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return by_words(chance, raw, known)
    for _ in range(chance.randint(1, 3)):
        places = list(_places(document))
        if not places:
            break
        holder, key = chance.choice(places)
        match chance.randint(0, 4):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            case 1:
                holder[chance.choice(("", "name", "dag_id", "\x1b[31m", "a.b"))] = copy.deepcopy(holder[key])
            case 2:
                other, its = chance.choice(places)
                with_it = json.dumps(other[its]) if its in _keys(other) else "null"
                holder[key] = json.loads(with_it) if len(with_it) < 2000 else None
            case _:
                holder[key] = copy.deepcopy(chance.choice(_ODD_VALUES))
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _places(value: Any) -> list[tuple[Any, Any]]:
    found, waiting = [], [value]
    while waiting:
        holder = waiting.pop()
        for key in _keys(holder):
            found.append((holder, key))
            waiting.append(holder[key])
    return found


def _keys(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else []


def by_cells(chance: random.Random, raw: bytes, known: Sequence[bytes]) -> bytes:
    """One cell of an SQLite database, or what a table is like, becomes odd."""
    base = sqlite3.connect(":memory:")
    try:
        base.deserialize(raw or known[0])
        tables = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for _ in range(chance.randint(1, 3)):
            _odd_cell(chance, base, chance.choice(tables))
        base.commit()
        return base.serialize()
    except (sqlite3.Error, IndexError, UnicodeError, OverflowError):
        return by_bytes(chance, raw, known)
    finally:
        base.close()


def _odd_cell(chance: random.Random, base: sqlite3.Connection, table: str) -> None:
    columns = [row[1] for row in base.execute(f'PRAGMA table_info("{table}")')]
    column = chance.choice(columns)
    if chance.random() < 0.05:
        base.execute(f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "{column}x"')
        return
    if chance.random() < 0.2:
        base.execute(f'DELETE FROM "{table}" WHERE rowid = (SELECT max(rowid) FROM "{table}")')
        return
    value = chance.choice(_ODD_VALUES)
    cell = value if isinstance(value, str | float) else json.dumps(value)
    if chance.random() < 0.3:
        cell = base.execute(f'SELECT max("{chance.choice(columns)}") FROM "{table}"').fetchone()[0]
    base.execute(
        f'UPDATE OR IGNORE "{table}" SET "{column}" = ?', (chance.choice((cell, b"\xff\0", None)) or cell,)
    )


def by_entries(chance: random.Random, raw: bytes, known: Sequence[bytes]) -> bytes:
    """An archive with one more entry whose name or kind is odd."""
    packed = io.BytesIO(raw)
    try:
        with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
            entry = zipfile.ZipInfo(chance.choice(_ODD_NAMES) or "x")
            entry.external_attr = chance.choice(
                (0, 0o120777 << 16, 0o010644 << 16, 0o040755 << 16, 0o104755 << 16)
            )
            archive.writestr(entry, chance.choice((b"", b"/etc/hosts", b"../../x", b"x" * 500)))
    except Exception:
        return by_bytes(chance, raw, known)
    return packed.getvalue()


def grown(
    chance: random.Random, raw: bytes, known: Sequence[bytes], sorts: Sequence[Mutation], longest: int
) -> bytes:
    """One input made of another, three times out of four by what its format is made of."""
    mutation = chance.choice(sorts) if sorts and chance.random() < 0.75 else by_bytes
    changed = mutation(chance, raw, known)
    return changed[:longest] or b"\n"
