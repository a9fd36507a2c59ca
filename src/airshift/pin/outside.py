"""Requirements that the constraints do not pin: only the index and a resolver can answer."""

from __future__ import annotations

from dataclasses import replace

from airshift.pin.decisions import Action, Answers, Kind, Request
from airshift.pin.grammar import Package, print_entry
from airshift.pin.unsolvable import conflict
from airshift.pin.verdicts import Place, Verdict, pinned, verdict
from airshift.pin.versions import admits, exact_version, find_release, is_older, major, same


def judge_outside(entry: Package, place: Place, request: Request, answers: Answers) -> Verdict:
    question, raised = _raised(entry, request)
    if not answers.asked:
        reason = f"not in the constraints, and {answers.why_not}"
        if raised:
            reason = f"{raised}; {reason}"
        after = place.before if question == entry and place.before else print_entry(question)
        action = Action.KEEP if after == place.before and exact_version(entry.specifier) else Action.MANUAL
        found = verdict(entry, place, action, Kind.UNRESOLVED, reason, after)
        return replace(found, question=question)
    return replace(_answered(entry, place, request, answers, raised), question=question)


def _raised(entry: Package, request: Request) -> tuple[Package, str]:
    """Lift the requirement to the first release that supports the target, where one is known."""
    known = request.tables.first_support.get(entry.key)
    if known is None or request.target.release < tuple(int(part) for part in known.since.split(".")):
        return entry, ""
    asked = exact_version(entry.specifier)
    if asked and not is_older(asked, known.first):
        return entry, ""
    note = f" ({known.note})" if known.note else ""
    reason = f"{known.first} is the first release for Airflow {known.since} and later{note}"
    if not asked and admits(entry.specifier, known.first) and _floor_reaches(entry.specifier, known.first):
        return entry, ""
    specifier = f">={known.first}" if asked else ",".join(filter(None, (entry.specifier, f">={known.first}")))
    return replace(entry, specifier=specifier, options=()), reason


def _floor_reaches(specifier: str, first: str) -> bool:
    from packaging.specifiers import SpecifierSet

    floors = [part.version for part in SpecifierSet(specifier) if part.operator in (">=", "~=", ">")]
    return any(not is_older(floor, first) for floor in floors)


def _answered(entry: Package, place: Place, request: Request, answers: Answers, raised: str) -> Verdict:
    if entry.key in answers.failures:
        return conflict(entry, place, request, answers)
    if answers.releases.get(entry.key) == {}:
        reason = "no such package on the index; if it is private, name its index in the file"
        return verdict(entry, place, Action.MANUAL, Kind.NOT_FOUND, reason, place.before or None)
    version = answers.versions.get(entry.key, "")
    if not version:
        reason = f"not in the constraints, and {answers.problem or 'the resolver gave no version'}"
        return verdict(entry, place, Action.MANUAL, Kind.UNRESOLVED, reason, place.before or None)
    kind, notes = _release_facts(entry, version, request, answers)
    reason = raised or "not in the constraints; resolved for the target"
    found = pinned(entry, place, version, kind, reason)
    decision = replace(found.decision, notes=(*found.decision.notes, *notes))
    doubt = _doubt(entry, request, answers)
    if doubt:
        reason = f"{decision.reason}; {doubt} and no first release for Airflow 3 is known"
        decision = replace(decision, action=Action.MANUAL, kind=Kind.IMPORTS_AIRFLOW, reason=reason)
    return replace(found, decision=decision)


def _doubt(entry: Package, request: Request, answers: Answers) -> str:
    """Say why a package may need Airflow 2; nothing for those of which it is known."""
    known = entry.key in request.tables.first_support or entry.key.startswith("apache-airflow-providers-")
    if known or request.target.release < (3,):
        return ""
    if entry.key in answers.needs_airflow:
        return "it depends on apache-airflow"
    return "by its name it works inside Airflow" if "airflow" in entry.key.split("-") else ""


def _release_facts(
    entry: Package, version: str, request: Request, answers: Answers
) -> tuple[Kind, tuple[str, ...]]:
    """Return what the index knows about the asked and the chosen version: the kind it makes, and notes."""
    releases = answers.releases.get(entry.key, {})
    asked = exact_version(entry.specifier)
    old = find_release(releases, asked) if asked else None
    new = find_release(releases, version)
    kind, notes = Kind.RESOLVED, []
    if old and not old.wheel and not same(asked, version):
        kind = Kind.NO_WHEEL
        notes.append(f"{asked} has no wheel for Python {request.python}")
    if new and not new.wheel:
        kind = Kind.NO_WHEEL
        minutes = request.tables.build_minutes.get(entry.key)
        estimate = f", about {minutes:g} min (estimate)" if minutes else ""
        notes.append(f"{version} has no wheel for Python {request.python}: it is built from source{estimate}")
    if old and old.yanked is not None:
        kind = Kind.YANKED
        notes.append(f"{asked} was yanked{': ' + old.yanked if old.yanked else ''}")
    if entry.key in answers.relaxed:
        notes.append(f"the bound {answers.relaxed[entry.key]} had to be lifted")
    if asked and (major(asked) or 0) < (major(version) or 0):
        notes.append(f"major jump from {asked} to {version}")
    return kind, tuple(notes)
