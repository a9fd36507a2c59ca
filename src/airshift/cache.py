"""Results of earlier runs, kept by the content of what they were computed from.

One SQLite file holds them: several runs may use it at once, and none of them can be harmed by it. Whatever is
wrong with the file, airshift works as if it were empty. A value is never trusted with more than data: what is
unpickled may only consist of airshift's own records.
"""

from __future__ import annotations

import io
import pickle
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path
from time import time
from typing import Any

from airshift.folders import cache_folder

FILE = "results.sqlite"
LARGEST = 256 * 1024 * 1024
"""Bytes of the file above which the results that were not used for longest are dropped."""
_DAY = 86400
_AT_ONCE = 500
_RECORDS = frozenset(
    {
        ("airshift.engine.handed", "Handed"),
        ("airshift.engine.handed", "Handing"),
        ("airshift.engine.project", "ModuleSummary"),
        ("airshift.engine.template_files", "TemplateReference"),
        ("airshift.findings", "Applicability"),
        ("airshift.findings", "Finding"),
        ("airshift.findings", "Kind"),
        ("airshift.findings", "Origin"),
        ("airshift.findings", "Place"),
        ("airshift.findings", "Problem"),
        ("airshift.findings", "Severity"),
        ("airshift.file_result", "FileResult"),
        ("airshift.suppress", "Suppression"),
        ("builtins", "frozenset"),
        ("copyreg", "__newobj__"),
    }
)
"""What a value may be made of, besides plain data."""


def digest(*parts: bytes | str) -> bytes:
    """A key for a sequence of parts."""
    found = blake2b(digest_size=16)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        found.update(len(raw).to_bytes(8, "little"))
        found.update(raw)
    return found.digest()


def dumps(value: object) -> bytes:
    """A value as bytes that `loads` takes."""
    return pickle.dumps(value, protocol=5)


def loads(raw: bytes) -> Any:
    """The value, which can only be plain data and airshift's own records; raise ValueError otherwise."""
    try:
        return _Records(io.BytesIO(raw)).load()
    except Exception as error:
        raise ValueError(f"not a result of airshift ({type(error).__name__})") from None


class _Records(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _RECORDS:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)


class Cache:
    """Values by key; every failure of the file is an empty answer."""

    def __init__(self, folder: Path | None = None) -> None:
        self.path = (folder or cache_folder()) / FILE
        self._file: sqlite3.Connection | None = None
        with suppress(OSError, sqlite3.Error):
            self._file = _opened(self.path)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values of those keys that are known."""
        found: dict[bytes, bytes] = {}
        if self._file is None:
            return found
        today = int(time()) // _DAY
        with suppress(sqlite3.Error):
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                asked = f"SELECT key, value, day FROM results WHERE key IN ({marks})"
                rows = self._file.execute(asked, some).fetchall()
                found.update((key, value) for key, value, _ in rows)
                old = [(today, key) for key, _, day in rows if day != today]
                self._file.executemany("UPDATE results SET day = ? WHERE key = ?", old)
            self._file.commit()
        return found

    def put(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep values; those that were not used for longest go when the file has grown too large."""
        if self._file is None:
            return
        today = int(time()) // _DAY
        with suppress(sqlite3.Error, OSError):
            with self._file:
                self._file.executemany(
                    "INSERT OR REPLACE INTO results (key, day, value) VALUES (?, ?, ?)",
                    [(key, today, value) for key, value in rows],
                )
            if self.path.stat().st_size > LARGEST:
                _prune(self._file)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with suppress(sqlite3.Error):
                self._file.close()


def clean(folder: Path | None = None) -> int:
    """Remove the results; the number of bytes that were freed."""
    freed = 0
    path = (folder or cache_folder()) / FILE
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with suppress(FileNotFoundError):
            size = file.stat().st_size
            file.unlink()
            freed += size
    return freed


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
    try:
        return _prepared(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        path.unlink()
        path.touch(mode=0o600)
        return _prepared(path)


def _prepared(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=2)
    try:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = OFF")
        file.execute(
            "CREATE TABLE IF NOT EXISTS results (key BLOB PRIMARY KEY, day INTEGER NOT NULL, value BLOB NOT NULL)"
        )
    except sqlite3.Error:
        file.close()
        raise
    return file


def _prune(file: sqlite3.Connection) -> None:
    """Drop the half that was not used for longest."""
    with closing(file.cursor()) as cursor, file:
        (count,) = cursor.execute("SELECT count(*) FROM results").fetchone()
        cursor.execute(
            "DELETE FROM results WHERE rowid IN (SELECT rowid FROM results ORDER BY day, rowid LIMIT ?)",
            (count // 2 + 1,),
        )
    file.execute("VACUUM")
