"""A journal of what an import writes: names and outcomes as JSON lines, each on disk before the next call is made."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from airshift.errors import UsageError
from airshift.metadata.model import Kind

STARTED = "started"
WRITTEN = frozenset({"created", "replaced"})


class Journal:
    """Appends to a file; values never get here."""

    def __init__(
        self, path: Path, target: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._path = path
        self._target = target
        self._now = now
        self._file: IO[str] | None = None

    def __enter__(self) -> Journal:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
            self._end_torn_line()
        except OSError as error:
            raise UsageError(
                f"--journal {self._path}: cannot be written: {error.strerror or error}"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def record(self, entities: Iterable[tuple[Kind, str]], outcome: str, reason: str = "") -> None:
        """Write a line for each and wait until the disk has them."""
        if self._file is None:
            raise ValueError("the journal is not open")
        for kind, name in entities:
            line: dict[str, Any] = {"time": self._now().isoformat(), "target": self._target}
            line |= {"kind": kind.value, "name": name, "outcome": outcome}
            self._file.write(json.dumps(line | ({"reason": reason} if reason else {})) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _end_torn_line(self) -> None:
        """A killed run may have left half a line: keep it from swallowing ours."""
        data = self._path.read_bytes()
        if self._file is not None and data and not data.endswith(b"\n"):
            self._file.write("\n")


def written_earlier(path: Path, target: str) -> frozenset[tuple[Kind, str]]:
    """What earlier runs wrote to this target, or had begun to write when they ended."""
    latest: dict[tuple[Kind, str], str] = {}
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return frozenset()
    except OSError as error:
        raise UsageError(f"--journal {path}: cannot be read: {error.strerror or error}") from error
    for line in lines:
        try:
            record = json.loads(line)
            if record["target"] == target:
                latest[Kind(record["kind"]), str(record["name"])] = str(record["outcome"])
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return frozenset(key for key, outcome in latest.items() if outcome in {*WRITTEN, STARTED})
