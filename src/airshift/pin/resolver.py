"""The resolver: a pure function of requirements, constraints, scan and what the index answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from airshift.pin.carriers import needed
from airshift.pin.decisions import Action, Answers, Decision, Kind, Request, Resolution
from airshift.pin.direct import judge_direct
from airshift.pin.document import Document, Line
from airshift.pin.grammar import (
    Blank,
    ConstraintFile,
    Direct,
    Include,
    Invalid,
    Option,
    Package,
    Variable,
    parse_entry,
)
from airshift.pin.hashes import without_partial_hashes
from airshift.pin.judge import judge_package
from airshift.pin.pins import OFFICIAL
from airshift.pin.traps import find_traps
from airshift.pin.verdicts import Place, duplicate
from airshift.redact import redact_text


@dataclass(slots=True)
class _State:
    request: Request
    answers: Answers
    decisions: list[Decision] = field(default_factory=list)
    questions: list[Package] = field(default_factory=list)
    adds: list[tuple[Package, str]] = field(default_factory=list)
    after: dict[str, Decision] = field(default_factory=dict)
    """The new lines so far, to find the ones that say the same twice."""
    constrained: bool = False


def resolve(request: Request, answers: Answers) -> Resolution:
    """Decide about every requirement of every document, then about what is missing from them."""
    state = _State(request, answers)
    for document in request.documents:
        for line in document.lines:
            state.decisions.extend(_judge_line(line, document, state))
    _add_constraint_line(state)
    _add_missing(state)
    decisions = without_partial_hashes(state.decisions, request.documents)
    open_names = () if answers.asked else tuple(dict.fromkeys(one.key for one in state.questions))
    unanswered = tuple(d.name for d in decisions if d.kind is Kind.UNRESOLVED)
    return Resolution(
        tuple(decisions),
        tuple(dict.fromkeys(state.questions)),
        tuple(find_traps(request, decisions, answers)),
        request.scan.problems,
        tuple(dict.fromkeys((*open_names, *unanswered))),
        answers.lock,
    )


def _judge_line(line: Line, document: Document, state: _State) -> Iterator[Decision]:
    place = Place(document.path, line.number, redact_text(line.text), line.comment)
    match line.entry:
        case Blank():
            return
        case Package() as entry:
            yield _package(entry, place, state)
        case Direct() as entry:
            decision = judge_direct(entry, place, state.request)
            state.after.setdefault(decision.name, decision)
            yield decision
        case ConstraintFile(location):
            yield _constraint_file(location, place, document, state)
        case Include(path):
            yield _plain(redact_text(path), place, Kind.OPTION, "its lines are judged where they stand")
        case Option(flag):
            yield _plain(flag, place, Kind.OPTION, "an option for the whole file")
        case Variable(name):
            yield _plain(f"${{{name}}}", place, Kind.OPTION, "an environment variable")
        case Invalid(text, reason):
            decision = _plain(redact_text(text), place, Kind.INVALID, f"pip rejects this line: {reason}")
            yield replace(decision, after=None, action=Action.MANUAL)


def _package(entry: Package, place: Place, state: _State) -> Decision:
    verdict = judge_package(entry, place, state.request, state.answers)
    state.adds.extend(verdict.adds)
    if verdict.question is not None:
        state.questions.append(verdict.question)
    return duplicate(verdict.decision, state.after)


def _plain(name: str, place: Place, kind: Kind, reason: str) -> Decision:
    return Decision(name, place.path, place.line, place.before, place.before, Action.KEEP, kind, reason)


def _constraint_file(location: str, place: Place, document: Document, state: _State) -> Decision:
    request = state.request
    shown = redact_text(location)
    match = OFFICIAL.search(location)
    wanted = f"--constraint {request.constraint_url}"
    if location == request.constraint_url and not state.constrained:
        state.constrained = True
        return _plain("--constraint", place, Kind.CONSTRAINT_FILE, "the target's official constraints")
    target = f"Airflow {request.target.version} on Python {request.python}"
    if match is None:
        reason = f"{shown} was made for the old Airflow and would stand against the constraints of {target}"
        action = Action.MANUAL
    else:
        reason = f"it names {match['branch']} on Python {match['python']}; the target is {target}"
        action = Action.CHANGE
    first = not state.constrained and document is request.documents[0] and _is_first(place, document)
    state.constrained = state.constrained or first
    if not first and action is Action.CHANGE:
        action = Action.DROP
    return Decision(
        "--constraint", place.path, place.line, place.before, wanted if first else None, action,
        Kind.CONSTRAINT_FILE, reason,
    )  # fmt: skip


def _is_first(place: Place, document: Document) -> bool:
    entries = (line for line in document.lines if not isinstance(line.entry, Blank))
    first = next(entries, None)
    return first is not None and first.number == place.line


def _add_constraint_line(state: _State) -> None:
    request = state.request
    if state.constrained or not request.constraint_url or not request.documents:
        return
    reason = f"the official constraints of Airflow {request.target.version} on Python {request.python}"
    after = f"--constraint {request.constraint_url}"
    path = request.documents[0].path
    decision = Decision("--constraint", path, 0, "", after, Action.ADD, Kind.CONSTRAINT_FILE, reason)
    state.decisions.insert(0, decision)


def _add_missing(state: _State) -> None:
    wanted = [*state.adds]
    wanted += [(Package(name), f"the DAGs import {module}") for name, module in needed(state.request)]
    path = state.request.documents[0].path if state.request.documents else ""
    for package, why in wanted:
        if package.key in _present(state, package.extras):
            continue
        verdict = judge_package(package, Place(path, 0, ""), state.request, state.answers)
        if verdict.question is not None:
            state.questions.append(verdict.question)
        decision = verdict.decision
        if decision.after is None and decision.action is Action.DROP:
            continue
        action = (
            Action.ADD if decision.action in (Action.PIN, Action.KEEP, Action.CHANGE) else decision.action
        )
        state.decisions.append(replace(decision, action=action, reason=f"{why}; {decision.reason}"))


def _present(state: _State, extras: tuple[str, ...]) -> set[str]:
    """Return the canonical names that the new file has with (at least) these extras."""
    found = set()
    for decision in state.decisions:
        entry = parse_entry(decision.after or "")
        if isinstance(entry, Package | Direct) and set(extras) <= set(entry.extras):
            found.add(entry.key)
        elif decision.action is Action.CONFLICT:
            found.add(decision.name)
    return found
