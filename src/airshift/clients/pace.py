"""Not more than so many calls a second, however many threads make them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock

CALLS_A_SECOND = 10


class Pace:
    """Lets `calls` through in any one second and makes the others wait for their turn."""

    def __init__(
        self,
        calls: int = CALLS_A_SECOND,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._times: deque[float] = deque(maxlen=calls)
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()

    def wait(self) -> None:
        """Return when the next call may be made."""
        with self._lock:
            turn = now = self._clock()
            if len(self._times) == self._times.maxlen:
                turn = max(now, self._times[0] + 1.0)
            self._times.append(turn)
        if turn > now:
            self._sleep(turn - now)
