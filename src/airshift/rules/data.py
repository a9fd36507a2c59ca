"""Reading rows of rule data: every mistake names the file, the table and the key."""

from __future__ import annotations

from airshift.catalogue import Catalogue, Table
from airshift.errors import DataError
from airshift.targets import Target, parse_version


def text_of(row: Table, key: str, where: str) -> str:
    """A non-empty string of a row."""
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise DataError(f"{where}: {key} must be a non-empty string")
    return value


def texts_of(row: Table, key: str, where: str) -> tuple[str, ...]:
    """A list of strings of a row; empty when the key is absent."""
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DataError(f"{where}: {key} must be a list of strings")
    return tuple(value)


def names_of(catalogue: Catalogue, stem: str, table: str) -> frozenset[str]:
    """The `name` of every row of a table."""
    where = f"rules/{stem}.toml: {table}"
    return frozenset(text_of(row, "name", where) for row in catalogue.rows(stem, table))


def applies(row: Table, target: Target) -> bool:
    """Whether a row with optional keys `since` and `until` (minor releases) concerns the target."""
    minor = target.release[:2]
    since, until = row.get("since"), row.get("until")
    return (since is None or minor >= _minor(str(since))) and (until is None or minor < _minor(str(until)))


def _minor(text: str) -> tuple[int, ...]:
    return parse_version(text).release[:2]
