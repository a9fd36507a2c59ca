"""Check again whenever files change.

Files are looked at, not listened to: that works on every disk and in containers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

Snapshot = Mapping[Path, tuple[int, int]]


def watch(check: Callable[[], None], snapshot: Callable[[], object], wait: Callable[[], bool]) -> None:
    """Call `check` now and after each change of `snapshot`, until `wait` says that it is over."""
    seen: object = None
    while True:
        now = snapshot()
        if now != seen:
            check()
            seen = now
        if not wait():
            return


def states(files: Iterable[Path]) -> Snapshot:
    """Time of change and size of each file that is there."""
    found = {}
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        found[file] = (status.st_mtime_ns, status.st_size)
    return found
