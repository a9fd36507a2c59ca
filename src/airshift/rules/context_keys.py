"""The rows of rules/context.toml: context keys that are gone and what takes their place."""

from __future__ import annotations

from functools import cache

from airshift.catalogue import Catalogue, Table
from airshift.errors import DataError
from airshift.records import dataclass
from airshift.rules.data import text_of

_OPTIONAL = ("key", "python", "jinja", "import", "unsafe")


@dataclass(frozen=True, slots=True)
class RemovedKey:
    """A key that Airflow 3 does not set."""

    name: str
    advice: str
    key: str = ""
    """The key that took over; empty when it is no plain rename."""
    python: str = ""
    """Expression with `{context}` for the mapping."""
    jinja: str = ""
    module: str = ""
    """Module and name that replace the value, e.g. `airflow.configuration:conf`."""
    unsafe: str = ""


@cache
def removed_keys(catalogue: Catalogue) -> dict[str, RemovedKey]:
    """Every removed key by name."""
    found: dict[str, RemovedKey] = {}
    for number, row in enumerate(catalogue.rows("context", "key"), 1):
        key = _key(row, f"rules/context.toml: key {number}")
        found[key.name] = key
    return found


def _key(row: Table, where: str) -> RemovedKey:
    unknown = sorted(set(row) - {"name", "advice", *_OPTIONAL})
    if unknown:
        raise DataError(f"{where}: unknown key {', '.join(unknown)}")
    given = {name: text_of(row, name, where) for name in _OPTIONAL if name in row}
    return RemovedKey(
        text_of(row, "name", where),
        text_of(row, "advice", where),
        given.get("key", ""),
        given.get("python", ""),
        given.get("jinja", given.get("key", "")),
        given.get("import", ""),
        given.get("unsafe", ""),
    )
