"""Which Airflow a file is deployed to, and which one an address leads to."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from airshift.settings import Environment


class Environments:
    """The environments of an estate; without any, everything is one nameless environment."""

    def __init__(self, environments: Iterable[Environment] = ()) -> None:
        self._all = tuple(environments)

    @property
    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(environment.name for environment in self._all))

    def of(self, location: Path) -> tuple[str, ...]:
        """The environments a file is deployed to: those with the nearest folder; one nameless without any."""
        above = [env for env in self._all if location.is_relative_to(env.path)]
        nearest = max((len(env.path.parts) for env in above), default=0)
        return tuple(env.name for env in above if len(env.path.parts) == nearest) or ("",)

    def at(self, address: str) -> str | None:
        """The name of the environment at a URL, or of this name on Amazon MWAA; None when it is none of them."""
        host = urlsplit(address).hostname
        for environment in self._all:
            if host and host == urlsplit(environment.url).hostname:
                return environment.name
            if address in (environment.mwaa, environment.name):
                return environment.name
        return None
