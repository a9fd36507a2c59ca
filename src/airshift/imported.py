"""Which modules of the estate a file may import, by its bytes alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from airshift.engine.module_names import module_name
from airshift.files import EstateFile

_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([.\w]+)", re.MULTILINE)


def names_of(path: str) -> Iterable[str]:
    """Every name that a file may be imported by, from wherever the search starts."""
    folder, _, last = path.rpartition("/")
    stem = last.rpartition(".")[0]
    if not stem or "." in stem or stem == "__init__":
        return _ends(module_name(path)[0])
    package = _package(folder)
    return [*(f"{end}.{stem}" for end in _ends(package)), stem] if package else [stem]


@lru_cache(maxsize=1024)
def _package(folder: str) -> str:
    """Dotted name of a folder."""
    return module_name(f"{folder}/__init__.py")[0]


@lru_cache(maxsize=1024)
def _ends(dotted: str) -> tuple[str, ...]:
    parts = dotted.split(".")
    return tuple(".".join(parts[start:]) for start in range(len(parts)))


def suffixes_of(modules: Iterable[EstateFile]) -> frozenset[str]:
    """The names that modules of the estate may be imported by."""
    return frozenset(name for file in modules for name in names_of(file.path)) - {"", "airflow"}


def imports_of(raw: bytes) -> tuple[str, ...]:
    """Modules that a file seems to import, Airflow's apart; more than it does is harmless."""
    found = {match.group(1).decode("ascii", "replace") for match in _IMPORT.finditer(raw)}
    return tuple(sorted(name for name in found if not name.startswith("airflow") and name != "__future__"))


@lru_cache(maxsize=1024)
def of_estate(imports: tuple[str, ...], suffixes: frozenset[str]) -> frozenset[str]:
    """The imported modules that may be the estate's; many files import the same."""
    found: set[str] = set()
    for dotted in imports:
        tail = dotted.lstrip(".")
        if dotted.startswith("."):
            found.add(tail)
        found.update(name for name in _prefixes(tail) if name in suffixes)
    return frozenset(found)


def _prefixes(dotted: str) -> Iterable[str]:
    parts = dotted.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))
