"""Which Airflow an estate runs on today, as its own files say."""

from __future__ import annotations

import re

from airshift.files import Listing, read_file
from airshift.targets import DEFAULT_SOURCE, Target, parse_version

_NAMES = re.compile(
    r"(?:[\w.-]*requirements[\w.-]*\.(?:txt|in)|Dockerfile|pyproject\.toml|environment[\w.-]*\.json)\Z"
)
_ENDS = (".txt", ".in", "Dockerfile", ".toml", ".json")
_MENTION = re.compile(
    rb"constraints-(\d+\.\d+\.\d+)/|apache-airflow(?:\[[^\]]*\])?\s*==\s*(\d+\.\d+\.\d+)"
    rb"|apache/airflow:(?:slim-)?(\d+\.\d+\.\d+)|\"AirflowVersion\"\s*:\s*\"(\d+\.\d+\.\d+)\""
)


def detect_source(listing: Listing) -> Target:
    """The lowest Airflow version named in requirements, Dockerfile or environment JSON; else 2.10.3."""
    found: set[str] = set()
    for file in listing.files:
        if not file.path.endswith(_ENDS) or not _NAMES.match(file.path.rpartition("/")[2]):
            continue
        raw = read_file(file)
        if isinstance(raw, bytes):
            found.update(
                group.decode() for match in _MENTION.finditer(raw) for group in match.groups() if group
            )
    versions = sorted((parse_version(text) for text in found), key=lambda version: version.release)
    return versions[0] if versions else parse_version(DEFAULT_SOURCE)
