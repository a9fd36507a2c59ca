"""What is known about packages beyond the constraints: dated, sourced tables of `constraints/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from airshift._data import data_folder
from airshift.errors import DataError


@dataclass(frozen=True, slots=True)
class Moved:
    """A distribution that goes by another name; nothing in `to` means that nothing replaces it."""

    name: str
    to: tuple[str, ...]
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class FirstSupport:
    """The first release of a third-party package that works on targets from `since` on."""

    name: str
    first: str
    since: str
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables of one folder."""

    moved: Mapping[str, Moved]
    backports: frozenset[str]
    first_support: Mapping[str, FirstSupport]
    build_minutes: Mapping[str, float]
    build_needs: Mapping[str, str]
    carriers: Mapping[str, str]
    """Top-level package to the distribution that brings it, where Airflow 2 always had it."""
    extras: Mapping[str, Mapping[str, tuple[str, ...]]]

    def extras_of(self, version: str) -> Mapping[str, tuple[str, ...]]:
        """Return the extras of the nearest release in the table that is not newer, else of the oldest."""
        known = sorted(self.extras, key=_numbers)
        older = [v for v in known if _numbers(v) <= _numbers(version)]
        return self.extras[(older or known)[-1 if older else 0]]

    @property
    def old_extras(self) -> Mapping[str, tuple[str, ...]]:
        """The extras of Airflow 2."""
        return self.extras[min(self.extras, key=_numbers)]


@cache
def load_tables(folder: Path | None = None) -> Tables:
    """Read the tables; raise DataError, naming file and key, where one lacks its date or source."""
    root = folder or data_folder("constraints")
    packages = _read(root / "packages.toml")
    extras = _read(root / "extras.toml")
    try:
        return Tables(
            {row["name"]: _moved(row) for row in packages["moved"]},
            frozenset(_dated(packages["backports"])["names"]),
            {row["name"]: _first(row) for row in packages["airflow3"]},
            _dated(packages["source_only"])["minutes"],
            packages["source_only"]["needs"],
            _dated(packages["modules"])["carrier"],
            {
                version: {name: tuple(parts) for name, parts in table.items()}
                for version, table in _dated(extras)["extras"].items()
            },
        )
    except KeyError as error:
        raise DataError(f"constraints/packages.toml or extras.toml lacks the key {error}") from error


def _read(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"constraints/{path.name}: {error}") from error


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    if not row["date"] or not row["source"]:
        raise DataError(f"constraints: {row.get('name', 'a table')} has an empty date or source")
    return row


def _moved(row: dict[str, Any]) -> Moved:
    _dated(row)
    return Moved(row["name"], tuple(row["to"]), row["note"], row["source"])


def _first(row: dict[str, Any]) -> FirstSupport:
    _dated(row)
    return FirstSupport(
        row["name"], row["first"], row.get("since", "3.0.0"), row.get("note", ""), row["source"]
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
