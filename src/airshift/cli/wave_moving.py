"""`airshift wave run`, `resume` and `rollback`: the commands that move DAGs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli import options, wave_live, wave_options
from airshift.cli.wave_options import (
    PLAN,
    AutoOption,
    BlueDags,
    BlueOption,
    BridgesReady,
    EnvironmentOption,
    ExecuteOption,
    Given,
    GreenDags,
    GreenOption,
    JournalOption,
    JsonOption,
    MarginOption,
    Number,
    PatienceOption,
    PlanOption,
    PolicyOption,
    TakeOverOption,
    WatchOption,
    YesOption,
)
from airshift.errors import UsageError

if TYPE_CHECKING:
    from airshift.wave.carrying import Job, Result
    from airshift.wave.rehearsal import Rehearsal


def run(
    number: Number,
    blue: BlueOption,
    green: GreenOption,
    plan: PlanOption = PLAN,
    journal: JournalOption = None,
    environment: EnvironmentOption = "",
    policy: PolicyOption = None,
    execute: ExecuteOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
    auto_rollback: AutoOption = False,
    take_over: TakeOverOption = False,
    margin: MarginOption = None,
    patience: PatienceOption = 60,
    watch: WatchOption = 30,
    blue_dags: BlueDags = "",
    green_dags: GreenDags = "",
    bridges_ready: BridgesReady = False,
    quiet: options.QuietOption = False,
) -> int:
    """Move the DAGs of a wave from blue to green: pause, drain, seed, unpause, watch.

    Without --execute it prints every call that would change something, in order, and how long the wave takes.
    Exit codes: 0 all moved, 1 something is blocked, turned back or worrying, 3 something is on its way still.
    """
    from airshift.wave.carrying import carry_out, forecast

    job = wave_options.job_of(
        Given(
            number,
            plan,
            blue,
            green,
            journal,
            environment,
            as_json,
            margin,
            patience,
            watch,
            auto_rollback,
            take_over,
            policy,
            (blue_dags, green_dags),
            bridges_ready,
        )
    )
    found = forecast(job)
    _show(found, job, every_call=not execute, as_json=as_json, quiet=quiet)
    if not execute or not _agreed(job, "Move", yes=yes):
        return 0
    with _interruptible(number), wave_live.watched(job, found, quiet=quiet, as_json=as_json) as shown:
        result = carry_out(shown, anew=True)
    return code(result, job)


def resume(
    number: Number,
    blue: BlueOption,
    green: GreenOption,
    plan: PlanOption = PLAN,
    journal: JournalOption = None,
    environment: EnvironmentOption = "",
    policy: PolicyOption = None,
    execute: ExecuteOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
    auto_rollback: AutoOption = False,
    take_over: TakeOverOption = False,
    margin: MarginOption = None,
    patience: PatienceOption = 60,
    watch: WatchOption = 30,
    blue_dags: BlueDags = "",
    green_dags: GreenDags = "",
    bridges_ready: BridgesReady = False,
    quiet: options.QuietOption = False,
) -> int:
    """Go on with a wave that was interrupted, in the direction in which each DAG was going."""
    from airshift.wave.carrying import carry_out, forecast

    job = wave_options.job_of(
        Given(
            number,
            plan,
            blue,
            green,
            journal,
            environment,
            as_json,
            margin,
            patience,
            watch,
            auto_rollback,
            take_over,
            policy,
            (blue_dags, green_dags),
            bridges_ready,
        )
    )
    if not job.opening.journal.exists():
        raise UsageError(f"{job.opening.journal}: there is no journal: no wave of this plan has begun")
    found = forecast(job)
    _show(found, job, every_call=not execute, as_json=as_json, quiet=quiet)
    if not execute or not _agreed(job, "Go on with", yes=yes):
        return 0
    with _interruptible(number), wave_live.watched(job, found, quiet=quiet, as_json=as_json) as shown:
        result = carry_out(shown, anew=False)
    return code(result, job)


def rollback(
    number: Number,
    blue: BlueOption,
    green: GreenOption,
    dag: Annotated[
        list[str], typer.Option("--dag", help="Only these DAGs, and those that move with them.")
    ] = [],  # noqa: B006
    plan: PlanOption = PLAN,
    journal: JournalOption = None,
    environment: EnvironmentOption = "",
    execute: ExecuteOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
    take_over: TakeOverOption = False,
    margin: MarginOption = None,
    patience: PatienceOption = 60,
    blue_dags: BlueDags = "",
    green_dags: GreenDags = "",
    bridges_ready: BridgesReady = False,
    quiet: options.QuietOption = False,
) -> int:
    """Bring the DAGs of a wave back to blue: pause green in a gap, drain, seed blue, unpause blue."""
    from airshift.wave.carrying import forecast_back, roll_back

    job = wave_options.job_of(
        Given(
            number,
            plan,
            blue,
            green,
            journal,
            environment,
            as_json,
            margin,
            patience,
            take_over=take_over,
            folders=(blue_dags, green_dags),
            bridges_ready=bridges_ready,
        )
    )
    found = forecast_back(job, dag or list(job.opening.plan.dags))
    _show(found, job, every_call=not execute, as_json=as_json, quiet=quiet)
    if not execute or not _agreed(job, "Roll back", yes=yes):
        return 0
    watched = wave_live.watched(job, found, back=True, quiet=quiet, as_json=as_json)
    with _interruptible(number), watched as shown:
        result = roll_back(shown, dag)
    if result.is_incomplete:
        return code(result, job)
    return 0


def _show(found: Rehearsal, job: Job, *, every_call: bool, as_json: bool, quiet: bool) -> None:
    """What would be done; the whole list only when it is not done now."""
    from airshift.wave.rehearsal import rehearsal_events

    if quiet and not every_call:
        return
    for event in rehearsal_events(found, job.opening.plan.number, every_call=every_call):
        job.opening.emit(event)
    if every_call and not as_json:
        options.note("nothing was changed; --execute does it", quiet=quiet)


@contextmanager
def _interruptible(number: int) -> Iterator[None]:
    """Say how to go on when the command is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        options.note(
            f"interrupted: airshift wave resume {number} goes on, airshift wave rollback {number} goes back"
        )
        raise


def _agreed(job: Job, verb: str, *, yes: bool) -> bool:
    opening = job.opening
    count = len(opening.plan.dags)
    question = (
        f"{verb} {count} DAGs of wave {opening.plan.number} ({opening.blue.label}, {opening.green.label})?"
    )
    return yes or typer.confirm(question, err=True)


def code(result: Result, job: Job) -> int:
    """The exit code; what is not finished is told."""
    if not result.is_incomplete:
        return 0 if result.is_clean else 1
    number = job.opening.plan.number
    left = [one for one in result.progress.values() if not one.is_settled]
    if not result.left and all(one.state == "green_unpaused" and not one.back for one in left):
        options.note(f"{len(left)} first runs on green are to come: airshift wave verify {number}")
    else:
        options.note(f"not finished: airshift wave resume {number}")
    return options.INCOMPLETE
