"""Do the same to many files, in this process or in several; the order of results is that of the files."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

Common = TypeVar("Common")
Item = TypeVar("Item")
Result = TypeVar("Result")
Progress = Callable[[int, int], None]

SMALL = 2 * 1024 * 1024
"""Bytes of input below which starting processes costs more than it saves."""
_BATCH = 32
_OFTEN = 200
"""Items after which this process looks for garbage; there is little of it."""

_common: Any = None


def worker_count(jobs: int, size: int) -> int:
    """Processes to use: `jobs`, or (0) as many as the machine has; one for little input."""
    if jobs == 1 or (jobs == 0 and size < SMALL):
        return 1
    return jobs or (os.cpu_count() or 1)


def each(
    function: Callable[[Common, Item], Result], common: Common, items: Sequence[Item], workers: int
) -> Iterator[Result]:
    """Yield `function(common, item)` for every item; `common` is handed to each process once."""
    alone = workers == 1 or len(items) < 2
    with _uncollected():
        yield from _here(function, common, items) if alone else _there(function, common, items, workers)


def _there(
    function: Callable[[Common, Item], Result], common: Common, items: Sequence[Item], workers: int
) -> Iterator[Result]:
    """In other processes."""
    from concurrent.futures import ProcessPoolExecutor

    size = max(1, min(_BATCH, len(items) // (workers * 4)))
    batches = [(function, items[start : start + size]) for start in range(0, len(items), size)]
    with ProcessPoolExecutor(workers, initializer=_start, initargs=(common,)) as pool:
        for results in pool.map(_run, batches):
            yield from results


def _here(
    function: Callable[[Common, Item], Result], common: Common, items: Sequence[Item]
) -> Iterator[Result]:
    """In this process."""
    for number, item in enumerate(items, 1):
        yield function(common, item)
        if number % _OFTEN == 0:
            _collect()


@contextmanager
def _uncollected() -> Iterator[None]:
    """The collector is off but for `_collect`: trees hold no cycles worth looking for, and results stay."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _start(common: Any) -> None:
    global _common
    _common = common
    gc.disable()


def _run(batch: tuple[Callable[[Any, Any], Any], Sequence[Any]]) -> list[Any]:
    function, items = batch
    results = [function(_common, item) for item in items]
    _collect()
    return results


def _collect() -> None:
    """What is there now are tables and results, which stay: later collections need not look at them."""
    gc.collect()
    gc.freeze()
