"""Members of Airflow's runtime objects, and its options, version by version: the reader of two files of the index."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from airshift.masks import bit, value, words
from airshift.records import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """An option of Airflow's configuration on one version."""

    section: str
    key: str
    default: str | None
    from_provider: bool


def kinds(folder: Path) -> frozenset[str]:
    """The objects whose members are known: `ti`, `dag_run`, `context`, `model.DagRun`, `sdk.Variable`, ..."""
    return frozenset(_document(folder / "members.json").get("kinds", {}))


def members(folder: Path, kind: str, version: str) -> frozenset[str] | None:
    """Public members of an object on `version`; None when the object is unknown or does not exist there."""
    exists, lines = _document(folder / "members.json").get("kinds", {}).get(kind, ("00", {}))
    return frozenset(words(lines, bit(version))) if int(exists, 16) & bit(version) else None


def parameters(folder: Path, kind: str, member: str, version: str) -> frozenset[str]:
    """Parameters of a method of an object; variadic ones carry their stars."""
    lines = _document(folder / "members.json").get("parameters", {}).get(f"{kind}.{member}", {})
    return frozenset(words(lines, bit(version)))


def option(folder: Path, section: str, key: str, version: str) -> Option | None:
    """An option of `version`; None when it does not exist there (any more)."""
    document = _document(folder / "config.json")
    exists, defaults = document.get("options", {}).get(f"{section}.{key}", ("00", {}))
    if not int(exists, 16) & bit(version):
        return None
    provided = f"{section}.{key}" in document["from_providers"]["options"].split()
    return Option(section, key, value(defaults, bit(version)), provided)


def renamed_option(folder: Path, section: str, key: str, version: str) -> tuple[str, str] | None:
    """The option that Airflow itself reads in place of an old name on `version`."""
    for new, old_names in _document(folder / "config.json").get("renamed_from", {}).items():
        old = value(old_names, bit(version))
        if old is not None and old.split()[0] == f"{section}.{key}":
            new_section, _, new_key = new.rpartition(".")
            return new_section, new_key
    return None


@cache
def _document(file: Path) -> Mapping[str, Any]:
    if not file.is_file():
        return {}
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document
