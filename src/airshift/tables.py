"""The tables that ship with airshift. They are TOML, which takes long to read, so a twin in JSON is kept beside them.

A twin is to a table what a .pyc file is to a module: it is in `__pycache__`, names the bytes that it was made of, is
only believed while these are the same, and is not written where Python writes none.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

Table = dict[str, Any]


def read_table(path: Path) -> Table:
    """The content of a TOML file; raise ValueError when it is none."""
    raw = path.read_bytes()
    made_of = blake2b(raw, digest_size=16).hexdigest()
    twin = path.parent / "__pycache__" / f"{path.stem}.json"
    known = _read(twin, made_of)
    if known is not None:
        return known
    import tomllib

    content = tomllib.loads(raw.decode("utf-8"))
    if not sys.dont_write_bytecode:
        _keep(twin, made_of, content)
    return content


def _read(twin: Path, made_of: str) -> Table | None:
    """What the twin of these bytes holds; None without one."""
    try:
        head, _, text = twin.read_text(encoding="utf-8").partition("\n")
        content = json.loads(text) if head == made_of else None
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _keep(twin: Path, made_of: str, content: Table) -> None:
    """Write a twin, whole or not at all; a table that JSON cannot hold, or a folder of others, goes without."""
    unfinished = twin.with_name(f"{twin.name}.{os.getpid()}")
    with suppress(OSError, TypeError, ValueError):
        text = json.dumps(content)
        if json.loads(text) != content:
            return
        twin.parent.mkdir(exist_ok=True)
        unfinished.write_text(f"{made_of}\n{text}", encoding="utf-8")
        unfinished.replace(twin)
