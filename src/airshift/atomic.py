"""Whole files or nothing: write beside the target, flush to disk, rename over it."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from airshift.redact import redact_text

_TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}\.airshift\Z", re.DOTALL)
STALE = 3600
"""Seconds after which a temporary file has no writer any more: a write takes far less, whatever the disk."""


def write_bytes(path: Path, data: bytes) -> None:
    """Replace `path` by a file with this content, keeping its permissions; parents are created."""
    path = path.resolve() if path.is_symlink() else path
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = _mode(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".airshift", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def write_text(path: Path, text: str, *, exact: bool = False) -> None:
    """Replace `path` by a UTF-8 file with this text; newlines are written as they are.

    Credentials are masked, unless the file is one of the estate's own and has to be `exact`.
    """
    shown = text if exact else redact_text(text)
    write_bytes(path, shown.encode("utf-8", "backslashreplace"))


def remove_leftovers(paths: Iterable[Path]) -> int:
    """Remove what killed runs left of unfinished writes; younger ones may belong to a run that goes on."""
    removed = 0
    for path in paths:
        if not _TEMPORARY.fullmatch(path.name):
            continue
        with contextlib.suppress(OSError):
            if not path.is_symlink() and time.time() - path.stat().st_mtime > STALE:
                path.unlink()
                removed += 1
    return removed


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
