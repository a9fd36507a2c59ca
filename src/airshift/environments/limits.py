"""Rules of MWAA that its service model does not state: classes, counts, pairs, versions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from airshift._data import data_folder
from airshift.environments.service_model import documented_classes
from airshift.environments.validate import Violation
from airshift.redact import has_credentials
from airshift.targets import Target, parse_version

FILES = ("Plugins", "Requirements", "StartupScript")
_COUNTS = {
    "schedulers": ("Schedulers",),
    "webservers": ("MinWebservers", "MaxWebservers"),
    "workers": ("MinWorkers", "MaxWorkers"),
}
_PAIRS = (("MinWorkers", "MaxWorkers"), ("MinWebservers", "MaxWebservers"))


@cache
def environment_table() -> dict[str, Any]:
    """rules/mwaa-environment.toml."""
    return tomllib.loads((data_folder("rules") / "mwaa-environment.toml").read_text(encoding="utf-8"))


def broken_limits(request: dict[str, Any], target: Target) -> Iterator[Violation]:
    """What the service would refuse although its model allows it. Types are checked before."""
    yield from _class(request)
    for low, high in _PAIRS:
        if low in request and high in request and request[low] > request[high]:
            yield Violation(low, f"has to be at most {high} ({request[high]})")
    for kind in FILES:
        path, version = f"{kind}S3Path", f"{kind}S3ObjectVersion"
        if (path in request) != (version in request):
            yield Violation(path, f"has to be given together with {version}")
    yield from _versions(request, target)
    yield from _teams(request)
    if has_credentials(request.get("IdentityCenterConfiguration", {}).get("StartUrl", "")):
        yield Violation("IdentityCenterConfiguration.StartUrl", "must not hold a login")


def _class(request: dict[str, Any]) -> Iterator[Violation]:
    name = request.get("EnvironmentClass")
    if name is None:
        return
    table = environment_table()["classes"]
    if name not in table:
        if name not in documented_classes():
            yield Violation("EnvironmentClass", f"has to be one of {', '.join(table)}")
        return
    for kind, fields in _COUNTS.items():
        if kind not in table[name]:
            continue
        low, high = table[name][kind]
        allowed = str(low) if low == high else f"{low} to {high}"
        for field in fields:
            if field in request and not low <= request[field] <= high:
                yield Violation(field, f"{name} takes {allowed} {kind}")


def _versions(request: dict[str, Any], target: Target) -> Iterator[Violation]:
    for row in environment_table()["since"]:
        needed = parse_version(row["version"])
        if request.get(row["field"]) == row["value"] and target.release < needed.release:
            yield Violation(row["field"], f"{row['value']} needs Airflow {row['version']} or newer")


def _teams(request: dict[str, Any]) -> Iterator[Violation]:
    teams = request.get("Teams")
    if not teams:
        return
    if "IdentityCenterConfiguration" not in request:
        yield Violation("Teams", "need IdentityCenterConfiguration")
    prefixes = sorted(
        (team["SourceBucketArn"], team["DagS3Path"].strip("/") + "/") for team in teams.values()
    )
    for (bucket, one), (other_bucket, other) in pairwise(prefixes):
        if bucket == other_bucket and other.startswith(one):
            yield Violation("Teams", "need DAG folders of their own, none within another's")
