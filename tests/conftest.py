"""No test reaches beyond this machine, or finds the AWS credentials of whoever runs it.

Connections and lookups of names are refused unless they stay on loopback. Tests that ask a package index carry the
marker `network`. Only this process is watched: programs that tests start are not.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

LOOPBACK = re.compile(r"(?:::ffff:)?127\.\d+\.\d+\.\d+|::1|localhost", re.IGNORECASE)
_open = False


class NotLoopbackError(AssertionError):
    """A test tried to reach another machine."""


def _guarded(plain: Callable[..., Any], host_of: Callable[..., Any]) -> Callable[..., Any]:
    def guard(*arguments: Any, **options: Any) -> Any:
        host = host_of(*arguments, **options)
        if not _open and not _is_here(host):
            raise NotLoopbackError(
                f"{host!r} is not on loopback; a test that needs it has the marker network"
            )
        return plain(*arguments, **options)

    return guard


def _is_here(host: Any) -> bool:
    """Loopback, this machine's own addresses to listen on, or the path of a Unix socket."""
    text = host.decode() if isinstance(host, bytes) else str(host or "")
    return not text or text.startswith(("/", "\0")) or LOOPBACK.fullmatch(text) is not None


def _of_address(_: socket.socket, address: Any) -> Any:
    return address[0] if isinstance(address, tuple) else address


def _of_lookup(host: Any, *_: Any, **__: Any) -> Any:
    return host


def pytest_configure(config: pytest.Config) -> None:
    """Guard the sockets of the whole run, fixtures included."""
    config.addinivalue_line("markers", "network: asks a package index; all other tests may use loopback only")
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name), _of_address))
    socket.getaddrinfo = _guarded(socket.getaddrinfo, _of_lookup)
    for name in [name for name in os.environ if name.startswith(("AWS_", "AIRSHIFT_LIVE_"))]:
        del os.environ[name]
    os.environ |= {
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Open the guard for a test that says so, from its fixtures' setup to their end."""
    global _open
    _open = item.get_closest_marker("network") is not None
    try:
        return (yield)
    finally:
        _open = False
