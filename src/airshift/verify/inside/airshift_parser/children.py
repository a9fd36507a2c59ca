"""Do a piece of work in a forked child that has limits, and leave no process behind."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import secrets
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POLL_SECONDS = 0.05
LARGEST_ANSWER = 256 * 1024 * 1024
_SUBREAPER = 36


def adopt_orphans() -> None:
    """Make grandchildren whose parent ends children of this process, so that they can be found and ended."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


@dataclass(frozen=True)
class Limits:
    """What a child may use, and what it must not touch."""

    seconds: float
    memory_mb: int = 0
    """Address space beyond what the parent has; 0 for no limit."""
    private: tuple[int, ...] = ()
    """File descriptors of the parent's that a child gives up."""


def answer_of(work: Callable[[], dict[str, Any]], limits: Limits) -> dict[str, Any]:
    """What `work` returns in a child of its own, or `{"error": why it gave no answer}`."""
    mark = secrets.token_hex(16).encode()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        for descriptor in (reader, *limits.private):
            os.close(descriptor)
        _run(work, writer, mark, limits.memory_mb)
    os.close(writer)
    try:
        data, status = _read(reader, child, mark, limits.seconds)
    finally:
        os.close(reader)
        _end(child)
    return _understood(data, mark, status, limits.seconds)


def _run(work: Callable[[], dict[str, Any]], writer: int, mark: bytes, memory_mb: int) -> None:
    """Child: answer, then leave without anybody's exit handlers; a fork of it made by `work` says nothing."""
    own = os.getpid()
    try:
        os.setsid()
        _limit(memory_mb)
        _silence()
        answer = work()
    except MemoryError:
        answer = {"error": f"MemoryError: it needed more than {memory_mb} MB"}
    except BaseException as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    if os.getpid() == own:
        _write(writer, mark + json.dumps(answer).encode("utf-8", "backslashreplace") + mark)
    os._exit(0)


def _limit(memory_mb: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_mb and sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + memory_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


def _write(writer: int, data: bytes) -> None:
    while data:
        data = data[os.write(writer, data) :]


def _read(reader: int, child: int, mark: bytes, seconds: float) -> tuple[bytes, int | None]:
    """Everything up to the mark that ends an answer, and how the child ended if it did so without one."""
    data = bytearray()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and len(data) < LARGEST_ANSWER:
        ready, _, _ = select.select([reader], [], [], POLL_SECONDS)
        if ready:
            chunk = os.read(reader, 1 << 16)
            data += chunk
            if data.count(mark) > 1:
                return bytes(data), 0
            if chunk:
                continue
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return bytes(data), status
    return bytes(data), None


def _end(child: int) -> None:
    """End the child, its session and whatever it left to this process."""
    for kill in (os.killpg, os.kill):
        try:
            kill(child, signal.SIGKILL)
        except OSError:
            continue
    while True:
        for stray in _children():
            try:
                os.kill(stray, signal.SIGKILL)
            except OSError:
                continue
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    file = Path(f"/proc/self/task/{os.getpid()}/children")
    try:
        return [int(pid) for pid in file.read_text().split()]
    except OSError:
        return []


def _understood(data: bytes, mark: bytes, status: int | None, seconds: float) -> dict[str, Any]:
    """The answer between its marks; whatever else was written into the pipe does not count."""
    if data.count(mark) == 2:
        return dict(json.loads(data.split(mark)[1]))
    if status is None:
        return {"error": f"stopped after {seconds:g} s"}
    if os.WIFSIGNALED(status):
        return {"error": f"the process was ended by {signal.Signals(os.WTERMSIG(status)).name}"}
    return {"error": f"the process ended itself (exit code {os.WEXITSTATUS(status)})"}
