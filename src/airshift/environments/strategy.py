"""In place or blue/green: both ways to Airflow 3 on MWAA, with what they cost, from rules/mwaa-upgrade.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from airshift._data import data_folder
from airshift.targets import MWAA_VERSIONS, Target, parse_version


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way to the target."""

    id: str
    title: str
    path: tuple[str, ...]
    """Airflow versions in order; empty where the way is not open to blue."""
    downtime: str
    history: str
    rollback: str
    cost: str
    address: str
    choose: str


@dataclass(frozen=True, slots=True)
class Advice:
    """Both ways, the recommended one first, with the day and the pages they were read."""

    strategies: tuple[Strategy, ...]
    reason: str
    read: str
    sources: tuple[tuple[str, str], ...]


def advise(source: str, target: Target) -> Advice:
    """The ways from an Airflow version to a target. Blue/green comes first: it can be taken back DAG by DAG."""
    table = _table()
    way = in_place_path(source, target)
    paths = {"blue-green": (target.version,), "in-place": way}
    rows = tuple(Strategy(path=paths[row["id"]], **row) for row in table["strategy"])
    if not way:
        reason = f"in place is not open to Airflow {source or 'of unknown version'}"
    elif len(way) > 2:
        reason = f"in place needs a stop at {way[1]}, blue/green does not; choose in place to keep history or address"
    else:
        reason = "both are one step; blue/green can be taken back wave by wave"
    sources = tuple((row["name"], row["url"]) for row in table["source"])
    return Advice(rows, reason, table["read"], sources)


def in_place_path(source: str, target: Target) -> tuple[str, ...]:
    """Versions from `source` to the target by updates: across the major release by way of the stepping stone."""
    if not source:
        return ()
    start, step = parse_version(source).release, _stepping_stone()
    if start[0] < 2 or start > target.release:
        return ()
    if start[0] >= 3:
        return (source, target.version)
    if start[:2] == parse_version(step).release[:2]:
        return (source, target.version)
    return (source, step, target.version)


def _stepping_stone() -> str:
    minor = _table()["stepping_stone"]
    return [version for version in MWAA_VERSIONS if version.startswith(f"{minor}.")][-1]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((data_folder("rules") / "mwaa-upgrade.toml").read_text(encoding="utf-8"))
