"""The fate of a requirement with a name: the first reason that holds decides."""

from __future__ import annotations

from dataclasses import replace

from airshift.pin.airflow_itself import CORE, judge_airflow
from airshift.pin.carriers import jump_note
from airshift.pin.decisions import Action, Answers, Kind, Request
from airshift.pin.grammar import Package
from airshift.pin.in_the_image import judge_essential, judge_preinstalled
from airshift.pin.outside import judge_outside
from airshift.pin.unsolvable import conflict
from airshift.pin.verdicts import Place, Verdict, exact, named, pinned, verdict
from airshift.pin.versions import admits, applies, exact_version

_BACKPORT_PROVIDER = "apache-airflow-backport-providers-"


def judge_package(entry: Package, place: Place, request: Request, answers: Answers) -> Verdict:
    """Decide about a named requirement."""
    found = _judged(entry, place, request, answers)
    line = named(found.decision.after or "")
    if line and line.extras and line.key in answers.failures and found.question is None:
        return conflict(entry, place, request, answers, replace(line, extras=()))
    return found


def _judged(entry: Package, place: Place, request: Request, answers: Answers) -> Verdict:
    if not applies(entry.marker, request.python):
        reason = f"its marker is false on Python {request.python}"
        return verdict(entry, place, Action.KEEP, Kind.MARKER, reason, place.before)
    if entry.key in CORE:
        return judge_airflow(entry, place, request)
    if entry.key in request.tables.backports and entry.key not in request.pins.versions:
        reason = f"the standard library of Python {request.python} has it; the backport can shadow it"
        return verdict(entry, place, Action.DROP, Kind.BACKPORT, reason)
    moved = _moved(entry, place, request, answers)
    if moved:
        return moved
    if entry.key in request.essentials:
        return judge_essential(entry, place, request)
    if request.image and entry.key in request.image.packages and not request.keep_preinstalled:
        found = judge_preinstalled(entry, place, request)
        if found:
            return found
    if entry.key in request.pins.versions:
        return _constrained(entry, place, request)
    return judge_outside(entry, place, request, answers)


def _moved(entry: Package, place: Place, request: Request, answers: Answers) -> Verdict | None:
    if entry.key.startswith(_BACKPORT_PROVIDER):
        name = "apache-airflow-providers-" + entry.key.removeprefix(_BACKPORT_PROVIDER)
        return _renamed(entry, name, "Airflow 1.10's backport of it ended", place, request, answers)
    moved = request.tables.moved.get(entry.key)
    if moved is None or entry.key in request.pins.versions:
        return None
    if moved.to:
        return _renamed(entry, moved.to[0], moved.note, place, request, answers)
    reason = f"nothing replaces it on Airflow 3: {moved.note} ({moved.source})"
    return verdict(entry, place, Action.MANUAL, Kind.MOVED, reason)


def _renamed(
    entry: Package, name: str, note: str, place: Place, request: Request, answers: Answers
) -> Verdict:
    successor = Package(name, entry.extras, "", entry.marker)
    judged = judge_package(successor, replace(place, before=""), request, answers)
    found = judged.decision
    action = Action.CHANGE if found.action in (Action.PIN, Action.KEEP) else found.action
    reason = f"moved to {name}: {note}; {found.reason}"
    open_kind = found.kind in (Kind.UNRESOLVED, Kind.NOT_FOUND)
    kind = found.kind if open_kind else Kind.MOVED
    decision = replace(found, name=entry.key, before=place.before, action=action, kind=kind, reason=reason)
    return replace(judged, decision=decision)


def _constrained(entry: Package, place: Place, request: Request) -> Verdict:
    version = request.pins.versions[entry.key]
    asked = exact_version(entry.specifier)
    release = f"Airflow {request.pins.version}"
    notes = jump_note(entry.key, asked or request.source.versions.get(entry.key, ""), version, request)
    if not entry.specifier or asked or admits(entry.specifier, version):
        reason = f"pinned by the constraints of {release}"
        found = pinned(entry, place, version, Kind.CONSTRAINED, reason)
        return replace(found, decision=replace(found.decision, notes=(*found.decision.notes, *notes)))
    sides = (f"this file: {place.before}", f"constraints of {release}: {entry.key}=={version}")
    way_out = "not essential: MWAA lets you override it with a constraints file of your own"
    reason = f"the constraints of {release} pin {version}, against {entry.specifier}"
    if request.image:
        reason += f"; {way_out}"
    after = exact(entry, version)
    found = verdict(entry, place, Action.CONFLICT, Kind.CONFLICT, reason, after, notes)
    return replace(found, decision=replace(found.decision, sides=sides))
