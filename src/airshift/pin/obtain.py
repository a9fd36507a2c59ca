"""Gets the constraints of a release: bundled where it is, else from the cache or the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from airshift.errors import ServiceError, UsageError
from airshift.pin.pins import Pins
from airshift.pin.store import bundled, load_bundled


class Fetcher(Protocol):
    """What downloads constraints; `clients.constraints.ConstraintsClient` is one."""

    def fetch(self, version: str, python: str) -> Pins:
        """Return the constraints or raise ServiceError."""
        ...

    def cached(self, version: str, python: str) -> Pins | None:
        """Return what an earlier fetch left, if anything."""
        ...


@dataclass(frozen=True, slots=True)
class Obtained:
    """The constraints, and what the user should know about where they came from."""

    pins: Pins
    note: str = ""


def obtain(version: str, python: str, fetcher: Fetcher | None) -> Obtained:
    """Return bundled constraints, else cached, else downloaded ones; without a fetcher no network is used."""
    if (version, python) in bundled():
        return Obtained(load_bundled(version, python))
    if fetcher is None:
        raise _unavailable(version, python, "the network was not to be used")
    found = fetcher.cached(version, python)
    if found is not None:
        return Obtained(found, f"constraints of {version} for Python {python}: from the cache")
    try:
        return Obtained(
            fetcher.fetch(version, python), f"constraints of {version} for Python {python}: downloaded"
        )
    except ServiceError as error:
        raise _unavailable(version, python, str(error)) from error


def synchronise(version: str, python: str, fetcher: Fetcher) -> Obtained:
    """Ask upstream first; fall back to the cache or the bundled file with a note that says so."""
    try:
        pins = fetcher.fetch(version, python)
    except ServiceError as error:
        return _fallback(version, python, fetcher, str(error))
    state = "unchanged upstream, from the cache" if pins.origin == "cache" else "downloaded"
    return Obtained(pins, f"{state}{_difference(pins)}")


def _fallback(version: str, python: str, fetcher: Fetcher, reason: str) -> Obtained:
    if (version, python) in bundled():
        return Obtained(load_bundled(version, python), f"{reason}; the bundled constraints are used")
    found = fetcher.cached(version, python)
    if found is not None:
        return Obtained(found, f"{reason}; the cached constraints are used")
    raise _unavailable(version, python, reason)


def _difference(pins: Pins) -> str:
    if (pins.version, pins.python) not in bundled():
        return "; none are bundled"
    ours = load_bundled(pins.version, pins.python)
    if ours.digest == pins.digest:
        return "; equal to the bundled ones"
    count = len(set(ours.lines()) ^ set(pins.lines()))
    return f"; differs from the bundled ones in {count} lines"


def _unavailable(version: str, python: str, reason: str) -> UsageError:
    known = ", ".join(f"{one} ({minor})" for one, minor in bundled())
    return UsageError(
        f"no constraints of Airflow {version} for Python {python}: {reason}. Bundled: {known}. "
        f"With access to the network run: airshift constraints sync {version} --python {python} "
        "(--constraints-url names a mirror)"
    )
