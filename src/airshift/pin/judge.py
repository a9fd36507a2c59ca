"""The fate of one requirement: a name with versions, a direct reference, Airflow itself, an option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from airshift.pin.carriers import jump_note
from airshift.pin.decisions import Action, Answers, Decision, Kind, Request
from airshift.pin.grammar import Direct, Package, parse_entry, print_entry
from airshift.pin.pins import canonical
from airshift.pin.versions import (
    admits,
    applies,
    exact_version,
    find_release,
    is_older,
    same,
    wheel_fits,
)
from airshift.redact import redact_text

_BACKPORT_PROVIDER = "apache-airflow-backport-providers-"
_CORE = frozenset({"apache-airflow", "apache-airflow-core", "apache-airflow-task-sdk"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a requirement stands; line 0 for one that is added."""

    path: str
    line: int
    before: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, the requirements it brings along, and what only the index can answer."""

    decision: Decision
    adds: tuple[tuple[Package, str], ...] = ()
    question: Package | None = None


def judge_package(entry: Package, place: Place, request: Request, answers: Answers) -> Verdict:
    """Decide about a named requirement."""
    if not applies(entry.marker, request.python):
        reason = f"its marker is false on Python {request.python}"
        return _verdict(entry, place, Action.KEEP, Kind.MARKER, reason, place.before)
    if entry.key in _CORE:
        return _airflow(entry, place, request)
    if entry.key in request.tables.backports and entry.key not in request.pins.versions:
        reason = f"the standard library of Python {request.python} has it; the backport can shadow it"
        return _verdict(entry, place, Action.DROP, Kind.BACKPORT, reason)
    moved = _moved(entry, place, request, answers)
    if moved:
        return moved
    if entry.key in request.essentials:
        return _essential(entry, place, request)
    if request.image and entry.key in request.image.packages and not request.keep_preinstalled:
        found = _preinstalled(entry, place, request)
        if found:
            return found
    if entry.key in request.pins.versions:
        return _constrained(entry, place, request)
    return _outside(entry, place, request, answers)


def judge_direct(entry: Direct, place: Place, request: Request) -> Decision:
    """Decide about a URL, a repository, a local file or folder."""
    shown = redact_text(entry.target)
    fits = wheel_fits(shown.rsplit("/", 1)[-1].split("#")[0], request.python)
    decision = Decision(
        entry.key or shown, place.path, place.line, place.before, place.before, Action.KEEP, Kind.DIRECT, ""
    )
    if entry.key in request.essentials:
        wanted = f"{entry.key}=={request.essentials[entry.key]}"
        reason = f"{entry.key} is essential on MWAA and cannot be overridden ({wanted})"
        return replace(
            decision, after=None, action=Action.CONFLICT, kind=Kind.ESSENTIAL, reason=reason,
            sides=(f"this file: {shown}", f"MWAA: {wanted}"),
        )  # fmt: skip
    if fits is False:
        reason = (
            f"the wheel is not for Python {request.python} on Linux x86_64; build or download one that is"
        )
        return replace(decision, after=None, action=Action.MANUAL, reason=reason)
    if entry.key in request.pins.versions:
        pinned = f"{entry.key}=={request.pins.versions[entry.key]}"
        reason = f"the constraints pin {pinned}; pip refuses a direct reference of another version"
        return replace(decision, action=Action.MANUAL, reason=reason)
    if entry.editable and request.image:
        reason = "MWAA has no source tree to install in editable mode; ship a wheel in plugins.zip"
        return replace(decision, action=Action.MANUAL, reason=reason)
    if fits is None:
        reason = f"not from an index: nobody checked it against Airflow {request.target.version}; test it"
        return replace(decision, action=Action.MANUAL, reason=reason)
    return replace(decision, reason=f"the wheel fits Python {request.python}")


def _airflow(entry: Package, place: Place, request: Request) -> Verdict:
    version = request.target.version
    if entry.key == "apache-airflow-task-sdk" or (entry.key == "apache-airflow-core" and not entry.extras):
        reason = f"apache-airflow {version} brings its own"
        return _verdict(entry, place, Action.DROP, Kind.AIRFLOW, reason)
    extras, adds, notes = _airflow_extras(entry, request)
    if request.image and entry.key == "apache-airflow":
        reason = f"the image has apache-airflow {version} and does not let a requirements file change it"
        verdict = _verdict(entry, place, Action.DROP, Kind.AIRFLOW, reason, notes=notes)
        return replace(verdict, adds=tuple(adds))
    after = _exact(replace(entry, extras=extras), version)
    if entry.extras == extras and exact_version(entry.specifier) == version:
        return _verdict(entry, place, Action.KEEP, Kind.AIRFLOW, "the target's version", place.before)
    reason = f"the target is Airflow {version}"
    verdict = _verdict(entry, place, Action.CHANGE, Kind.AIRFLOW, reason, after, notes)
    return replace(verdict, adds=tuple(adds))


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
            adds += [(one, f"the extra {extra} of apache-airflow") for part in parts if (one := _named(part))]
    return tuple(sorted(kept)), adds, tuple(notes)


def _today(
    extra: str, known: Mapping[str, tuple[str, ...]], old: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """Yield the target's extras (or plain distributions) that stand for an extra of Airflow 2."""
    if extra in known:
        yield extra
        return
    for part in old.get(extra, ()):
        package = _named(part)
        if package and package.key == "apache-airflow":
            yield from (canonical(name) for name in package.extras)
        elif package:
            yield part


