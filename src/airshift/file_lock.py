"""Hold an open file for this process alone, on any system; the kernel lets it go when the process ends."""

from __future__ import annotations

import os
import sys
import time

_PAUSE = 0.1
"""Seconds between two tries where the system cannot wait."""


def hold(handle: int, *, wait: bool) -> None:
    """Lock the file; raise OSError when another process has it, unless it is to be waited for."""
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        return
    import msvcrt

    while True:
        try:
            os.lseek(handle, 0, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            if not wait:
                raise
            time.sleep(_PAUSE)
        else:
            return
