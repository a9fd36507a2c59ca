"""Plan an assessed estate with the files that its policy names, and write the plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airshift.atomic import write_text
from airshift.errors import UsageError
from airshift.plan.document import read_state
from airshift.plan.gathering import gather
from airshift.plan.holidays import read_holidays
from airshift.plan.model import Plan
from airshift.plan.overrides import read_overrides, with_pins
from airshift.plan.pack import Context, pack
from airshift.plan.planner import make_plan
from airshift.plan.policy import Policy
from airshift.plan.policy_table import policy as read_policy
from airshift.report.model import Assessment
from airshift.settings import load_settings


def plan_of(
    assessment: Assessment,
    root: Path,
    policy_file: Path | None = None,
    overrides_file: Path | None = None,
    state_file: Path | None = None,
    finished: int | None = None,
) -> tuple[Plan, Context]:
    """The plan of an assessed estate, with the files that its policy names."""
    if finished is not None and state_file is None:
        raise UsageError("--finished needs --state with the plan whose waves are done")
    policy, content, folder = policy_of(root, policy_file)
    holidays = content.get("holidays_ics")
    if holidays:
        closed = read_holidays(_text(folder / holidays, "holidays_ics"), policy.timezone)
        policy = replace(policy, freeze=(*policy.freeze, *closed))
    named = overrides_file or (folder / content["overrides"] if content.get("overrides") else None)
    rows = read_overrides(_text(named, "overrides"), named.name) if named else {}
    policy = with_pins(policy, rows)
    estate, times = gather(assessment, policy, rows)
    state = read_state(state_file, finished) if state_file else None
    made = make_plan(estate, policy, times, state)
    dags = {dag.dag.key: dag.dag for dag in reversed(assessment.dags)}
    return made, Context(policy, assessment.target, assessment.source, assessment.problems, dags)


def policy_of(root: Path, policy_file: Path | None = None) -> tuple[Policy, Mapping[str, Any], Path]:
    """The policy, the table it was read from, and the folder that its file names are relative to."""
    settings = load_settings(root, policy_file)
    settings.table("plan")  # refuses a [plan] that is no table
    content = settings.content.get("plan", {})
    where = f"{settings.file.name if settings.file else 'settings'}: [plan]"
    folder = settings.file.parent if settings.file else root
    return read_policy(content, datetime.now().date(), where), content, folder


def write_plan(made: Plan, context: Context, out: Path) -> None:
    """Write all files of a plan; runbooks and bridges of an earlier one are removed."""
    files = dict(pack(made, context))
    for folder, pattern in (("runbooks", "wave-*.md"), ("bridges", "wave_*.py")):
        for old in (out / folder).glob(pattern):
            if f"{folder}/{old.name}" not in files:
                old.unlink()
    for name, text in files.items():
        write_text(out / name, text)


def write_simulation(made: Plan, context: Context, out: Path) -> None:
    """Write simulation.json and simulation.html for the moment of the first unpause."""
    from airshift.simulate import simulate
    from airshift.simulate.document import simulation_document
    from airshift.simulate.page import simulation_html

    slot = made.waves[0].cutover if made.waves else None
    moment = slot.end if slot else datetime.combine(context.policy.start, context.policy.cadence.at, UTC)
    found = simulate(list(context.dags.values()), context.source, context.target, moment.astimezone(UTC))
    document = simulation_document(found, context.problems, [])
    write_text(out / "simulation.json", json.dumps(document, indent=2) + "\n")
    write_text(out / "simulation.html", simulation_html(found))


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{what} {path.name}: cannot be read: {error}") from error
