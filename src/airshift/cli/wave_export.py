"""`airshift wave export`: a wave as a runbook, a DAG or a script, for teams that may not run a command."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from airshift.cli import options, wave_options
from airshift.cli.wave_options import PLAN, BlueOption, EnvironmentOption, GreenOption, MarginOption, Number


class ExportForm(StrEnum):
    """What a wave can be exported as."""

    RUNBOOK = "runbook"
    DAG = "dag"
    SCRIPT = "script"


def export(
    number: Number,
    form: Annotated[ExportForm, typer.Option("--as", help="What to write.", show_default=False)],
    blue: BlueOption,
    green: GreenOption,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write to this file instead of stdout.")
    ] = None,
    plan: wave_options.PlanOption = PLAN,
    environment: EnvironmentOption = "",
    margin: MarginOption = None,
) -> int:
    """Write a wave as a runbook, a self-contained Airflow DAG or a shell script, with the calls and guards of `run`.

    No environment is asked, and no secret is written: MWAA is reached with the caller's role, addresses with
    connections (DAG) or variables (script).
    """
    from datetime import UTC, datetime

    from airshift.wave.exports import Form
    from airshift.wave.exports import export as exported
    from airshift.wave.margins import margin_of

    wave = wave_options.Given(number, plan, blue, green, environment=environment).wave()
    seconds = round(margin_of(wave, datetime.now(UTC), margin).total_seconds())
    options.emit(exported(wave, Form(form.value), blue, green, seconds).rstrip("\n"), out)
    if out is not None and form is ExportForm.SCRIPT:
        out.chmod(out.stat().st_mode | 0o111)
    return 0
