"""Requirements that the MWAA image meets already: essential ones and preinstalled ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from airshift.pin.carriers import jump_note
from airshift.pin.decisions import Action, Kind, Request
from airshift.pin.grammar import Package
from airshift.pin.pins import canonical
from airshift.pin.verdicts import Place, Verdict, named, pinned, verdict
from airshift.pin.versions import admits, exact_version, same

_SETTLED = "# airshift: conflict"
"""What an earlier run has written behind a line that a person has to decide about."""


def missing_from_image(lock: Iterable[str], request: Request) -> tuple[str, ...]:
    """Return the locked lines that the target does not have before requirements are installed."""
    preinstalled = request.image.packages if request.image else {}
    has = {
        *preinstalled,
        *request.essentials,
        "apache-airflow",
        "apache-airflow-core",
        "apache-airflow-task-sdk",
    }
    return tuple(line for line in lock if canonical(line.partition("==")[0]) not in has)


def judge_essential(entry: Package, place: Place, request: Request) -> Verdict:
    version = request.essentials[entry.key]
    wanted = f"{entry.key}=={version}"
    if admits(entry.specifier, version):
        if entry.extras:
            return pinned(entry, place, version, Kind.ESSENTIAL, "essential on MWAA; only its extras are new")
        reason = f"essential on MWAA: the image has {wanted} and a requirements file cannot override it"
        return verdict(entry, place, Action.DROP, Kind.ESSENTIAL, reason)
    asked = exact_version(entry.specifier)
    if asked and same(asked, request.source.versions.get(entry.key, "")):
        reason = f"{asked} was the pin of the old constraints; essential on MWAA, the image has {wanted}"
        return verdict(entry, place, Action.DROP, Kind.ESSENTIAL, reason)
    sides = (f"this file: {place.before}", f"MWAA's essential constraints: {wanted}")
    reason = f"essential on MWAA, not overridable: {wanted} stands against {entry.specifier}"
    found = verdict(entry, place, Action.CONFLICT, Kind.ESSENTIAL, reason)
    return replace(found, decision=replace(found.decision, sides=sides))


def judge_preinstalled(entry: Package, place: Place, request: Request) -> Verdict | None:
    """Drop what the image has; None where extras or a bound of its own make the line needed."""
    assert request.image is not None
    version = request.image.packages[entry.key] or request.pins.versions.get(entry.key, "")
    if place.comment.startswith(_SETTLED):
        return None
    if set(entry.extras) - _root_extras(entry.key, request):
        return None
    if version and not exact_version(entry.specifier) and not admits(entry.specifier, version):
        return None
    has = f"the image has {entry.key}{'==' + version if version else ''}"
    asked = exact_version(entry.specifier)
    differs = f" (this file asked for {asked})" if asked and version and not same(asked, version) else ""
    notes = jump_note(entry.key, asked or request.source.versions.get(entry.key, ""), version, request)
    return verdict(entry, place, Action.DROP, Kind.PREINSTALLED, has + differs, notes=notes)


def _root_extras(key: str, request: Request) -> set[str]:
    roots = [named(root) for root in (request.image.roots if request.image else ())]
    return {extra for root in roots if root and root.key == key for extra in root.extras}
