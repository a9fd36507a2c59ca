"""`airshift wave`: carry out a wave of the plan, watch it, and get back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli import options
from airshift.errors import UsageError

if TYPE_CHECKING:
    from airshift.wave.carrying import Job, Result
    from airshift.wave.events import Emit
    from airshift.wave.rehearsal import Rehearsal

app = typer.Typer(
    name="wave",
    help="Waves: carry out a plan between two running Airflows, one wave at a time.",
    no_args_is_help=True,
)

PLAN = Path("plan/plan.json")
Number = Annotated[int, typer.Argument(help="Number of the wave.", min=1, show_default=False)]
PlanOption = Annotated[Path, typer.Option("--plan", help="The plan.json of `airshift plan`.")]
BlueOption = Annotated[
    str, typer.Option("--blue", help="The old environment: mwaa:NAME, mwaa:NAME@region or an address.")
]
GreenOption = Annotated[str, typer.Option("--green", help="The new environment, in the same way.")]
JournalOption = Annotated[
    Path | None,
    typer.Option("--journal", help="The journal of the plan's waves [default: wave.journal beside the plan]"),
]
EnvironmentOption = Annotated[
    str, typer.Option("--environment", help="Which environment of an estate with several.")
]
PolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", help="File with the table [wave] [default: airshift.toml here or above]"),
]
ExecuteOption = Annotated[
    bool, typer.Option("--execute", help="Do it, after one question; without it nothing is changed.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="With --execute: do not ask.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of text.")]
AutoOption = Annotated[
    bool, typer.Option("--auto-rollback", help="Go back without asking where a threshold says so.")
]
TakeOverOption = Annotated[
    bool,
    typer.Option("--take-over", help="The journal this wave was begun with is lost: go by what is seen."),
]
MarginOption = Annotated[int, typer.Option("--margin", help="Seconds: a run due sooner closes a gap.", min=1)]
PatienceOption = Annotated[
    int, typer.Option("--patience", help="Minutes to wait for a gap, or for a run to end.", min=1)
]
WatchOption = Annotated[int, typer.Option("--watch", help="Minutes to wait for first runs.", min=0)]
BlueDags = Annotated[
    str,
    typer.Option("--blue-dags", help="Where bridges go that run on blue: a folder or s3://bucket/prefix."),
]
GreenDags = Annotated[str, typer.Option("--green-dags", help="The same for green.")]
BridgesReady = Annotated[
    bool, typer.Option("--bridges-ready", help="The code of trigger and sensor bridges is in place.")
]


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

    with opened(_journal(plan, journal)) as kept:
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
    margin: MarginOption = 60,
    as_json: JsonOption = False,
) -> int:
    """Say which DAGs of a wave can move now and what keeps the others; nothing is changed or kept."""
    from airshift.wave.rehearsal import rehearse

    job = _job(number, plan, None, environment, blue, green, as_json=as_json, margin=margin)
    found = rehearse(job.opening, only_preflight=True)
    for event in found.events:
        job.opening.emit(event)
    return 1 if any(one.state.value == "blocked" for one in found.progress.values()) else 0


@app.command()
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
    margin: MarginOption = 60,
    patience: PatienceOption = 60,
    watch: WatchOption = 30,
    blue_dags: BlueDags = "",
    green_dags: GreenDags = "",
    bridges_ready: BridgesReady = False,
) -> int:
    """Move the DAGs of a wave from blue to green: pause, drain, seed, unpause, watch.

    Without --execute it prints every call that would change something, in order, and how long the wave takes.
    Exit codes: 0 all moved, 1 something is blocked, turned back or worrying, 3 something is on its way still.
    """
    from airshift.wave.carrying import carry_out, forecast

    job = _job(
        number,
        plan,
        journal,
        environment,
        blue,
        green,
        as_json=as_json,
        margin=margin,
        patience=patience,
        watch=watch,
        auto_rollback=auto_rollback,
        take_over=take_over,
        policy=policy,
        folders=(blue_dags, green_dags),
        bridges_ready=bridges_ready,
    )
    _show(forecast(job), job, every_call=not execute, as_json=as_json)
    if not execute or not _agreed(job, "Move", yes=yes):
        return 0
    return _code(carry_out(job, anew=True), job)


@app.command()
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
    margin: MarginOption = 60,
    patience: PatienceOption = 60,
    watch: WatchOption = 30,
    blue_dags: BlueDags = "",
    green_dags: GreenDags = "",
    bridges_ready: BridgesReady = False,
) -> int:
    """Go on with a wave that was interrupted, in the direction in which each DAG was going."""
    from airshift.wave.carrying import carry_out, forecast

    job = _job(
        number,
        plan,
        journal,
        environment,
        blue,
        green,
        as_json=as_json,
        margin=margin,
        patience=patience,
        watch=watch,
        auto_rollback=auto_rollback,
        take_over=take_over,
        policy=policy,
        folders=(blue_dags, green_dags),
        bridges_ready=bridges_ready,
    )
    if not job.opening.journal.exists():
        raise UsageError(f"{job.opening.journal}: there is no journal: no wave of this plan has begun")
    _show(forecast(job), job, every_call=not execute, as_json=as_json)
    if not execute or not _agreed(job, "Go on with", yes=yes):
        return 0
    return _code(carry_out(job, anew=False), job)


@app.command()
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
    margin: MarginOption = 60,
    patience: PatienceOption = 60,
    blue_dags: BlueDags = "",
    green_dags: GreenDags = "",
    bridges_ready: BridgesReady = False,
) -> int:
    """Bring the DAGs of a wave back to blue: pause green in a gap, drain, seed blue, unpause blue."""
    from airshift.wave.carrying import forecast_back, roll_back

    job = _job(
        number,
        plan,
        journal,
        environment,
        blue,
        green,
        as_json=as_json,
        margin=margin,
        patience=patience,
        take_over=take_over,
        folders=(blue_dags, green_dags),
        bridges_ready=bridges_ready,
    )
    _show(
        forecast_back(job, dag or list(job.opening.plan.dags)), job, every_call=not execute, as_json=as_json
    )
    if not execute or not _agreed(job, "Roll back", yes=yes):
        return 0
    result = roll_back(job, dag)
    return options.INCOMPLETE if result.is_incomplete else 0


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

    job = _job(number, plan, journal, environment, blue, green, as_json=as_json, policy=policy)
    return _code(look(job), job)


def _journal(plan: Path, journal: Path | None) -> Path:
    from airshift.wave.carrying import JOURNAL

    return journal or plan.parent / JOURNAL


def _job(
    number: int,
    plan: Path,
    journal: Path | None,
    environment: str,
    blue: str,
    green: str,
    *,
    as_json: bool,
    margin: int = 60,
    patience: int = 60,
    watch: int = 0,
    auto_rollback: bool = False,
    take_over: bool = False,
    policy: Path | None = None,
    folders: tuple[str, str] = ("", ""),
    bridges_ready: bool = False,
) -> Job:
    """Everything that the options say, as one value; nothing is asked of an environment yet."""
    from datetime import timedelta

    from airshift.clients.connecting import connect
    from airshift.settings import load_settings
    from airshift.wave.airflow_side import AirflowSide
    from airshift.wave.carrying import Job
    from airshift.wave.lock import operator
    from airshift.wave.plan_file import read_wave
    from airshift.wave.session import Opening
    from airshift.wave.settings import Settings, SystemClock
    from airshift.wave.states import Where
    from airshift.wave.watch import read_thresholds

    table = load_settings(Path.cwd(), policy).table("wave")
    thresholds = read_thresholds(table)
    table.finish()
    opening = Opening(
        plan=read_wave(plan, number, environment),
        blue=AirflowSide(connect(blue, side="blue")),
        green=AirflowSide(connect(green, side="green")),
        journal=_journal(plan, journal),
        clock=SystemClock(),
        settings=Settings(
            margin=timedelta(seconds=margin),
            patience=timedelta(minutes=patience),
            watch=timedelta(minutes=watch),
            auto_rollback=auto_rollback,
        ),
        emit=_emitter(as_json=as_json),
        thresholds=thresholds,
        who=operator(),
        take_over=take_over,
    )
    places = {where: folder for where, folder in zip(Where, folders, strict=True) if folder}
    return Job(opening, plan, places, lambda bridge: bridges_ready)


def _emitter(*, as_json: bool) -> Emit:
    from airshift.output.text import printable
    from airshift.wave.events import Event, event_json, event_line

    def emit(event: Event) -> None:
        print(event_json(event) if as_json else printable(event_line(event)), flush=True)

    return emit


def _show(found: Rehearsal, job: Job, *, every_call: bool, as_json: bool) -> None:
    """What would be done; the whole list only when it is not done now."""
    from airshift.wave.rehearsal import rehearsal_events

    for event in rehearsal_events(found, job.opening.plan.number, every_call=every_call):
        job.opening.emit(event)
    if every_call and not as_json:
        options.note("nothing was changed; --execute does it")


def _agreed(job: Job, verb: str, *, yes: bool) -> bool:
    opening = job.opening
    count = len(opening.plan.dags)
    question = (
        f"{verb} {count} DAGs of wave {opening.plan.number} ({opening.blue.label}, {opening.green.label})?"
    )
    return yes or typer.confirm(question, err=True)


def _code(result: Result, job: Job) -> int:
    if result.is_incomplete:
        options.note(f"not finished: airshift wave resume {job.opening.plan.number}")
        return options.INCOMPLETE
    return 0 if result.is_clean else 1
