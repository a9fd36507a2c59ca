"""Keep a DAG file from the network and from the caller's own files."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_NEW_USER, _NEW_NETWORK, _NEW_MOUNTS = 0x10000000, 0x40000000, 0x00020000
_BIND, _PRIVATE, _RECURSIVE = 4096, 1 << 18, 16384
_OF_A_PROCESS = re.compile(r"/proc/(?P<process>\d+)/(environ|mem|root|cwd|fd)\b")
_READING = frozenset({"open", "os.listdir", "os.scandir", "glob.glob"})
_CONNECTING = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"})


def isolate(hidden: Sequence[str], shown: Sequence[str]) -> list[str]:
    """Leave the network and cover `hidden` folders but for what is `shown` in them; return what worked.

    Needs Linux and unprivileged user namespaces; what does not work here is still refused by `refuse`.
    """
    if sys.platform != "linux":
        return []
    library = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if library.unshare(_NEW_USER | _NEW_NETWORK | _NEW_MOUNTS):
        return []
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with contextlib.suppress(OSError):
            Path("/proc/self", name).write_text(text)
    if library.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None):
        return ["network"]
    covered = [_cover(library, folder, shown) for folder in hidden if Path(folder).is_dir()]
    return ["network", "files"] if all(covered) else ["network"]


def _cover(library: Any, folder: str, shown: Sequence[str]) -> bool:
    """Put an empty folder over `folder` and the shown folders inside it back in place."""
    inside = [name for name in shown if name.startswith(f"{folder}/") and Path(name).is_dir()]
    held = [(name, os.open(name, os.O_PATH | os.O_DIRECTORY)) for name in inside]
    done = library.mount(b"none", os.fsencode(folder), b"tmpfs", 0, b"mode=0755") == 0
    for name, descriptor in held:
        if done:
            Path(name).mkdir(parents=True, exist_ok=True)
            source = f"/proc/self/fd/{descriptor}".encode()
            done = library.mount(source, os.fsencode(name), None, _BIND | _RECURSIVE, None) == 0
        os.close(descriptor)
    return bool(done)


def refuse(hidden: Sequence[str], shown: Sequence[str]) -> None:
    """From now on refuse connections, other processes' secrets and files below `hidden` unless `shown`."""
    hidden_below = tuple(f"{folder}/" for folder in hidden)
    shown_below = tuple(f"{folder}/" for folder in shown)

    def is_hidden(path: str) -> bool:
        full = os.path.realpath(path)
        process = _OF_A_PROCESS.match(full)
        if process:
            return process["process"] != str(os.getpid())
        return f"{full}/".startswith(hidden_below) and not f"{full}/".startswith(shown_below)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CONNECTING and not _is_local(arguments):
            raise ConnectionRefusedError("the network is off while DAG files are proven")
        if event in _READING and arguments and isinstance(arguments[0], (str, bytes)):
            path = os.fsdecode(arguments[0])
            if is_hidden(path):
                raise FileNotFoundError(2, "hidden while DAG files are proven", path)

    sys.addaudithook(hook)


def _is_local(arguments: tuple[Any, ...]) -> bool:
    """Whether a socket event names a path of this machine rather than an address."""
    return len(arguments) > 1 and isinstance(arguments[1], (str, bytes)) and b"/" in os.fsencode(arguments[1])
