"""The line that asks for Airflow: its version, and extras that changed or became providers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from airshift.pin.decisions import Action, Kind, Request
from airshift.pin.grammar import Package
from airshift.pin.pins import canonical
from airshift.pin.verdicts import Place, Verdict, exact, named, verdict
from airshift.pin.versions import exact_version

CORE = frozenset({"apache-airflow", "apache-airflow-core", "apache-airflow-task-sdk"})


def judge_airflow(entry: Package, place: Place, request: Request) -> Verdict:
    version = request.target.version
    if entry.key == "apache-airflow-task-sdk" or (entry.key == "apache-airflow-core" and not entry.extras):
        reason = f"apache-airflow {version} brings its own"
        return verdict(entry, place, Action.DROP, Kind.AIRFLOW, reason)
    extras, adds, notes = _airflow_extras(entry, request)
    if request.image and entry.key == "apache-airflow":
        reason = f"the image has apache-airflow {version} and does not let a requirements file change it"
        found = verdict(entry, place, Action.DROP, Kind.AIRFLOW, reason, notes=notes)
        return replace(found, adds=tuple(adds))
    after = exact(replace(entry, extras=extras), version)
    if entry.extras == extras and exact_version(entry.specifier) == version:
        return verdict(entry, place, Action.KEEP, Kind.AIRFLOW, "the target's version", place.before)
    reason = f"the target is Airflow {version}"
    found = verdict(entry, place, Action.CHANGE, Kind.AIRFLOW, reason, after, notes)
    return replace(found, adds=tuple(adds))


def _airflow_extras(
    entry: Package, request: Request
) -> tuple[tuple[str, ...], list[tuple[Package, str]], tuple[str, ...]]:
    """Return the extras that the target knows, what has to be asked for by name instead, and notes."""
    if entry.key != "apache-airflow":
        return entry.extras, [], ()
    known, old = request.tables.extras_of(request.target.version), request.tables.old_extras
    kept: dict[str, None] = {}
    adds: list[tuple[Package, str]] = []
    notes: list[str] = []
    for extra in map(canonical, entry.extras):
        names = list(_today(extra, known, old))
        if not names:
            notes.append(f"the extra {extra} is gone")
        for name in names:
            if name in known and not request.image:
                kept[name] = None
                continue
            parts = known.get(name, (name,))
            adds += [(one, f"the extra {extra} of apache-airflow") for part in parts if (one := named(part))]
    return tuple(sorted(kept)), adds, tuple(notes)


def _today(
    extra: str, known: Mapping[str, tuple[str, ...]], old: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """Yield the target's extras (or plain distributions) that stand for an extra of Airflow 2."""
    if extra in known:
        yield extra
        return
    for part in old.get(extra, ()):
        package = named(part)
        if package and package.key == "apache-airflow":
            yield from (canonical(name) for name in package.extras)
        elif package:
            yield part
