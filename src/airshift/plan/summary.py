"""`plan.md`: the plan in a page or two, and the answer to `--why`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from airshift.plan.capacity import smallest_class
from airshift.plan.levels import level_name
from airshift.plan.model import Plan, Standing
from airshift.plan.policy import Policy
from airshift.report.markdown import code, plain
from airshift.targets import Target

TERMS = {
    "waves": "for the number of waves",
    "criticality_inversions": "for DAGs that move before or beside less critical ones",
    "cut_edges": "for dependencies that are cut",
    "effort_imbalance": "for work above the even share",
    "window_fit": "for DAGs without a gap in the cutover window",
}


def plan_markdown(plan: Plan, policy: Policy, target: Target) -> str:
    """The plan as Markdown."""
    return "\n".join(_lines(plan, policy, target)) + "\n"


def _lines(plan: Plan, policy: Policy, target: Target) -> Iterator[str]:
    placed = sum(len(wave.dags) for wave in plan.waves)
    yield f"# Waves to Airflow {target.version}"
    yield ""
    yield (
        f"{placed} of {len(plan.members)} DAGs move in {len(plan.waves)} waves ({policy.cadence}, "
        f"{policy.timezone.key}); {len(plan.blocked)} are blocked, {len(plan.retire)} to be retired, "
        f"{len(plan.excluded)} excluded; {len(plan.bridges)} bridges."
    )
    yield ""
    yield "| wave | starts | cutover | DAGs | hours | on green then | busiest hour, tasks at a time |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for wave in plan.waves:
        load, slot = wave.load, wave.cutover
        dags = (
            "" if load is None else f"{load.dags}" + (f" of {load.dag_capacity}" if load.dag_capacity else "")
        )
        tasks = (
            ""
            if load is None
            else f"{load.busiest:g}" + (f" of {load.task_capacity}" if load.task_capacity else "")
        )
        when = f"{slot.start:%H:%M} to {slot.end:%H:%M}" if slot else ""
        name = plain(wave.name) + (" (finished)" if wave.state.value == "finished" else "")
        cells = (
            name,
            f"{wave.start:%a %Y-%m-%d}",
            when,
            len(wave.dags),
            f"{wave.minutes / 60:.1f}",
            dags,
            tasks,
        )
        yield "| " + " | ".join(map(str, cells)) + " |"
    yield ""
    last = plan.waves[-1].load if plan.waves else None
    fits = smallest_class(last.dags, last.busiest, policy.green_max_workers) if last else None
    if fits:
        yield f"The smallest MWAA class that holds all of it with {policy.green_max_workers} workers is {fits}."
        yield ""
    for wave in plan.waves:
        yield f"## {plain(wave.name)}"
        yield ""
        yield from (f"- not on {plain(reason)}" for reason in wave.skipped)
        for one in wave.dags:
            yield f"- {code(one.dag_id)}: {plain('; '.join(one.reasons))}"
        yield ""
    for title, listed in (
        ("Blocked", plan.blocked),
        ("To be retired", plan.retire),
        ("Excluded", plan.excluded),
    ):
        yield from _standing(title, listed)
    if plan.bridges:
        yield "## Bridges"
        yield ""
        for bridge in plan.bridges:
            until = f"to wave {bridge.until}" if bridge.until else "until the other side has moved"
            yield f"- {code(bridge.name)}: from wave {bridge.wave} {until} ({code(f'{bridge.path}:{bridge.line}')})"
        yield ""
    yield "## How good the plan is"
    yield ""
    yield f"Smaller is better; {plan.objective.total:g} in all."
    yield ""
    yield from (f"- {value:g} {TERMS.get(name, name)}" for name, value in plan.objective.terms.items())
    if plan.warnings:
        yield ""
        yield "## To be looked at"
        yield ""
        yield from (f"- {plain(warning)}" for warning in plan.warnings)


def _standing(title: str, listed: Sequence[Standing]) -> Iterator[str]:
    if not listed:
        return
    yield f"## {title}"
    yield ""
    for one in listed:
        yield f"- {code(one.dag_id)}: {plain('; '.join(one.reasons))}"
    yield ""


def why_lines(plan: Plan, dag_id: str) -> Iterator[str]:
    """Why a DAG stands where it stands."""
    member = plan.members[dag_id]
    for title, listed in (
        ("blocked", plan.blocked),
        ("to be retired", plan.retire),
        ("excluded", plan.excluded),
    ):
        for standing in listed:
            if standing.dag_id == dag_id:
                yield f"{dag_id} is {title}:"
                yield from (f"  {reason}" for reason in standing.reasons)
    for wave in plan.waves:
        for one in wave.dags:
            if one.dag_id == dag_id:
                yield f"{dag_id} moves in wave {wave.number} ({wave.name}), {wave.start:%Y-%m-%d %H:%M %Z}:"
                yield from (f"  {reason}" for reason in one.reasons)
    yield f"  level {level_name(member.level)}, {member.minutes} minutes of work, {member.runs_per_day:g} runs a day"
    for edge in plan.edges:
        if dag_id in (edge.source, edge.target):
            other = edge.target if edge.source == dag_id else edge.source
            place = f"wave {plan.wave_of[other]}" if other in plan.wave_of else "in no wave"
            side = "before" if edge.source == dag_id else "after"
            yield f"  {side} {other} ({edge.kind.value}, {place})  {edge.path}:{edge.line}"
