"""`airshift wave fill`: make up for ticks that passed while a DAG was paused on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli import options, wave_options
from airshift.cli.wave_options import (
    PLAN,
    BlueOption,
    EnvironmentOption,
    ExecuteOption,
    Given,
    GreenOption,
    JournalOption,
    JsonOption,
    Number,
    PlanOption,
    YesOption,
)
from airshift.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airshift.wave.carrying import Job
    from airshift.wave.gaps import Filling


def fill(
    number: Number,
    blue: BlueOption,
    green: GreenOption,
    dag: Annotated[list[str], typer.Option("--dag", help="Only these DAGs.")] = [],  # noqa: B006
    plan: PlanOption = PLAN,
    journal: JournalOption = None,
    environment: EnvironmentOption = "",
    execute: ExecuteOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> int:
    """Have green make the runs that were due during the move and that neither side has made, with its backfills.

    Each backfill is dry run before: it is started only when it makes missing runs and nothing else.
    Exit codes: 0 nothing is missing, or all was made; 1 runs are missing; 3 some cannot be made.
    """
    from airshift.wave.carrying import known_progress
    from airshift.wave.making_up import find_gaps, found_events

    job = wave_options.job_of(Given(number, plan, blue, green, journal, environment, as_json))
    opening = job.opening
    if not opening.journal.exists():
        raise UsageError(f"{opening.journal}: there is no journal: no wave of this plan has begun")
    progress = known_progress(opening.plan, opening.journal)
    for name in dag:
        if name not in progress:
            raise UsageError(f"wave {number} has no DAG {name}")
    wanted = {name: one for name, one in progress.items() if not dag or name in dag}
    found = list(find_gaps(opening.plan, wanted, opening.blue, opening.green, opening.clock.now()))
    for event in found_events(found, number, opening.clock.now()):
        opening.emit(event)
    return _filled(job, _fillings(found), execute=execute, yes=yes)


def _fillings(found: Sequence[object]) -> list[Filling]:
    from airshift.wave.gaps import Filling

    return [one for one in found if isinstance(one, Filling)]


def _filled(job: Job, fillings: Sequence[Filling], *, execute: bool, yes: bool) -> int:
    """Have the gaps filled if that is wanted; the exit code."""
    left = any(one.left for one in fillings)
    wanted = [one for one in fillings if one.stretches]
    if not wanted:
        options.note("nothing can be made" if left else "no run is missing")
        return options.exit_code(findings=False, problems=left)
    if not execute:
        options.note("nothing was changed; --execute does it")
        return options.exit_code(findings=True, problems=left)
    count = sum(len(stretch.dates) for one in wanted for stretch in one.stretches)
    question = f"Have {job.opening.green.label} make {count} runs of {len(wanted)} DAGs?"
    if not yes and not typer.confirm(question, err=True):
        return 1
    _make(job, wanted)
    return options.exit_code(findings=False, problems=left)


def _make(job: Job, fillings: Sequence[Filling]) -> None:
    from airshift.wave.events import Event
    from airshift.wave.making_up import Filler, stretch_text
    from airshift.wave.session import session

    opening = job.opening
    clock, number = opening.clock, opening.plan.number
    with session(opening) as driver:
        filler = Filler(opening.green, driver.journal, number, opening.who, clock.now, clock.sleep)
        for one in fillings:
            for stretch in filler.fill(one):
                state = driver.progress[one.dag_id].state.value
                opening.emit(Event(clock.now(), number, one.dag_id, "fill", state, stretch_text(stretch)))
