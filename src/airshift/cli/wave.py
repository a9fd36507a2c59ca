"""`airshift wave`: carry out a wave of the plan, watch it, and get back."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from airshift.cli import options, wave_export, wave_fill, wave_moving, wave_options
from airshift.cli.wave_options import (
    PLAN,
    BlueOption,
    EnvironmentOption,
    Given,
    GreenOption,
    JournalOption,
    JsonOption,
    MarginOption,
    Number,
    PlanOption,
    PolicyOption,
)

app = typer.Typer(
    name="wave",
    help="Waves: carry out a plan between two running Airflows, one wave at a time.",
    no_args_is_help=True,
)


@app.callback()
def _group() -> None:
    pass


@app.command()
def status(
    number: Annotated[int, typer.Argument(help="Number of the wave; 0 for all that have begun.", min=0)] = 0,
    plan: PlanOption = PLAN,
    journal: JournalOption = None,
    environment: EnvironmentOption = "",
    as_json: JsonOption = False,
) -> int:
    """Say where every DAG of a wave stands, from the journal; no environment is asked."""
    from airshift.wave.carrying import opened
    from airshift.wave.plan_file import read_wave
    from airshift.wave.status import status_document, status_lines

    with opened(wave_options.journal_of(plan, journal)) as kept:
        numbers = [number] if number else kept.waves()
        documents = [status_document(read_wave(plan, one, environment), kept) for one in numbers]
    for document in documents:
        options.emit(json.dumps(document) if as_json else "\n".join(status_lines(document)), None)
    return options.INCOMPLETE if any(one["status"] == "incomplete" for one in documents) else 0


@app.command()
def preflight(
    number: Number,
    blue: BlueOption,
    green: GreenOption,
    plan: PlanOption = PLAN,
    environment: EnvironmentOption = "",
    margin: MarginOption = None,
    as_json: JsonOption = False,
) -> int:
    """Say which DAGs of a wave can move now and what keeps the others; nothing is changed or kept."""
    from airshift.wave.rehearsal import rehearse

    given = Given(number, plan, blue, green, environment=environment, as_json=as_json, margin=margin)
    job = wave_options.job_of(given)
    found = rehearse(job.opening, only_preflight=True)
    for event in found.events:
        job.opening.emit(event)
    return 1 if any(one.state.value == "blocked" for one in found.progress.values()) else 0


app.command()(wave_moving.run)
app.command()(wave_moving.resume)
app.command()(wave_moving.rollback)


@app.command()
def verify(
    number: Number,
    blue: BlueOption,
    green: GreenOption,
    plan: PlanOption = PLAN,
    journal: JournalOption = None,
    environment: EnvironmentOption = "",
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> int:
    """Look whether first runs on green were a success and nothing is late, missing or doubled; changes nothing."""
    from airshift.wave.carrying import verify as look

    job = wave_options.job_of(Given(number, plan, blue, green, journal, environment, as_json, policy=policy))
    return wave_moving.code(look(job), job)


app.command()(wave_fill.fill)
app.command()(wave_export.export)
