"""`plan.csv` and `tracker.csv`: the plan for spreadsheets, and its work items for Jira or Linear."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from airshift.plan.levels import level_name
from airshift.plan.model import Plan, Wave

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
PLAN_COLUMNS = (
    "dag_id", "status", "wave", "start", "cutover_start", "cutover_end", "level", "owners", "schedule", "runs_per_day",
    "effort_hours", "seed", "fits_slot", "path", "reasons",
)  # fmt: skip
TRACKER_COLUMNS = (
    "Issue Type", "Summary", "Description", "Labels", "Assignee", "Due Date", "Original Estimate", "Priority",
)  # fmt: skip


def plan_csv(plan: Plan) -> str:
    """One row a DAG, in the order of waves, then what takes part in none."""
    return _csv(PLAN_COLUMNS, _plan_rows(plan))


def _plan_rows(plan: Plan) -> Iterator[Sequence[object]]:
    for wave in plan.waves:
        gaps = {gap.dag_id: gap for gap in wave.gaps}
        for one in wave.dags:
            gap = gaps.get(one.dag_id)
            slot = wave.cutover
            yield (
                one.dag_id,
                wave.state.value,
                wave.number,
                wave.start.isoformat(),
                slot.start.isoformat() if slot else "",
                slot.end.isoformat() if slot else "",
                *_of_member(plan, one.dag_id),
                "" if gap is None else "yes" if gap.fits else "no",
                *_at_the_end(plan, one.dag_id, one.reasons),
            )
    for status, listed in (("blocked", plan.blocked), ("retire", plan.retire), ("excluded", plan.excluded)):
        for standing in listed:
            yield (
                standing.dag_id, status, "", "", "", "", *_of_member(plan, standing.dag_id), "",
                *_at_the_end(plan, standing.dag_id, standing.reasons),
            )  # fmt: skip


def _of_member(plan: Plan, name: str) -> Sequence[object]:
    member = plan.members.get(name)
    if member is None:
        return ("",) * 6
    return (
        level_name(member.level),
        ", ".join(member.owners),
        member.schedule,
        f"{member.runs_per_day:g}",
        round(member.minutes / 60, 2),
        "yes" if member.history else "no",
    )


def _at_the_end(plan: Plan, name: str, reasons: Iterable[str]) -> Sequence[str]:
    member = plan.members.get(name)
    return (f"{member.path}:{member.line}" if member else "", "; ".join(reasons))


def tracker_csv(plan: Plan) -> str:
    """One row a work item: a wave, a DAG in it, a bridge, an open blocker."""
    return _csv(TRACKER_COLUMNS, _tracker_rows(plan))


def _tracker_rows(plan: Plan) -> Iterator[Sequence[object]]:
    for wave in plan.waves:
        label = f"airflow3 wave-{wave.number:02}"
        due = wave.start.date().isoformat()
        yield "Epic", wave.name, _wave_text(wave), label, "", due, "", "Medium"
        for one in wave.dags:
            member = plan.members.get(one.dag_id)
            owner = member.owners[0] if member and member.owners else ""
            estimate = f"{member.minutes}m" if member else ""
            priority = "High" if member and member.level > 0 else "Medium"
            text = "; ".join(one.reasons)
            yield "Task", f"Move {one.dag_id} to Airflow 3", text, label, owner, due, estimate, priority
    starts = {wave.number: wave.start.date().isoformat() for wave in plan.waves}
    for bridge in plan.bridges:
        until = f"until wave {bridge.until}" if bridge.until else "until the other side has moved"
        text = f"{bridge.kind.value} edge at {bridge.path}:{bridge.line}; needed {until}"
        label = f"airflow3 bridge wave-{bridge.wave:02}"
        yield "Task", f"Build {bridge.name}", text, label, "", starts[bridge.wave], "", "High"
    for standing in plan.blocked:
        owners = plan.members[standing.dag_id].owners
        text = "; ".join(standing.reasons)
        owner = owners[0] if owners else ""
        yield "Bug", f"Unblock {standing.dag_id}", text, "airflow3 blocked", owner, "", "", "High"
    for standing in plan.retire:
        yield (
            "Task",
            f"Retire {standing.dag_id}",
            "; ".join(standing.reasons),
            "airflow3 retire",
            "",
            "",
            "",
            "Low",
        )


def _wave_text(wave: Wave) -> str:
    return f"{len(wave.dags)} DAGs, {wave.minutes / 60:.1f} hours, starts {wave.start.isoformat()}"


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value).encode("utf-8", "backslashreplace").decode("utf-8")
    return "'" + text if text.lstrip(" ").startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
