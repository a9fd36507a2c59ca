"""Hold an open file for this process alone, on any system; the kernel lets it go when the process ends."""

from __future__ import annotations

import sys

_PAUSE = 0.1
"""Seconds between two tries where the system cannot wait."""

if sys.platform == "win32":
    import msvcrt
    import os
    import time

    def hold(handle: int, *, wait: bool) -> None:
        """Lock the file; raise OSError when another process has it, unless it is to be waited for."""
        while True:
            try:
                os.lseek(handle, 0, os.SEEK_SET)
                return msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    raise
                time.sleep(_PAUSE)

else:

    def hold(handle: int, *, wait: bool) -> None:
        """Lock the file; raise OSError when another process has it, unless it is to be waited for."""
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
