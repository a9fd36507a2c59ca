"""`plan.json`: the plan for programs, and the way back for re-planning."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from airshift.errors import MALFORMED, UsageError, shown
from airshift.estate.model import Dag
from airshift.findings import Problem
from airshift.output.document import envelope
from airshift.plan.bridge_code import bridge_file
from airshift.plan.coupling import is_hard
from airshift.plan.levels import level_name
from airshift.plan.model import Bridge, Gap, Load, Member, Placement, Plan, Slot, Standing, Wave, WaveState
from airshift.plan.planner import State
from airshift.plan.policy import UNLIMITED, Policy
from airshift.plan.timing import needs, timing
from airshift.targets import Target


def plan_document(
    plan: Plan,
    policy: Policy,
    target: Target,
    source: Target,
    problems: Sequence[Problem],
    dags: Mapping[str, Dag] | None = None,
) -> dict[str, Any]:
    """The document of `airshift plan` (docs/schemas/plan.schema.json); `dags` say when each one runs."""
    return {
        **envelope(target, problems),
        "source": source.version,
        "policy": _policy(policy),
        "summary": {
            "dags": len(plan.members),
            "waves": len(plan.waves),
            "placed": sum(len(wave.dags) for wave in plan.waves),
            "blocked": len(plan.blocked),
            "retire": len(plan.retire),
            "excluded": len(plan.excluded),
            "bridges": len(plan.bridges),
            "effort_minutes": sum(wave.minutes for wave in plan.waves),
        },
        "waves": [_wave(wave, plan.members, dags or {}) for wave in plan.waves],
        "blocked": [_standing(one, plan.members) for one in plan.blocked],
        "retire": [_standing(one, plan.members) for one in plan.retire],
        "excluded": [_standing(one, plan.members) for one in plan.excluded],
        "bridges": [_bridge(one) for one in plan.bridges],
        "objective": {"total": plan.objective.total, "terms": dict(plan.objective.terms)},
        "edges": [
            {"source": edge.source, "target": edge.target, "kind": edge.kind.value, "hard": is_hard(edge)}
            for edge in plan.edges
        ],
        "warnings": list(plan.warnings),
    }


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        "start": policy.start.isoformat(),
        "cadence": str(policy.cadence),
        "timezone": policy.timezone.key,
        "validation_days": policy.validation_days,
        "max_dags_per_wave": policy.max_dags,
        "max_effort_hours_per_wave": None if policy.max_minutes == UNLIMITED else policy.max_minutes / 60,
        "pilot_size": policy.pilot_size,
        "block": policy.block.value,
        "source_environment": policy.source_environment,
        "green_environment": policy.green_environment,
        "green_class": policy.green_class,
        "freeze": [
            {"start": one.start.isoformat(), "end": one.end.isoformat(), "reason": one.reason}
            for one in policy.freeze
        ],
    }


def _wave(wave: Wave, members: Mapping[str, Member], dags: Mapping[str, Dag]) -> dict[str, Any]:
    gaps = {gap.dag_id: gap for gap in wave.gaps}
    return {
        "number": wave.number,
        "name": wave.name,
        "state": wave.state.value,
        "start": wave.start.isoformat(),
        "cutover": None if wave.cutover is None else _span(wave.cutover.start, wave.cutover.end),
        "effort_minutes": wave.minutes,
        "skipped": list(wave.skipped),
        "load": None
        if wave.load is None
        else {
            "dags": wave.load.dags,
            "busiest_concurrent_tasks": wave.load.busiest,
            "dag_capacity": wave.load.dag_capacity,
            "task_capacity": wave.load.task_capacity,
        },
        "dags": [
            _dag(one, members.get(one.dag_id), gaps.get(one.dag_id), dags.get(one.dag_id))
            for one in wave.dags
        ],
    }


def _dag(placement: Placement, member: Member | None, gap: Gap | None, dag: Dag | None) -> dict[str, Any]:
    found: dict[str, Any] = {"dag_id": placement.dag_id, "reasons": list(placement.reasons)}
    if placement.moved:
        found["moved"] = placement.moved
    if dag is not None:
        found |= {"timing": timing(dag), "needs": needs(dag)}
    if member is not None:
        found |= {
            "path": member.path,
            "line": member.line,
            "owners": list(member.owners),
            "schedule": member.schedule,
            "level": level_name(member.level),
            "runs_per_day": member.runs_per_day,
            "effort_minutes": member.minutes,
            "seed": member.history,
        }
    if gap is not None:
        found["gap"] = {
            **_span(gap.start, gap.end),
            "fits": gap.fits,
            "missed_runs": [moment.isoformat() for moment in gap.missed],
        }
    return found


def _span(start: datetime | None, end: datetime | None) -> dict[str, str | None]:
    return {"start": start.isoformat() if start else None, "end": end.isoformat() if end else None}


def _standing(one: Standing, members: Mapping[str, Member]) -> dict[str, Any]:
    member = members[one.dag_id]
    return {
        "dag_id": one.dag_id,
        "reasons": list(one.reasons),
        "path": member.path,
        "owners": list(member.owners),
    }


def _bridge(one: Bridge) -> dict[str, Any]:
    return {
        "name": one.name,
        "source": one.source,
        "target": one.target,
        "kind": one.kind.value,
        "wave": one.wave,
        "until": one.until,
        "moves_first": "source" if one.source_moves_first else "target",
        "asset": one.asset,
        "task": one.task,
        "file": f"bridges/{bridge_file(one)}",
        "path": one.path,
        "line": one.line,
    }


def read_document(path: Path) -> dict[str, Any]:
    """A plan.json that was written before; raise UsageError for anything else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: cannot be read as a plan: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("waves"), list):
        raise UsageError(f"{path}: no plan: it has no list of waves")
    return found


def read_state(path: Path, finished: int | None) -> State:
    """An earlier plan as the state to plan from; `finished` overrules the states that its waves carry."""
    document = read_document(path)
    try:
        waves = tuple(sorted((_read_wave(row) for row in document["waves"]), key=lambda wave: wave.number))
    except MALFORMED as error:
        raise UsageError(f"{path}: no plan that can be continued: {shown(error)}") from error
    marked = max((wave.number for wave in waves if wave.state is WaveState.FINISHED), default=0)
    until = marked if finished is None else finished
    return State(tuple(_in_state(wave, until) for wave in waves), until)


def _read_wave(row: Mapping[str, Any]) -> Wave:
    slot, load = row.get("cutover"), row.get("load")
    return Wave(
        number=int(row["number"]),
        name=str(row.get("name") or f"Wave {row['number']}"),
        start=datetime.fromisoformat(row["start"]),
        dags=tuple(_read_placement(one) for one in row["dags"]),
        minutes=int(row.get("effort_minutes", 0)),
        cutover=Slot(*(datetime.fromisoformat(slot[key]) for key in ("start", "end"))) if slot else None,
        skipped=tuple(row.get("skipped", ())),
        load=_read_load(load) if load else None,
        state=WaveState(row.get("state", WaveState.PLANNED)),
    )


def _read_placement(row: Mapping[str, Any] | str) -> Placement:
    if isinstance(row, str):
        return Placement(row, ("finished before",))
    return Placement(str(row["dag_id"]), tuple(row.get("reasons", ())), str(row.get("moved", "")))


def _read_load(row: Mapping[str, Any]) -> Load:
    return Load(row["dags"], row["busiest_concurrent_tasks"], row["dag_capacity"], row["task_capacity"])


def _in_state(wave: Wave, finished: int) -> Wave:
    return replace(wave, state=WaveState.FINISHED if wave.number <= finished else WaveState.PLANNED)
