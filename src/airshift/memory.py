"""What earlier runs found out about the files of an estate, by their content.

The key of a result holds everything that it depends on: airshift's own files, the context of the rules, the path
and the bytes of the file and, for a file that is judged with the estate, what all modules of the estate offer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from airshift import __version__
from airshift._data import data_folder
from airshift.cache import Cache, digest, dumps, loads
from airshift.manifest import Manifest
from airshift.records import dataclass

if TYPE_CHECKING:
    from airshift.engine.project import ModuleSummary
    from airshift.file_result import FileResult
    from airshift.files import EstateFile
    from airshift.rules.base import ContextSpec


@dataclass(frozen=True, slots=True)
class Look:
    """What one file gives without the others."""

    content: bytes
    """Digest of the file's bytes."""
    imports: tuple[str, ...] = ()
    """Modules that it seems to import, as they are written; Airflow's apart."""
    candidate: bool = False
    """Whether it can concern any rule."""
    offers: bytes = b""
    """Digest of what other modules can see of it."""
    packed: bytes = b""
    """That itself, as it is stored."""
    result: FileResult | None = None
    """What is found in the file, if it imports nothing from the estate."""
    silent: bool = False
    """Whether there is nothing but Python code in the file: it sets no option and calls no API."""

    @property
    def summary(self) -> ModuleSummary | None:
        """What other modules can see of the file."""
        found: ModuleSummary | None = loads(self.packed) if self.packed else None
        return found


@dataclass(frozen=True, slots=True)
class Round:
    """Which files are judged with the estate, and a digest of what the estate offers them."""

    again: tuple[str, ...]
    offers: bytes


class Memory:
    """Results of one context: a target, a source and the options that change what rules say.

    `place` tells estates apart that have files of the same names, so that neither forgets for the other.
    """

    def __init__(self, cache: Cache, spec: ContextSpec, place: str = "") -> None:
        self._cache = cache
        self._place = place
        self._context = digest(_tool(), repr(_plain(spec)))
        self._manifest = Manifest(cache)
        self._groups: Mapping[bytes, Mapping[str, bytes]] = {}
        self._changed: set[bytes] = set()

    def contents(self, files: Sequence[EstateFile]) -> dict[str, bytes]:
        """Digests of the bytes of files, by path; files that cannot be read are left out."""
        return self._manifest.contents(files)

    def looks(self, contents: Mapping[str, bytes]) -> dict[str, Look]:
        """What is known of files, given the digests of their bytes by path."""
        return {
            path: Look(contents[path], *found)
            for path, found in self._found_together(contents).items()
            if isinstance(found, tuple)
        }

    def keep_looks(self, fresh: Mapping[str, Look], all_looks: Mapping[str, Look]) -> None:
        """Remember what files give without the others: those that are new, and the groups they are in."""
        self._keep("look", (((path, look.content), _stored(look)) for path, look in fresh.items()))
        rows = [
            (key, dumps({path: _entry(all_looks.get(path), content) for path, content in group.items()}))
            for key, group in self._groups.items()
            if key in self._changed or not group.keys().isdisjoint(fresh)
        ]
        self._cache.put(rows)

    def round(self, seen: bytes) -> Round | None:
        """Which files were judged with an estate that looked like this."""
        found = self._found("round", {"": seen}).get("")
        return Round(*found) if isinstance(found, tuple) else None

    def keep_round(self, seen: bytes, found: Round) -> None:
        """Remember which files are judged with the estate."""
        self._keep("round", [(("", seen), (found.again, found.offers))])

    def results(self, contents: Mapping[str, bytes], offers: bytes) -> dict[str, FileResult]:
        """Results of files that were judged with an estate that offers this."""
        joined = {path: digest(content, offers) for path, content in contents.items()}
        return self._found("result", joined)  # type: ignore[return-value]

    def keep_results(self, results: Iterable[tuple[FileResult, bytes]], offers: bytes) -> None:
        """Remember results, each with the digest of the file's bytes."""
        self._keep("result", (((found.path, digest(content, offers)), found) for found, content in results))

    def _found_together(self, contents: Mapping[str, bytes]) -> dict[str, object]:
        """What is known of files, by groups; file by file only for those that are not as their group has them."""
        self._groups = {self._group_key(group): group for group in _groups(contents)}
        self._changed = set()
        rows = self._cache.get(list(self._groups))
        found: dict[str, object] = {}
        other: dict[str, bytes] = {}
        for key, group in self._groups.items():
            row = _entries(rows.get(key))
            for path, content in group.items():
                entry = row.get(path)
                if entry is None or entry[0] != content:
                    other[path] = content
                    self._changed.add(key)
                elif entry[1] is not None:
                    found[path] = entry[1]
        return found | self._found("look", other)

    def _group_key(self, group: Mapping[str, bytes]) -> bytes:
        """Where a group is, not what it holds: of each group only the newest state is kept."""
        return digest(self._context, self._place, "group", next(iter(group)))

    def _found(self, what: str, contents: Mapping[str, bytes]) -> dict[str, object]:
        keys = {self._key(what, path, content): path for path, content in contents.items()}
        found: dict[str, object] = {}
        for key, raw in self._cache.get(list(keys)).items():
            value = _loaded(raw)
            if value is not None:
                found[keys[key]] = value
        return found

    def _keep(self, what: str, items: Iterable[tuple[tuple[str, bytes], object]]) -> None:
        self._cache.put([(self._key(what, *item), dumps(value)) for item, value in items])

    def _key(self, what: str, path: str, content: bytes) -> bytes:
        return digest(self._context, what, path, content)


