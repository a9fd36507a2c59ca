"""A progress bar on a terminal, silence everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

FEW = 200
"""Fewer steps than this are done before a bar would be seen."""


@contextmanager
def progress_bar(title: str, *, quiet: bool = False, few: int = FEW) -> Iterator[Callable[[int, int], None]]:
    """Give a function `(done, total)` that draws a bar on stderr if that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    bar = _Bar(title, few)
    try:
        yield bar.show
    finally:
        bar.stop()


class _Bar:
    """Loads rich only when there is enough to do to be worth a bar."""

    def __init__(self, title: str, few: int) -> None:
        self._title = title
        self._few = few
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def show(self, done: int, total: int) -> None:
        if total < self._few:
            return
        if self._progress is None or self._task is None:
            from airshift.cli.bars import new_bar

            self._progress = new_bar()
            self._task = self._progress.add_task(self._title, total=total)
            self._progress.start()
        self._progress.update(self._task, completed=done, total=total)

    def stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
