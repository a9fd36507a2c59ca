"""Requirements for which no version fits: who stands against whom, and the ways out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from airshift.pin.decisions import Action, Answers, Kind, Request
from airshift.pin.explanations import Clash, clashes, short
from airshift.pin.grammar import Package, print_entry
from airshift.pin.pins import canonical
from airshift.pin.verdicts import Place, Verdict, verdict

_SHOWN = 3


def conflict(
    entry: Package, place: Place, request: Request, answers: Answers, instead: Package | None = None
) -> Verdict:
    """Say which pins of the target stand against the requirement, in short; the whole story is kept beside.

    `instead` is the line without the extras that do not fit.
    """
    explanation = answers.failures[entry.key]
    found = sorted(clashes(explanation, request.pins.versions), key=lambda clash: _is_other(clash, entry))
    told = "; ".join(map(str, found[:_SHOWN])) or short(explanation)
    more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
    what = f"the extras {', '.join(entry.extras)} do not fit" if instead else "no release fits"
    reason = f"{what} Airflow {request.target.version}: {told}{more}"
    notes = _ways_out(entry, found, request, answers)
    after = print_entry(instead) if instead else None
    given = verdict(entry, place, Action.CONFLICT, Kind.CONFLICT, reason, after, notes)
    pins = ", ".join(f"{clash.name}=={clash.pinned}" for clash in found)
    other = f"constraints of Airflow {request.pins.version}: {pins}" if pins else explanation
    sides = (f"this file: {place.before or print_entry(entry)}", other)
    return replace(given, decision=replace(given.decision, sides=sides, explanation=explanation))


def _is_other(clash: Clash, entry: Package) -> bool:
    """Put what the requirement itself needs before what its dependencies need."""
    return not canonical(clash.who).startswith(entry.key)


def _ways_out(entry: Package, found: Sequence[Clash], request: Request, answers: Answers) -> tuple[str, ...]:
    notes = []
    if entry.key in answers.fits:
        notes.append(f"without the upper bound {answers.fits[entry.key]} fits")
    fixed = [clash.name for clash in found if clash.name in request.essentials]
    if fixed:
        notes.append(f"essential on MWAA, not overridable: {', '.join(fixed)}")
    elif found and request.image:
        notes.append(
            "none of these is essential: MWAA lets you override them with a constraints file of your own"
        )
    if "airflow" not in entry.key:
        notes.append("what uses it can run in an environment of its own (ExternalPythonOperator)")
    return tuple(notes)
