"""`airshift env show` as text for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airshift.environments.model import BUCKET_ARN, OPTIONS
from airshift.environments.parts import Unknown
from airshift.environments.survey import Survey, counts
from airshift.output.text import printable
from airshift.targets import default_target

_SHOWN = 20
"""Records of a kind that are listed; the JSON has all."""
_PATHS = {
    "DagS3Path": "DAGs",
    "RequirementsS3Path": "requirements",
    "PluginsS3Path": "plugins",
    "StartupScriptS3Path": "startup script",
}


def lines(found: Survey) -> Iterator[str]:
    """The table, line by line."""
    yield from (printable(line) for line in _lines(found))


def _lines(found: Survey) -> Iterator[str]:
    yield f"{found.where}: Airflow {found.airflow or 'of unknown version'}"
    match found.environment:
        case Unknown(reason):
            yield _row("environment", f"unknown: {reason}")
        case dict():
            yield from _environment(found.environment)
    yield from _airflow(found)
    if isinstance(found.environment, dict):
        yield from _options(found, found.environment.get(OPTIONS) or {})
    yield from _next(found)


def _environment(said: dict[str, Any]) -> Iterator[str]:
    yield _row("status", said.get("Status", "unknown"))
    update = said.get("LastUpdate") or {}
    if update.get("Status"):
        code = update.get("Error", {}).get("ErrorCode", "")
        yield _row("last update", " ".join(filter(None, (update["Status"], code, update.get("CreatedAt")))))
    yield _row("class", said.get("EnvironmentClass", "unknown"))
    for name, low, high in (
        ("workers", "MinWorkers", "MaxWorkers"),
        ("web servers", "MinWebservers", "MaxWebservers"),
    ):
        if low in said or high in said:
            yield _row(name, f"{said.get(low, '?')} to {said.get(high, '?')}")
    if "Schedulers" in said:
        yield _row("schedulers", said["Schedulers"])
    yield _row("access", said.get("WebserverAccessMode", "unknown"))
    bucket = BUCKET_ARN.fullmatch(str(said.get("SourceBucketArn", "")))
    for field, name in _PATHS.items():
        if bucket and said.get(field):
            yield _row(name, f"s3://{bucket['bucket']}/{str(said[field]).lstrip('/')}")


def _airflow(found: Survey) -> Iterator[str]:
    if isinstance(found.health, Unknown):
        yield _row("health", f"unknown: {found.health.reason}")
    else:
        yield _row(
            "health", ", ".join(f"{name} {status}" for name, status in found.health.items()) or "nothing said"
        )
    if isinstance(found.dags, Unknown):
        yield _row("DAGs", f"unknown: {found.dags.reason}")
    else:
        said = counts(found.dags)
        yield _row("DAGs", f"{said['total']}, {said['paused']} of them paused")
    if isinstance(found.import_errors, Unknown):
        yield _row("import errors", f"unknown: {found.import_errors.reason}")
    else:
        yield _row("import errors", len(found.import_errors))
        yield from _some([f"{one['filename']}: {one['error']}" for one in found.import_errors])
    if isinstance(found.pools, Unknown):
        yield _row("pools", f"unknown: {found.pools.reason}")
    else:
        yield _row("pools", len(found.pools))
        yield from _some([f"{pool['name']}: {pool['slots']} slots" for pool in found.pools])


def _options(found: Survey, options: dict[str, Any]) -> Iterator[str]:
    yield f"\nConfiguration options ({len(options)})"
    for name, value in sorted(options.items()):
        yield f"  {name}" + (" (not shown)" if name in found.hidden else f" = {value}")


def _next(found: Survey) -> Iterator[str]:
    advice = found.advice
    if advice is None:
        return
    yield f"\nNext, to Airflow {default_target().version}: {advice.reason}"
    for strategy in advice.strategies:
        yield f"  {strategy.id}: {strategy.title}; {' -> '.join(strategy.path) or 'not open'}"
    yield f"  airshift env snapshot {found.where} --out snapshot"


def _row(name: str, value: object) -> str:
    return f"  {name:<15}{value}"


def _some(rows: list[str]) -> Iterator[str]:
    yield from (f"      {row}" for row in rows[:_SHOWN])
    if len(rows) > _SHOWN:
        yield f"      and {len(rows) - _SHOWN} more"
