"""A wave in a process of its own, which can be killed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from airshift.estate.model import Dag
from airshift.targets import Target
from airshift.wave.airflow_side import AirflowSide
from airshift.wave.plan_file import WavePlan
from airshift.wave.session import Opening, session
from airshift.wave.settings import Settings, SystemClock
from live.plain_api import PlainApi

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["live.moving", "requests"])


def process(folder: Path, blue: str, green: str, dags: Mapping[str, Dag], *, back: bool) -> ForkServerProcess:
    """A process that moves DAGs, or brings them back; it is not started yet."""
    return _CONTEXT.Process(target=move, args=(folder, blue, green, dags, back))


def move(folder: Path, blue: str, green: str, dags: Mapping[str, Dag], back: bool) -> None:
    """Go on with the wave of the journal in a folder until nothing is left to do."""
    settings = Settings(
        margin=timedelta(seconds=1),
        settle=timedelta(seconds=0.02),
        uncertain=timedelta(seconds=0.1),
        poll=timedelta(seconds=0.05),
        watch=timedelta(),
    )
    plan = WavePlan(1, "Wave 1", dags, (), (), (), Target("2.10.3"), Target("3.3.1"), "digest")
    opening = Opening(
        plan,
        AirflowSide(PlainApi(blue, 2)),
        AirflowSide(PlainApi(green, 3)),
        folder / "journal",
        SystemClock(),
        settings,
        lambda event: None,
        durable=False,
    )
    with session(opening) as driver:
        if back:
            driver.go_back(list(dags), "asked to")
        driver.advance()
