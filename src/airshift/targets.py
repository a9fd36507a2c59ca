"""Airflow versions as sources and targets, and the platform they run on."""

from __future__ import annotations

import re

from airshift.errors import UsageError
from airshift.records import dataclass

MWAA_VERSIONS = ("2.9.2", "2.10.1", "2.10.3", "2.11.0", "2.11.2", "3.0.6", "3.2.1", "3.3.1")
"""Airflow versions with a published Amazon MWAA image, as of 2026-11; oldest first."""

NEWEST_MINOR = (3, 3)
"""The newest minor release whose names, options and behaviour were measured."""

DEFAULT_SOURCE = "2.10.3"
_SPELLING = re.compile(r"(?:(?P<platform>mwaa)-)?(?P<version>\d+\.\d+(?:\.\d+)?)\Z")


@dataclass(frozen=True, slots=True)
class Target:
    """An Airflow version, on MWAA or self-hosted."""

    version: str
    platform: str = ""

    @property
    def release(self) -> tuple[int, ...]:
        """The version as numbers, e.g. `(3, 0, 6)`."""
        return tuple(int(part) for part in self.version.split("."))

    def __str__(self) -> str:
        return f"{self.platform}-{self.version}" if self.platform else self.version


def parse_target(text: str) -> Target:
    """Read `3.3.1` or `mwaa-3.3.1`; raise UsageError for anything else, and for versions never measured."""
    target = parse_version(text)
    if target.release[0] < 3:
        raise UsageError(f"target {text!r}: airshift migrates to Airflow 3; name a 3.x version")
    if target.release[:2] > NEWEST_MINOR:
        newest = ".".join(str(part) for part in NEWEST_MINOR)
        raise UsageError(f"target {text!r}: this airshift knows Airflow up to {newest}; name 3.0 to {newest}")
    if target.platform == "mwaa" and target.version not in MWAA_VERSIONS:
        known = ", ".join(f"mwaa-{version}" for version in MWAA_VERSIONS if version.startswith("3."))
        raise UsageError(f"target {text!r}: no such MWAA version; known: {known}")
    return target


def parse_version(text: str) -> Target:
    """Read any Airflow version with an optional `mwaa-` prefix, `3.3` meaning `3.3.0`."""
    match = _SPELLING.match(text.strip().lower())
    if match is None:
        raise UsageError(f"{text!r} is not an Airflow version; write 3.3.1 or mwaa-3.3.1")
    version = match["version"]
    if version.count(".") == 1:
        version += ".0"
    return Target(version, match["platform"] or "")


def default_target() -> Target:
    """The newest Airflow that MWAA offers."""
    return Target(MWAA_VERSIONS[-1], "mwaa")


def default_source() -> Target:
    """The version assumed where an estate does not say what it runs on."""
    return Target(DEFAULT_SOURCE)
