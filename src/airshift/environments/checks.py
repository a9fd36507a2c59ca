"""`airshift env check`: all points about an environment, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from airshift import __version__
from airshift.environments.check_access import check_access
from airshift.environments.check_network import check_network
from airshift.environments.check_running import check_running
from airshift.environments.evidence import Evidence
from airshift.environments.verdicts import Check, Verdict, judged
from airshift.output.text import printable

SCHEMA = 1


def check_environment(found: Evidence) -> tuple[Check, ...]:
    """Judge everything that was collected; what could not be collected is unknown."""
    region = found.blue.region
    network = judged("network", "VPC", found.network, lambda network: check_network(network, region))
    return (*check_running(found), *network, *check_access(found))


def lines(where: str, checks: tuple[Check, ...]) -> Iterator[str]:
    """The points by topic, for people."""
    counts = Counter(check.verdict for check in checks)
    yield printable(f"{where}: " + ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict))
    for topic, points in groupby(checks, key=lambda check: check.topic):
        yield f"\n{topic}"
        for one in points:
            yield printable(f"  {one.verdict:<8} {one.name}: {one.text}")


def document(where: str, checks: tuple[Check, ...]) -> dict[str, Any]:
    """What `airshift env check --format json` prints."""
    counts = Counter(check.verdict for check in checks)
    return {
        "schema_version": SCHEMA,
        "tool": {"name": "airshift", "version": __version__},
        "where": where,
        "counts": {verdict.value: counts[verdict] for verdict in Verdict},
        "checks": [
            {"topic": one.topic, "name": one.name, "verdict": one.verdict.value, "text": one.text}
            for one in checks
        ],
    }
