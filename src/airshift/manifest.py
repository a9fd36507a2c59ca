"""Digests of the bytes of files that are as they were when an earlier run read them, without reading them again.

What the file system says of a file - size, both times and its number - stands for its bytes, as it does for git. It
is only remembered when both times were clearly past as the file was read: whatever is written later has another time
then. A file that changed just now is therefore read once more by the next run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import time_ns

from airshift.cache import Cache, digest, dumps, loads
from airshift.files import EstateFile, State, read_with_state
from airshift.findings import Problem

Entries = Mapping[str, tuple[State, bytes]]
"""By name, what the file system says of a file and the digest of its bytes."""
SETTLED = 3_000_000_000
"""Nanoseconds after which a change is in the past; file systems count in steps of up to two seconds."""
_GROUP = 50


class Manifest:
    """Knows the digests of files by where they are; what it learns is kept for later runs."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def contents(self, files: Sequence[EstateFile]) -> dict[str, bytes]:
        """Digests of the bytes of files, by path; files that cannot be read are left out.

        Files that were named, and not found by a walk, are read each time.
        """
        groups = dict(_groups(files))
        rows = self._cache.get(list(groups))
        known = {key: _loaded(raw) for key, raw in rows.items()}
        found: dict[str, bytes] = {}
        changed: dict[bytes, Entries] = {}
        for key, group in groups.items():
            before = known.get(key, {})
            after = dict(_looked_at(group, before, found))
            if after and after != before:
                changed[key] = after
        self._cache.put([(key, dumps(entries)) for key, entries in changed.items()])
        return found


def _looked_at(
    group: Sequence[EstateFile], known: Entries, found: dict[str, bytes]
) -> Iterator[tuple[str, tuple[State, bytes]]]:
    """Put the digests of files into `found`; yield the entries that later runs can rely on."""
    for file in group:
        name = file.name
        entry = known.get(name)
        if entry is not None and entry[0] == file.state:
            found[file.path] = entry[1]
            yield name, entry
            continue
        now = time_ns()
        read = read_with_state(file)
        if isinstance(read, Problem):
            continue
        raw, state = read
        found[file.path] = digest(raw)
        if file.state is not None and max(state[1], state[2]) < now - SETTLED:
            yield name, (state, found[file.path])


def _groups(files: Sequence[EstateFile]) -> Iterator[tuple[bytes, Sequence[EstateFile]]]:
    """Files of one folder, so many at a time, each group with its key."""
    folders: dict[str, list[EstateFile]] = {}
    for file in files:
        folders.setdefault(file.path.rpartition("/")[0], []).append(file)
    for listed in folders.values():
        folder = str(listed[0].location.parent)
        for start in range(0, len(listed), _GROUP):
            yield digest("manifest", folder, str(start)), listed[start : start + _GROUP]


def _loaded(raw: bytes) -> Entries:
    """The entries of a row; none where it is not one of ours."""
    try:
        entries = loads(raw)
    except ValueError:
        return {}
    return entries if isinstance(entries, dict) else {}
