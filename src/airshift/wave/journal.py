"""Everything a wave does, on disk before it is done: what makes it possible to go on after any interruption.

One SQLite file for all waves of a plan. A change of an environment is written here first (`begin`), then sent, then its
outcome is added (`end`). What has begun and not ended may have had its effect.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from airshift.errors import MALFORMED, UsageError, shown
from airshift.schedules import Run
from airshift.wave.states import Progress, State, Where

VERSION = "1"
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS waves (
  wave INTEGER PRIMARY KEY, digest TEXT NOT NULL, environments TEXT NOT NULL, facts TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS dags (
  wave INTEGER, dag_id TEXT, state TEXT NOT NULL, memory TEXT NOT NULL, PRIMARY KEY (wave, dag_id));
CREATE TABLE IF NOT EXISTS calls (
  id INTEGER PRIMARY KEY, wave INTEGER NOT NULL, dag_id TEXT NOT NULL, side TEXT NOT NULL, what TEXT NOT NULL,
  key TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL,
  outcome TEXT NOT NULL, ended TEXT, detail TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS calls_of ON calls (wave, dag_id, side);
"""


class Outcome(StrEnum):
    """What became of a call."""

    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"
    """It had no effect."""
    UNCERTAIN = "uncertain"
    """No answer: it may have had its effect, or have it yet."""


