"""What becomes of an estate's requirements on the target, for its report: nothing is asked over the network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from airshift.errors import UsageError
from airshift.pin.decisions import Action, Decision, Kind
from airshift.pin.output import explained
from airshift.pin.run import Wishes, run_pin
from airshift.redact import redact_text
from airshift.report.model import RequirementFate
from airshift.targets import Target

_NO_REQUIREMENT = (Kind.CONSTRAINT_FILE, Kind.OPTION)


def fates_of(files: Iterable[tuple[str, Path]], target: Target) -> tuple[RequirementFate, ...]:
    """Judge each requirements file, given as (path in the estate, location), and what it includes.

    Empty where the constraints of the target are not bundled.
    """
    found: dict[tuple[str, int, str], RequirementFate] = {}
    for path, location in files:
        folder = PurePosixPath(path).parent
        try:
            decisions = run_pin(Wishes(location, target, offline=True), None).resolution.decisions
        except UsageError:
            continue
        for decision in decisions:
            if decision.kind not in _NO_REQUIREMENT:
                fate = _fate(decision, folder)
                found.setdefault((fate.path, fate.line, fate.name), fate)
    return tuple(sorted(found.values(), key=lambda fate: (fate.path, fate.line, fate.name)))


def _fate(decision: Decision, folder: PurePosixPath) -> RequirementFate:
    left = decision.kind is Kind.UNRESOLVED
    return RequirementFate(
        (folder / decision.path).as_posix(),
        decision.line,
        redact_text(decision.name),
        redact_text(decision.before),
        redact_text(decision.after or ""),
        Action.MANUAL.value if left else decision.action.value,
        "not in the constraints; airshift pin resolves it" if left else explained(decision),
    )
