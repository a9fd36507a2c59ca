"""Options that the commands of `airshift wave` share, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from airshift.wave.carrying import Job
    from airshift.wave.events import Emit
    from airshift.wave.plan_file import WavePlan

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
MarginOption = Annotated[
    int | None,
    typer.Option(
        "--margin",
        help="Seconds: a run due sooner closes a gap [default: 60, or a quarter of the wave's shortest period]",
        min=1,
    ),
]
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


@dataclass(frozen=True, slots=True)
class Given:
    """The options of one command line."""

    number: int
    plan: Path
    blue: str
    green: str
    journal: Path | None = None
    environment: str = ""
    as_json: bool = False
    margin: int | None = None
    patience: int = 60
    watch: int = 0
    auto_rollback: bool = False
    take_over: bool = False
    policy: Path | None = None
    folders: tuple[str, str] = ("", "")
    bridges_ready: bool = False

    @property
    def journal_file(self) -> Path:
        """Where the journal is."""
        return journal_of(self.plan, self.journal)

    def wave(self) -> WavePlan:
        """The wave of the plan; raise UsageError when there is none."""
        from airshift.wave.plan_file import read_wave

        return read_wave(self.plan, self.number, self.environment)


def journal_of(plan: Path, journal: Path | None) -> Path:
    """The journal that was named, or the one beside the plan."""
    from airshift.wave.carrying import JOURNAL

    return journal or plan.parent / JOURNAL


def job_of(given: Given) -> Job:
    """Everything that the options say, as one value; raises ApiError when a side does not answer."""
    from datetime import timedelta

    from airshift.clients.connecting import connect
    from airshift.settings import load_settings
    from airshift.wave.airflow_side import AirflowSide
    from airshift.wave.carrying import Job
    from airshift.wave.lock import operator
    from airshift.wave.margins import margin_of
    from airshift.wave.session import Opening
    from airshift.wave.settings import Settings, SystemClock
    from airshift.wave.states import Where
    from airshift.wave.watch import read_thresholds

    table = load_settings(Path.cwd(), given.policy).table("wave")
    thresholds = read_thresholds(table)
    table.finish()
    wave, clock = given.wave(), SystemClock()
    margin = margin_of(wave, clock.now(), given.margin)
    blue = AirflowSide(connect(given.blue, side="blue"))
    green = AirflowSide(connect(given.green, side="green"))
    # A wave waits minutes for a side that stops answering; one that never answers is told at once.
    for side in (blue, green):
        side.identity()
    opening = Opening(
        plan=wave,
        blue=blue,
        green=green,
        journal=given.journal_file,
        clock=clock,
        settings=Settings(
            margin=margin,
            patience=timedelta(minutes=given.patience),
            watch=timedelta(minutes=given.watch),
            auto_rollback=given.auto_rollback,
        ),
        emit=emitter(as_json=given.as_json),
        thresholds=thresholds,
        who=operator(),
        take_over=given.take_over,
    )
    places = {where: folder for where, folder in zip(Where, given.folders, strict=True) if folder}
    return Job(opening, given.plan, places, lambda bridge: given.bridges_ready)


def emitter(*, as_json: bool) -> Emit:
    """Prints events one a line."""
    from airshift.output.text import printable
    from airshift.wave.events import Event, event_json, event_line

    def emit(event: Event) -> None:
        print(event_json(event) if as_json else printable(event_line(event)), flush=True)

    return emit
