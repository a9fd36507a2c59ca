"""How a wave stands, from the journal alone: for programs and for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from airshift.findings import Problem
from airshift.output.document import envelope
from airshift.output.text import one_line
from airshift.wave.journal import Entry, Journal
from airshift.wave.plan_file import WavePlan
from airshift.wave.states import Progress

SHOWN = 20
"""Calls listed; the journal has them all."""


def progress_of(plan: WavePlan, journal: Journal) -> dict[str, Progress]:
    """Where every DAG of a wave stands, also those nothing was done about."""
    known = journal.progress(plan.number)
    return {name: known.get(name, Progress(name)) for name in plan.dags}


def status_document(plan: WavePlan, journal: Journal) -> dict[str, Any]:
    """The document of `airshift wave status` (docs/schemas/wave-status.schema.json)."""
    progress = progress_of(plan, journal)
    calls = journal.calls(plan.number)
    begun = journal.wave(plan.number)
    open_ = [one.dag_id for one in progress.values() if not one.is_settled]
    return {
        **envelope(plan.target, [Problem(name, progress[name].reason or "not begun") for name in open_]),
        "wave": plan.number,
        "name": plan.name,
        "environments": begun[1] if begun else None,
        "totals": dict(sorted(Counter(one.state.value for one in progress.values()).items())),
        "dags": [_dag(one) for one in progress.values()],
        "calls": {
            "count": len(calls),
            "by_outcome": dict(sorted(Counter(one.outcome.value for one in calls).items())),
            "newest": [_call(one) for one in calls[-SHOWN:]],
        },
    }


def _dag(one: Progress) -> dict[str, Any]:
    return {
        "dag_id": one.dag_id,
        "state": one.state.value,
        "direction": "back" if one.back else "forward",
        "settled": one.is_settled,
        "since": _time(one.since),
        "reason": one.reason,
        "blue_last": _time(one.blue_last.run_after) if one.blue_last else None,
        "seeded_on_green": list(one.seeded),
        "green_unpaused_at": _time(one.unpaused_at),
        "verified_by": one.verified or None,
        "seeded_on_blue": list(one.seeded_back),
        "frozen_runs_let_go_on": one.thaws,
    }


def _call(one: Entry) -> dict[str, Any]:
    return {
        "number": one.number,
        "dag_id": one.call.dag_id,
        "side": one.call.side.value,
        "what": one.call.what,
        "before": one.call.before,
        "after": one.call.after,
        "who": one.who,
        "at": one.at.isoformat(),
        "outcome": one.outcome.value,
        "detail": one.detail,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def status_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The same for people."""
    return map(one_line, _lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    totals = ", ".join(f"{count} {state}" for state, count in document["totals"].items())
    yield f"{document['name']}: {totals}"
    if document["environments"]:
        yield document["environments"]
    width = max((len(one["dag_id"]) for one in document["dags"]), default=0)
    for one in document["dags"]:
        direction = " (going back)" if one["direction"] == "back" and not one["settled"] else ""
        yield f"  {one['dag_id']:{width}}  {one['state']}{direction}  {one['reason']}".rstrip()
