"""The platforms an estate may come from, and the tables of rules/platform.toml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from airshift.catalogue import Catalogue, Table


class Platform(StrEnum):
    """Where an estate runs today."""

    ON_PREM = "on-prem"
    ECS = "ecs"
    COMPOSER = "composer"
    ASTRO = "astro"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that only one platform has."""

    where: str
    pattern: re.Pattern[str]
    advice: str


@dataclass(frozen=True, slots=True)
class OptionRow:
    """An option of airflow.cfg and what becomes of it; a name may end with `*`."""

    name: str
    code: str
    fine: frozenset[str]
    advice: str


@dataclass(frozen=True, slots=True)
class Paths:
    """What takes a path."""

    functions: frozenset[str]
    writers: frozenset[str]
    readers: frozenset[str]
    arguments: frozenset[str]


@dataclass(frozen=True)
class Tables:
    """What is looked for on one platform."""

    things: tuple[Thing, ...]
    folders: dict[str, str]
    """Prefix to advice, which may be empty."""
    options: tuple[OptionRow, ...]
    paths: Paths
    plugin_attributes: frozenset[str]
    versions: tuple[re.Pattern[str], ...]

    @classmethod
    @cache
    def of(cls, platform: Platform) -> Tables:
        """The rows that count for a platform."""
        catalogue = Catalogue.load()
        rows = {name: list(_rows(catalogue, name, platform)) for name in ("thing", "folder", "option")}
        (paths,), (plugins,), (versions,) = (
            catalogue.rows("platform", name) for name in ("paths", "plugins", "versions")
        )
        return cls(
            things=tuple(Thing(r["where"], re.compile(r["pattern"]), r["advice"]) for r in rows["thing"]),
            folders={row["prefix"]: row.get("advice", "") for row in rows["folder"]},
            options=tuple(
                OptionRow(r["name"], r["code"], frozenset(r.get("not", ())), r["advice"])
                for r in rows["option"]
            ),
            paths=Paths(**{name: frozenset(values) for name, values in paths.items()}),
            plugin_attributes=frozenset(plugins["attributes"]),
            versions=tuple(re.compile(pattern) for pattern in versions["patterns"]),
        )

    def option(self, name: str, value: str | None) -> OptionRow | None:
        """The row about an option with this value."""
        for row in self.options:
            if row.name == name or (row.name.endswith("*") and name.startswith(row.name[:-1])):
                is_fine = value in row.fine or (value is None and bool(row.fine))
                return None if is_fine else row
        return None

    def named(self, where: str, text: str) -> Thing | None:
        """What a whole text names, if anything."""
        return next((one for one in self.things if one.where == where and one.pattern.fullmatch(text)), None)


def _rows(catalogue: Catalogue, name: str, platform: Platform) -> Iterator[dict[str, Any]]:
    row: Table
    for row in catalogue.rows("platform", name):
        if platform in row.get("platforms", (platform,)):
            yield row