@dataclass(frozen=True, slots=True)
class Call:
    """One change of an environment; `key` is the same when it is repeated."""

    dag_id: str
    side: Where
    what: str
    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A call as the journal has it."""

    number: int
    call: Call
    who: str
    at: datetime
    outcome: Outcome
    ended: datetime | None
    detail: str


class Journal:
    """The journal of a plan's waves. `durable=False` does without waiting for the disk."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            self._base = sqlite3.connect(path, isolation_level=None, timeout=10)
        except sqlite3.Error as error:
            raise UsageError(f"{path}: no journal of a wave: {error}") from error
        try:
            self._prepare(durable=durable)
        except BaseException:
            self._base.close()
            raise

    def _prepare(self, *, durable: bool) -> None:
        try:
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
            self._base.executescript(_TABLES)
            version = self.meta("version", VERSION)
        except (sqlite3.Error, *MALFORMED) as error:
            raise UsageError(f"{self.path}: no journal of a wave: {shown(error)}") from error
        if version != VERSION:
            raise UsageError(f"{self.path}: the journal is of another version of airshift")

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def meta(self, key: str, default: str) -> str:
        """A value that is kept from the first time on."""
        self._base.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, default))
        found: str = self._base.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()[0]
        return found

    def wave(self, number: int) -> tuple[str, str, dict[str, Any]] | None:
        """Digest, environments and facts of a wave that has begun."""
        with self._understood():
            row = self._base.execute(
                "SELECT digest, environments, facts FROM waves WHERE wave = ?", (number,)
            ).fetchone()
            return None if row is None else (str(row[0]), str(row[1]), dict(json.loads(row[2])))

    def waves(self) -> list[int]:
        """The waves that have begun."""
        with self._understood():
            return [int(row[0]) for row in self._base.execute("SELECT wave FROM waves ORDER BY wave")]

    def begin_wave(self, number: int, digest: str, environments: str, facts: Mapping[str, Any]) -> None:
        """Note what a wave is about."""
        self._base.execute(
            "INSERT OR REPLACE INTO waves VALUES (?, ?, ?, ?)",
            (number, digest, environments, json.dumps(facts)),
        )

    def progress(self, wave: int) -> dict[str, Progress]:
        """Where every DAG of a wave stands."""
        with self._understood():
            rows = self._base.execute(
                "SELECT dag_id, state, memory FROM dags WHERE wave = ? ORDER BY dag_id", (wave,)
            )
            return {row[0]: _progress(str(row[0]), State(row[1]), json.loads(row[2])) for row in rows}

    def keep(self, wave: int, *progress: Progress) -> None:
        """Write down where DAGs stand, all of them or none."""
        with self._together():
            for one in progress:
                self._base.execute(
                    "INSERT OR REPLACE INTO dags VALUES (?, ?, ?, ?)",
                    (wave, one.dag_id, one.state.value, json.dumps(_memory(one))),
                )

    def begin(self, wave: int, call: Call, who: str, at: datetime) -> int:
        """Note a call before it is made."""
        cursor = self._base.execute(
            "INSERT INTO calls (wave, dag_id, side, what, key, before, after, who, at, outcome) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                wave,
                call.dag_id,
                call.side.value,
                call.what,
                call.key,
                call.before,
                call.after,
                who,
                at.isoformat(),
                Outcome.BEGUN.value,
            ),
        )
        return int(cursor.lastrowid or 0)

    def end(self, number: int, outcome: Outcome, at: datetime, detail: str = "") -> None:
        """Note what became of it."""
        self._base.execute(
            "UPDATE calls SET outcome = ?, ended = ?, detail = ? WHERE id = ?",
            (outcome.value, at.isoformat(), detail, number),
        )

    def calls(self, wave: int) -> list[Entry]:
        """All calls of a wave, oldest first."""
        with self._understood():
            rows = self._base.execute(
                "SELECT id, dag_id, side, what, key, before, after, who, at, outcome, ended, detail "
                "FROM calls WHERE wave = ? ORDER BY id",
                (wave,),
            )
            return [_entry(row) for row in rows]

    def touched(self, wave: int) -> dict[tuple[str, Where], datetime]:
        """When each DAG was last changed on each side, or may have been."""
        with self._understood():
            rows = self._base.execute(
                "SELECT dag_id, side, max(coalesce(ended, at)) FROM calls WHERE wave = ? AND outcome != ? "
                "GROUP BY dag_id, side",
                (wave, Outcome.REFUSED.value),
            )
            return {(row[0], Where(row[1])): datetime.fromisoformat(row[2]) for row in rows}

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """What cannot be read ends the command: nothing is done on a guess."""
        try:
            yield
        except (sqlite3.Error, *MALFORMED) as error:
            raise UsageError(f"{self.path}: the journal is damaged: {shown(error)}") from error

    @contextmanager
    def _together(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")


def _entry(row: tuple[Any, ...]) -> Entry:
    number, dag_id, side, what, key, before, after, who, at, outcome, ended, detail = row
    return Entry(
        number,
        Call(str(dag_id), Where(side), str(what), str(key), str(before), str(after)),
        str(who),
        datetime.fromisoformat(at),
        Outcome(outcome),
        datetime.fromisoformat(ended) if ended else None,
        str(detail),
    )


_TIMES = frozenset({"since", "started", "unpaused_at"})
_MANY_TIMES = frozenset({"green_done"})
_MANY = frozenset({"seeded", "seeded_back"})


def _memory(progress: Progress) -> dict[str, Any]:
    """Everything but the id and the state, for JSON."""
    found: dict[str, Any] = {}
    for field in fields(progress):
        value = getattr(progress, field.name)
        if field.name in ("dag_id", "state") or value in (None, (), "", 0, False):
            continue
        if isinstance(value, Run):
            value = [
                one.isoformat()
                for one in (value.run_after, value.data_interval_start, value.data_interval_end)
            ]
        elif isinstance(value, datetime):
            value = value.isoformat()
        elif field.name in _MANY_TIMES:
            value = [one.isoformat() for one in value]
        found[field.name] = value
    return found


def _progress(dag_id: str, state: State, memory: Mapping[str, Any]) -> Progress:
    found: dict[str, Any] = {}
    for name, value in memory.items():
        if name == "blue_last":
            found[name] = Run(*map(datetime.fromisoformat, value))
        elif name in _TIMES:
            found[name] = datetime.fromisoformat(value)
        elif name in _MANY_TIMES:
            found[name] = tuple(map(datetime.fromisoformat, value))
        else:
            found[name] = tuple(value) if name in _MANY else value
    return replace(Progress(dag_id, state), **found)
