"""What changed between two plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """A DAG, a wave or a bridge that is not what it was."""

    what: str
    """`dag`, `wave` or `bridge`."""
    name: str
    before: str
    after: str
    """Empty when it is gone."""


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """The differences of two plan documents: places of DAGs, dates of waves, bridges."""
    return (
        *_changes("dag", _places(old), _places(new)),
        *_changes("wave", _dates(old), _dates(new)),
        *_changes("bridge", _bridges(old), _bridges(new)),
    )


def _changes(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, ""), new.get(name, "")
        if before != after:
            yield Change(what, name, before, after)


def _places(document: Mapping[str, Any]) -> dict[str, str]:
    found = {
        _name(dag): f"wave {wave['number']}"
        for wave in document.get("waves", ())
        for dag in wave.get("dags", ())
    }
    for status in ("blocked", "retire", "excluded"):
        found |= {_name(dag): status for dag in document.get(status, ())}
    return found


def _name(dag: Any) -> str:
    return str(dag["dag_id"] if isinstance(dag, Mapping) else dag)


def _dates(document: Mapping[str, Any]) -> dict[str, str]:
    return {f"wave {wave['number']}": str(wave.get("start", "")) for wave in document.get("waves", ())}


def _bridges(document: Mapping[str, Any]) -> dict[str, str]:
    return {
        f"{one['kind']} {one['source']} -> {one['target']}": f"wave {one['wave']}"
        for one in document.get("bridges", ())
    }


def change_line(change: Change) -> str:
    """A change as one line."""
    if not change.before:
        return f"+ {change.what} {change.name}: {change.after}"
    if not change.after:
        return f"- {change.what} {change.name}: {change.before}"
    return f"~ {change.what} {change.name}: {change.before} -> {change.after}"
