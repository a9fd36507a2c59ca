"""What is said when airshift itself fails: the kind of failure and the places in the code, never a value.

Messages of exceptions, source lines and variables may hold anything that was read, so none of them is printed: the
text may be pasted into a public report as it is. AIRSHIFT_DEBUG adds the way that led to the failure.
"""

from __future__ import annotations

import os
import platform
import sys
import traceback
from collections.abc import Iterator
from pathlib import PurePath
from types import FrameType

from airshift import __version__

VARIABLE = "AIRSHIFT_DEBUG"
CRASHED = 3
_BROKEN_PIPE = 141
"""What a shell says of a program that was ended because nobody read on."""


def crashed(error: Exception) -> int:
    """Report an unexpected failure on stderr and return the exit code."""
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    wanted = os.environ.get(VARIABLE, "") not in ("", "0")
    print(f"airshift: {headline(error)}", file=sys.stderr)
    if wanted:
        print("\n".join(way_of(error)), file=sys.stderr)
    else:
        print(f"{VARIABLE}=1 shows where, without any values: please report that.", file=sys.stderr)
    return CRASHED


def headline(error: BaseException) -> str:
    """What kind of failure it was, and where; an error of the system with its meaning."""
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {os.strerror(error.errno or 0)}{_place(error)}"
    return f"internal error: {type(error).__name__}{_place(error)}"


def way_of(error: BaseException) -> Iterator[str]:
    """The versions and the frames of an error and of those that led to it, the outermost first."""
    yield f"airshift {__version__}, Python {platform.python_version()}, {sys.platform}"
    met: set[int] = set()
    step: BaseException | None = error
    while step is not None and id(step) not in met:
        met.add(id(step))
        yield f"{type(step).__module__}.{type(step).__qualname__}"
        for frame, line in traceback.walk_tb(step.__traceback__):
            yield f"  {_name(frame)}:{line} in {frame.f_code.co_name}"
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)


def _place(error: BaseException) -> str:
    frames = list(traceback.walk_tb(error.__traceback__))
    ours = [(frame, line) for frame, line in frames if _name(frame).startswith("airshift")]
    return f" at {_name(ours[-1][0])}:{ours[-1][1]}" if ours else ""


def _name(frame: FrameType) -> str:
    """The module, or the file's name without the folders, which may name people."""
    return PurePath(frame.f_globals.get("__name__") or frame.f_code.co_filename).name
