"""All files of a plan, as texts by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING

from airshift.estate.model import Dag
from airshift.findings import Problem
from airshift.plan.bridge_code import bridge_file, bridge_writer
from airshift.plan.calendar_file import plan_ics
from airshift.plan.document import plan_document
from airshift.plan.model import Plan, Wave, WaveState
from airshift.plan.page import plan_html
from airshift.plan.policy import Policy
from airshift.plan.runbook import runbook
from airshift.plan.summary import plan_markdown
from airshift.plan.tables import plan_csv, tracker_csv
from airshift.targets import Target

if TYPE_CHECKING:
    from airshift.simulate.model import Forecast


@dataclass(frozen=True, slots=True)
class Context:
    """What the files say besides the plan."""

    policy: Policy
    target: Target
    source: Target
    problems: Sequence[Problem] = ()
    dags: Mapping[str, Dag] = field(default_factory=dict)
    """The estate's DAGs; with them, runbooks say what each unpause does."""


def pack(plan: Plan, context: Context) -> Iterator[tuple[str, str]]:
    """Name and text of every file; finished waves have no runbook any more."""
    policy, target, source = context.policy, context.target, context.source
    document = plan_document(plan, policy, target, source, context.problems, context.dags)
    yield "plan.json", json.dumps(document, indent=2) + "\n"
    yield "plan.html", plan_html(document)
    yield "plan.md", plan_markdown(plan, policy, target)
    yield "plan.csv", plan_csv(plan)
    yield "plan.ics", plan_ics(plan, policy.green_environment)
    yield "tracker.csv", tracker_csv(plan)
    for wave in plan.waves:
        if wave.state is WaveState.PLANNED:
            text = runbook(plan, wave, policy, target, source, _forecasts(wave, context))
            yield f"runbooks/wave-{wave.number:02}.md", text
    write = bridge_writer(policy, target)
    for bridge in plan.bridges:
        yield f"bridges/{bridge_file(bridge)}", write(bridge)


def _forecasts(wave: Wave, context: Context) -> tuple[Forecast, ...]:
    """What the unpause at the end of the slot does to the DAGs of a wave."""
    from airshift.simulate import simulate

    dags = [context.dags[one.dag_id] for one in wave.dags if one.dag_id in context.dags]
    moment = (wave.cutover.end if wave.cutover else wave.start).astimezone(UTC)
    return simulate(dags, context.source, context.target, moment).forecasts
