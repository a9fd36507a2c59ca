"""A bound on the processor time that one file may take: what takes longer is given up, and said so.

The clock is that of the process, so that a busy machine changes no result. Where there is no such clock (on Windows, in
threads) nothing is bounded.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 60
"""A thousand times what an ordinary file takes."""


class GaveUpError(BaseException):
    """A file took too long; no `except Exception` on the way keeps it."""


@contextmanager
def at_most(seconds: float = SECONDS) -> Iterator[None]:
    """Raise GaveUpError in the block once it has used that much time; within such a block, the outer one counts."""
    if not _can_be_timed():
        yield
        return

    def give_up(number: int, frame: FrameType | None) -> None:
        raise GaveUpError(f"gave up after {seconds:g} s of processor time")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _can_be_timed() -> bool:
    return (
        hasattr(signal, "setitimer")
        and threading.current_thread() is threading.main_thread()
        and signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0
    )