def _named(text: str) -> Package | None:
    entry = parse_entry(text)
    return entry if isinstance(entry, Package) else None


def _moved(entry: Package, place: Place, request: Request, answers: Answers) -> Verdict | None:
    if entry.key.startswith(_BACKPORT_PROVIDER):
        name = "apache-airflow-providers-" + entry.key.removeprefix(_BACKPORT_PROVIDER)
        return _renamed(entry, name, "Airflow 1.10's backport of it ended", place, request, answers)
    moved = request.tables.moved.get(entry.key)
    if moved is None:
        return None
    if moved.to:
        return _renamed(entry, moved.to[0], moved.note, place, request, answers)
    reason = f"nothing replaces it on Airflow 3: {moved.note} ({moved.source})"
    return _verdict(entry, place, Action.MANUAL, Kind.MOVED, reason)


def _renamed(
    entry: Package, name: str, note: str, place: Place, request: Request, answers: Answers
) -> Verdict:
    successor = Package(name, entry.extras, "", entry.marker)
    verdict = judge_package(successor, replace(place, before=""), request, answers)
    found = verdict.decision
    action = Action.CHANGE if found.action in (Action.PIN, Action.KEEP) else found.action
    reason = f"moved to {name}: {note}; {found.reason}"
    decision = replace(
        found, name=entry.key, before=place.before, action=action, kind=Kind.MOVED, reason=reason
    )
    return replace(verdict, decision=decision)


def _essential(entry: Package, place: Place, request: Request) -> Verdict:
    version = request.essentials[entry.key]
    pinned = f"{entry.key}=={version}"
    if admits(entry.specifier, version):
        if entry.extras:
            return _pinned(
                entry, place, version, Kind.ESSENTIAL, "essential on MWAA; only its extras are new"
            )
        reason = f"essential on MWAA: the image has {pinned} and a requirements file cannot override it"
        return _verdict(entry, place, Action.DROP, Kind.ESSENTIAL, reason)
    asked = exact_version(entry.specifier)
    if asked and same(asked, request.source.versions.get(entry.key, "")):
        reason = f"{asked} was the pin of the old constraints; essential on MWAA, the image has {pinned}"
        return _verdict(entry, place, Action.DROP, Kind.ESSENTIAL, reason)
    sides = (f"this file: {place.before}", f"MWAA's essential constraints: {pinned}")
    reason = f"essential on MWAA, not overridable: {pinned} stands against {entry.specifier}"
    verdict = _verdict(entry, place, Action.CONFLICT, Kind.ESSENTIAL, reason)
    return replace(verdict, decision=replace(verdict.decision, sides=sides))


def _preinstalled(entry: Package, place: Place, request: Request) -> Verdict | None:
    """Drop what the image has; None where extras or a bound of its own make the line needed."""
    assert request.image is not None
    version = request.image.packages[entry.key] or request.pins.versions.get(entry.key, "")
    if set(entry.extras) - _root_extras(entry.key, request):
        return None
    if version and not exact_version(entry.specifier) and not admits(entry.specifier, version):
        return None
    has = f"the image has {entry.key}{'==' + version if version else ''}"
    asked = exact_version(entry.specifier)
    differs = f" (this file asked for {asked})" if asked and version and not same(asked, version) else ""
    notes = jump_note(entry.key, asked or request.source.versions.get(entry.key, ""), version, request)
    return _verdict(entry, place, Action.DROP, Kind.PREINSTALLED, has + differs, notes=notes)


def _root_extras(key: str, request: Request) -> set[str]:
    roots = [_named(root) for root in (request.image.roots if request.image else ())]
    return {extra for root in roots if root and root.key == key for extra in root.extras}


