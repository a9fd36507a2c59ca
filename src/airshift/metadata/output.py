"""What `metadata diff` and `metadata import` say, as text and as JSON: names of entities and fields, never values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from airshift.findings import Problem
from airshift.metadata.comparing import Comparison, Status
from airshift.metadata.model import Kind, Metadata
from airshift.metadata.planning import WRITES, Action, Conflict, Plan, Step
from airshift.metadata.writing import Outcome, Result
from airshift.output.document import envelope
from airshift.output.text import printable
from airshift.targets import Target

INCOMPLETE_STATES = frozenset({Action.INCOMPLETE, Action.MASKED, Action.REFUSED})
"""Steps that leave an entity out which was to arrive."""
_WORDS = {
    Status.ONLY_BLUE: "only blue",
    Status.ONLY_GREEN: "only green",
    Status.DIFFERENT: "different",
    Status.UNCERTAIN: "cannot be compared",
}


def diff_lines(blue: Metadata, green: Metadata, found: Sequence[Comparison]) -> Iterator[str]:
    """The comparison as a table, equal entities counted only."""
    for kind in Kind:
        if kind in blue.unread or kind in green.unread:
            yield printable(f"{kind.plural}: not compared: {blue.unread.get(kind) or green.unread.get(kind)}")
            continue
        counts = Counter(one.status for one in found if one.kind is kind)
        words = (f"{counts[status]} {status.replace('_', ' ')}" for status in Status if counts[status])
        yield f"{kind.plural}: {', '.join(words) or 'none'}"
    for one in found:
        if one.status is not Status.EQUAL:
            yield printable(f"  {_WORDS[one.status]}: {one.kind} {one.name}{_fields(one)}")


def _fields(one: Comparison) -> str:
    parts = [", ".join(one.different)] if one.different else []
    if one.uncertain:
        parts.append(("cannot be compared: " if one.different else "") + ", ".join(one.uncertain))
    return f" ({'; '.join(parts)})" if parts else ""


def diff_document(blue: Metadata, green: Metadata, found: Sequence[Comparison]) -> dict[str, Any]:
    """The comparison for programs."""
    uncertain = [one for one in found if one.uncertain]
    counts = Counter(one.status for one in found)
    return {
        **envelope(Target(green.version), [_uncertain(one) for one in uncertain]),
        "blue": blue.label,
        "green": green.label,
        "not_compared": {
            kind.plural: blue.unread.get(kind) or green.unread[kind]
            for kind in Kind
            if kind in blue.unread or kind in green.unread
        },
        "summary": {status.value: counts[status] for status in Status},
        "entities": [
            {
                "kind": one.kind.value,
                "name": one.name,
                "status": one.status.value,
                "different": list(one.different),
                "cannot_be_compared": list(one.uncertain),
            }
            for one in found
        ],
    }


def _uncertain(one: Comparison) -> Problem:
    return Problem(f"{one.kind} {one.name}", f"cannot be compared: {', '.join(one.uncertain)}")


def import_lines(plan: Plan, results: Sequence[Result] | None) -> Iterator[str]:
    """The plan, or what became of it, as a table."""
    yield from (printable(note) for note in plan.notes)
    for kind in Kind:
        words = _counts(kind, plan.steps, results)
        if words:
            yield f"{kind.plural}: {words}"
    for step in plan.steps:
        if step.action is not Action.UNCHANGED and (results is None or step.action not in WRITES):
            yield printable(f"  {step.action}: {step.entity.kind} {step.entity.name}{_because(step.reason)}")
    for result in results or ():
        yield printable(f"  {result.outcome}: {result.kind} {result.name}{_because(result.reason)}")


def _counts(kind: Kind, steps: Iterable[Step], results: Sequence[Result] | None) -> str:
    words = [
        step.action.value
        for step in steps
        if step.entity.kind is kind and (results is None or step.action not in WRITES)
    ]
    words += [result.outcome.value for result in results or () if result.kind is kind]
    return ", ".join(f"{count} {word}" for word, count in sorted(Counter(words).items()))


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def import_document(
    source: Metadata, target: Metadata, conflict: Conflict, plan: Plan, results: Sequence[Result] | None
) -> dict[str, Any]:
    """The plan and what became of it, for programs."""
    return {
        **envelope(Target(target.version), list(import_problems(plan, results))),
        "source": source.label,
        "into": target.label,
        "on_conflict": conflict.value,
        "executed": results is not None,
        "notes": list(plan.notes),
        "plan": [
            {
                "kind": step.entity.kind.value,
                "name": step.entity.name,
                "action": step.action.value,
                "reason": step.reason,
            }
            for step in plan.steps
        ],
        "results": [
            {"kind": one.kind.value, "name": one.name, "outcome": one.outcome.value, "reason": one.reason}
            for one in results or ()
        ],
    }


def import_problems(plan: Plan, results: Sequence[Result] | None) -> Iterator[Problem]:
    """What did not arrive, or will not."""
    for step in plan.steps:
        if step.action in INCOMPLETE_STATES:
            yield Problem(f"{step.entity.kind} {step.entity.name}", step.reason)
    for result in results or ():
        if result.outcome in {Outcome.FAILED, Outcome.UNCERTAIN}:
            yield Problem(f"{result.kind} {result.name}", f"{result.outcome}: {result.reason}")
