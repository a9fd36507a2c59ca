"""Which package indexes are configured: the file's own options, the environment, then pip's configuration."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from airshift.pin.document import Document
from airshift.pin.grammar import Option, expand


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Where packages come from. `main` is empty for the default index of the installer."""

    main: str = ""
    extra: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False

    @property
    def urls(self) -> tuple[str, ...]:
        """Every index to ask, the main one first."""
        if self.no_index:
            return ()
        return (self.main or default_index(), *self.extra)


def settings_of(documents: Iterable[Document], environment: Mapping[str, str] = os.environ) -> IndexSettings:
    """Combine what the documents say with the environment and pip's configuration."""
    options = [line.entry for document in documents for line in document.lines]
    said = [option for option in options if isinstance(option, Option)]

    def values(*flags: str) -> tuple[str, ...]:
        return tuple(expand(option.value, dict(environment)) for option in said if option.flag in flags)

    configured = pip_configuration()
    main = (
        *reversed(values("--index-url", "--pypi-url")),
        environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL") or "",
        environment.get("PIP_INDEX_URL", ""),
        configured.get("index-url", ""),
    )
    extra = (
        *values("--extra-index-url"),
        *environment.get("UV_EXTRA_INDEX_URL", "").split(),
        *environment.get("PIP_EXTRA_INDEX_URL", "").split(),
        *configured.get("extra-index-url", "").split(),
    )
    return IndexSettings(
        next(filter(None, main), ""),
        tuple(dict.fromkeys(extra)),
        values("--find-links"),
        any(option.flag == "--no-index" for option in said),
    )


def pip_configuration() -> dict[str, str]:
    """Return the keys of pip's `[global]` and `[install]` sections; empty where pip cannot be asked."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return {}
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in ("global", "install") and value:
            found[name] = " ".join(shlex.split(value))
    return found


def default_index() -> str:
    """Return the index that pip uses when none is configured; empty without pip."""
    try:
        from pip._internal.models.index import PyPI  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return ""
    return str(PyPI.simple_url)
