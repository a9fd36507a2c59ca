"""An existing Dask cluster as workers: files are shipped by content, results come back in order.

https://distributed.dask.org/en/stable/
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from airshift import __version__
from airshift.errors import ServiceError, UsageError
from airshift.files import EstateFile, read_file
from airshift.findings import Problem
from airshift.workers import Judge

if TYPE_CHECKING:
    from distributed import Client, Future

Common = TypeVar("Common")
Result = TypeVar("Result")

_BATCH = 64
"""Files a task judges."""
_HEAVY = 2 * 1024 * 1024
"""Bytes of files a task is sent at most, unless one file alone is larger."""
_AHEAD = 3
"""Tasks a thread of the cluster has in front of it."""
_RETRIES = 3
_PATIENCE = 20
"""Seconds until a cluster has to answer."""

Task = list[tuple[str, bytes]]


class DaskCluster:
    """Workers behind a scheduler's address; a batch whose worker is lost is judged by another one."""

    def __init__(self, address: str) -> None:
        self._client = _connected(address)
        self._threads = _checked(self._client)

    def judge(
        self, function: Judge[Common, Result], common: Common, files: Sequence[EstateFile]
    ) -> Iterator[Result | Problem]:
        """Yield what the function makes of each file, or why a file could not be read.

        Only so many files are read ahead as the cluster can work on.
        """
        if not files:
            return
        shared = self._client.submit(_itself, common, pure=False)
        waiting: deque[tuple[list[Problem | None], Future]] = deque()
        for batch in _batches(files):
            waiting.append((batch[0], self._submit(function, shared, batch[1])))
            while len(waiting) > self._threads * _AHEAD:
                yield from _results(*waiting.popleft())
        while waiting:
            yield from _results(*waiting.popleft())

    def close(self) -> None:
        """Leave the cluster to others."""
        self._client.close()

    def _submit(self, function: Judge[Any, Any], shared: Future, task: Task) -> Future:
        return self._client.submit(_judge, function, shared, task, pure=False, retries=_RETRIES)


def _batches(files: Sequence[EstateFile]) -> Iterator[tuple[list[Problem | None], Task]]:
    """Files with their bytes; a place of the first list holds the problem of a file that cannot be read."""
    places: list[Problem | None] = []
    task: Task = []
    heavy = 0
    for file in files:
        raw = read_file(file)
        if isinstance(raw, Problem):
            places.append(raw)
            continue
        if task and (len(task) >= _BATCH or heavy + len(raw) > _HEAVY):
            yield places, task
            places, task, heavy = [], [], 0
        places.append(None)
        task.append((file.path, raw))
        heavy += len(raw)
    yield places, task


def _results(places: list[Problem | None], future: Future) -> Iterator[Any]:
    try:
        results = iter(future.result())
    except Exception as error:
        raise ServiceError(f"the cluster could not do its work: {type(error).__name__}") from None
    for place in places:
        yield next(results) if place is None else place


def _itself(common: Common) -> Common:
    return common


def _judge(function: Judge[Any, Any], common: object, task: Task) -> list[Any]:
    return [function(common, path, raw) for path, raw in task]


def _tool() -> tuple[str, tuple[int, int]]:
    return __version__, sys.version_info[:2]


def _connected(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--cluster needs Dask: pip install 'airshift[dask]'") from None
    try:
        return Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ServiceError(f"no Dask scheduler answers at {address} ({type(error).__name__})") from None


def _checked(client: Client) -> int:
    """Threads of the cluster, all of which have to run this airshift on this Python."""
    threads = sum(client.nthreads().values())
    if not threads:
        client.close()
        raise ServiceError("the cluster has no workers")
    try:
        found = set(client.run(_tool).values())
    except Exception as error:
        client.close()
        raise ServiceError(f"the workers cannot load airshift ({type(error).__name__})") from None
    if found != {_tool()}:
        client.close()
        others = ", ".join(sorted(f"airshift {v} on Python {p[0]}.{p[1]}" for v, p in found - {_tool()}))
        raise ServiceError(f"workers run {others}; this is airshift {__version__} on Python {_python()}")
    return int(threads)


def _python() -> str:
    return ".".join(map(str, sys.version_info[:2]))
