"""One Airflow process that answers line by line."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from airshift.errors import ServiceError
from airshift.verify.launching import Launch

_GRACE = 30
"""Seconds a worker gets beyond the limit of a file before it counts as dead."""


class Worker:
    """Starts at once; says hello, then one line for each question."""

    def __init__(self, launch: Launch) -> None:
        self._errors = tempfile.TemporaryFile(dir=launch.scratch)  # noqa: SIM115
        self._process = subprocess.Popen(
            launch.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=launch.settings,
            cwd=launch.scratch,
            start_new_session=True,
        )
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._reader = Thread(target=self._pump, daemon=True)
        self._reader.start()

    def _pump(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(b"")

    def listen(self, seconds: float = 300) -> dict[str, Any]:
        """The next line; raise ServiceError when the process ended or says nothing in time."""
        try:
            line = self._lines.get(timeout=seconds)
        except Empty:
            line = b""
        if not line:
            self._errors.seek(0)
            text = self._errors.read().decode("utf-8", "replace").strip()
            self.end()
            raise ServiceError(f"the Airflow to verify on ended: {text[-600:] or 'without a word'}")
        return dict(json.loads(line))

    def ask(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Put a question and wait for its answer."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        return self.listen(seconds + _GRACE)

    def end(self) -> None:
        """End the process: without questions it ends by itself, with what it started."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()
