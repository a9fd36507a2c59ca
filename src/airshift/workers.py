"""Who applies a pure function to the bytes of many files: this machine's processes, or somebody else's cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from airshift.files import EstateFile, read_file
from airshift.findings import Problem
from airshift.pool import each, worker_count
from airshift.records import dataclass

Common = TypeVar("Common")
Result = TypeVar("Result")
Judge = Callable[[Common, str, bytes], Result]
"""Given what all files have in common, a file's path and its bytes; must be importable by its name."""


class Workers(Protocol):
    """Applies a function to files; the order of results is that of the files."""

    def judge(
        self, function: Judge[Common, Result], common: Common, files: Sequence[EstateFile]
    ) -> Iterator[Result | Problem]:
        """Yield what the function makes of each file, or why a file could not be read."""


@dataclass(frozen=True, slots=True)
class Processes:
    """Processes of this machine: `jobs` of them, or (0) as many as pay."""

    jobs: int = 1

    def judge(
        self, function: Judge[Common, Result], common: Common, files: Sequence[EstateFile]
    ) -> Iterator[Result | Problem]:
        """Yield what the function makes of each file, or why a file could not be read."""
        workers = worker_count(self.jobs, total_size(files))
        yield from each(_read_and_judge, (function, common), files, workers)


def _read_and_judge(task: tuple[Judge[Any, Any], Any], file: EstateFile) -> Any:
    function, common = task
    raw = read_file(file)
    return raw if isinstance(raw, Problem) else function(common, file.path, raw)


def total_size(files: Iterable[EstateFile]) -> int:
    """Bytes on disk of all files."""
    return sum(_size(file) for file in files)


def _size(file: EstateFile) -> int:
    if file.state is not None:
        return file.state[0]
    try:
        return file.location.stat().st_size
    except OSError:
        return 0