def _stored(look: Look) -> tuple[object, ...]:
    return look.imports, look.candidate, look.offers, look.packed, look.result, look.silent


def _entry(look: Look | None, content: bytes) -> tuple[bytes, object]:
    """What a group has of a file, with the digest of the bytes that were judged: it may have changed in between."""
    return (content, None) if look is None else (look.content, _stored(look))


def _loaded(raw: bytes | None) -> object:
    """A value, or None for what is not there or not one of ours."""
    if raw is None:
        return None
    try:
        return loads(raw)
    except ValueError:
        return None


def _entries(raw: bytes | None) -> Mapping[str, tuple[bytes, object]]:
    """By path, the digest of a file's bytes and what is known of it."""
    row = _loaded(raw)
    return row if isinstance(row, dict) else {}


def _groups(contents: Mapping[str, bytes]) -> Iterator[Mapping[str, bytes]]:
    """Files of one folder, so many at a time: most runs find most groups as they were."""
    folders: dict[str, list[str]] = {}
    for path in contents:
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    for paths in folders.values():
        for start in range(0, len(paths), _GROUP):
            yield {path: contents[path] for path in paths[start : start + _GROUP]}


def _plain(spec: ContextSpec) -> tuple[object, ...]:
    """The specification in an order that does not change from run to run."""
    dates: Sequence[tuple[str, list[str]]] = [
        (path, sorted(names)) for path, names in sorted(spec.template_dates.items())
    ]
    return spec.target, spec.source, spec.pin_behaviour, spec.show_guarded, dates


@cache
def _tool() -> bytes:
    """Everything of airshift that decides about results: its version, its code and its data.

    What a process has loaded does not change with the files, so they are looked at once.
    """
    folders = (str(Path(__file__).parent), str(data_folder("rules")))
    known = sorted(state for folder in folders for state in _states(folder))
    return digest(__version__, sys.version, *known)


def _states(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _states(entry.path)
            elif entry.name.endswith(_KINDS):
                state = entry.stat()
                yield f"{entry.name} {state.st_size} {state.st_mtime_ns}"


_GROUP = 50
"""Files that are remembered together."""
_KINDS = (".py", ".toml", ".json")
