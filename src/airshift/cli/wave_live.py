"""The live view of a wave on a terminal; lines of text or JSON everywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from airshift.wave.carrying import Job
    from airshift.wave.events import Emit, Event
    from airshift.wave.rehearsal import Rehearsal
    from airshift.wave.settings import Clock
    from airshift.wave.view import Board


def is_live(stream: TextIO, environment: Mapping[str, str], *, quiet: bool, as_json: bool) -> bool:
    """Whether a view can and should be drawn."""
    if quiet or as_json or environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return stream.isatty()


@contextmanager
def watched(
    job: Job, found: Rehearsal, *, back: bool = False, quiet: bool = False, as_json: bool = False
) -> Iterator[Job]:
    """The job with its events shown as fits: in a live view, as lines, or with `quiet` only what is wrong."""
    if is_live(sys.stdout, os.environ, quiet=quiet, as_json=as_json):
        with _view(job, found, back=back) as emit:
            yield _telling(job, emit)
    elif quiet and not as_json:
        yield _telling(job, _only_alarms(job.opening.emit))
    else:
        yield job


@contextmanager
def _view(job: Job, found: Rehearsal, *, back: bool) -> Iterator[Emit]:
    from rich.console import Console

    from airshift.wave.carrying import known_progress
    from airshift.wave.view import board_of, expected_times

    opening = job.opening
    expected = expected_times(found.events, opening.clock.now() - found.began)
    progress = known_progress(opening.plan, opening.journal).values()
    board = board_of(f"Wave {opening.plan.number}", progress, expected, back=back)
    with View(board, Console(), opening.clock) as view:
        yield view.tell


class View:
    """Draws a board again whenever something happens, and twice a second."""

    def __init__(self, board: Board, console: Console, clock: Clock) -> None:
        from rich.live import Live

        self.board = board
        self._console = console
        self._clock = clock
        self._live = Live(get_renderable=self._draw, console=console, refresh_per_second=2)

    def __enter__(self) -> View:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def tell(self, event: Event) -> None:
        """Take an event on."""
        self.board = self.board.after(event)
        self._live.refresh()

    def _draw(self) -> RenderableType:
        from airshift.wave.view import drawn

        return drawn(self.board, self._clock.now(), self._console.height)


def _telling(job: Job, emit: Emit) -> Job:
    return replace(job, opening=replace(job.opening, emit=emit))


def _only_alarms(emit: Emit) -> Emit:
    from airshift.wave.view import ALARMS

    def tell(event: Event) -> None:
        if event.step in ALARMS:
            emit(event)

    return tell