def _constrained(entry: Package, place: Place, request: Request) -> Verdict:
    version = request.pins.versions[entry.key]
    asked = exact_version(entry.specifier)
    release = f"Airflow {request.pins.version}"
    notes = jump_note(entry.key, asked or request.source.versions.get(entry.key, ""), version, request)
    if not entry.specifier or asked or admits(entry.specifier, version):
        reason = f"pinned by the constraints of {release}"
        verdict = _pinned(entry, place, version, Kind.CONSTRAINED, reason)
        return replace(verdict, decision=replace(verdict.decision, notes=(*verdict.decision.notes, *notes)))
    sides = (f"this file: {place.before}", f"constraints of {release}: {entry.key}=={version}")
    way_out = "not essential: MWAA lets you override it with a constraints file of your own"
    reason = f"the constraints of {release} pin {version}, against {entry.specifier}"
    if request.image:
        reason += f"; {way_out}"
    after = _exact(entry, version)
    verdict = _verdict(entry, place, Action.CONFLICT, Kind.CONFLICT, reason, after, notes)
    return replace(verdict, decision=replace(verdict.decision, sides=sides))


def _outside(entry: Package, place: Place, request: Request, answers: Answers) -> Verdict:
    question, raised = _raised(entry, request)
    if not answers.asked:
        reason = f"not in the constraints, and {answers.why_not}"
        if raised:
            reason = f"{raised}; {reason}"
        after = place.before if question == entry and place.before else print_entry(question)
        action = Action.KEEP if after == place.before and exact_version(entry.specifier) else Action.MANUAL
        verdict = _verdict(entry, place, action, Kind.UNRESOLVED, reason, after)
        return replace(verdict, question=question)
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
        sides = (f"this file: {place.before or print_entry(entry)}", answers.failures[entry.key])
        reason = f"no release fits Airflow {request.target.version}: {answers.failures[entry.key]}"
        verdict = _verdict(entry, place, Action.CONFLICT, Kind.CONFLICT, reason)
        return replace(verdict, decision=replace(verdict.decision, sides=sides))
    if answers.releases.get(entry.key) == {}:
        reason = "no such package on the index; if it is private, name its index in the file"
        return _verdict(entry, place, Action.MANUAL, Kind.NOT_FOUND, reason, place.before or None)
    version = answers.versions.get(entry.key, "")
    if not version:
        reason = f"not in the constraints, and {answers.problem or 'the resolver gave no version'}"
        return _verdict(entry, place, Action.MANUAL, Kind.UNRESOLVED, reason, place.before or None)
    reason = raised or "not in the constraints; resolved for the target"
    verdict = _pinned(entry, place, version, Kind.RESOLVED, reason)
    notes = (*verdict.decision.notes, *_release_notes(entry, version, request, answers))
    decision = replace(verdict.decision, notes=notes)
    known = request.tables.first_support.get(entry.key) or entry.key.startswith("apache-airflow-providers-")
    if entry.key in answers.needs_airflow and not known:
        reason = (
            f"{decision.reason}; it depends on apache-airflow and no first release for Airflow 3 is known"
        )
        decision = replace(decision, action=Action.MANUAL, kind=Kind.IMPORTS_AIRFLOW, reason=reason)
    return replace(verdict, decision=decision)


def _release_notes(entry: Package, version: str, request: Request, answers: Answers) -> Iterator[str]:
    releases = answers.releases.get(entry.key, {})
    asked = exact_version(entry.specifier)
    old = find_release(releases, asked) if asked else None
    if old and old.yanked is not None:
        yield f"{asked} was yanked{': ' + old.yanked if old.yanked else ''}"
    if old and not old.wheel and not same(asked, version):
        yield f"{asked} has no wheel for Python {request.python}"
    if entry.key in answers.relaxed:
        yield f"the bound {answers.relaxed[entry.key]} had to be lifted"
    new = find_release(releases, version)
    if new and not new.wheel:
        minutes = request.tables.build_minutes.get(entry.key)
        estimate = f", about {minutes:g} min (estimate)" if minutes else ""
        yield f"{version} has no wheel for Python {request.python}: it is built from source{estimate}"


def _pinned(entry: Package, place: Place, version: str, kind: Kind, reason: str) -> Verdict:
    asked = exact_version(entry.specifier)
    if asked and same(asked, version):
        return _verdict(entry, place, Action.KEEP, kind, reason, place.before)
    notes = ("its hashes belonged to the old version and are gone",) if entry.options else ()
    admitted = not entry.specifier or admits(entry.specifier, version)
    if not admitted:
        reason = f"{reason} (was {entry.specifier})"
    action = Action.PIN if admitted else Action.CHANGE
    return _verdict(entry, place, action, kind, reason, _exact(entry, version), notes)


def _exact(entry: Package, version: str) -> str:
    return print_entry(replace(entry, specifier=f"=={version}", options=()))


def _verdict(
    entry: Package,
    place: Place,
    action: Action,
    kind: Kind,
    reason: str,
    after: str | None = None,
    notes: tuple[str, ...] = (),
) -> Verdict:
    return Verdict(
        Decision(entry.key, place.path, place.line, place.before, after, action, kind, reason, notes)
    )
