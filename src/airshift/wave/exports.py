"""The same wave for teams that may not run a command against production: a runbook, a DAG or a shell script.

They make the calls of `airshift wave run` in its order, group by group, with its guards; what depends on the moment
(gaps, marker runs) they find out as it does. What they leave out: journal, lock, and more than one marker run a DAG.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from airshift._data import data_folder
from airshift.clients.mwaa import LONGEST_PATH, parse_where, too_long
from airshift.clients.paths import joined
from airshift.errors import UsageError
from airshift.plan.commands import Side as Commands
from airshift.redact import redact_url
from airshift.schedules import Continuous, DeltaTriggers, schedule_of
from airshift.wave.export_runbook import Orders, runbook_lines
from airshift.wave.order import Group, grouped
from airshift.wave.plan_file import WavePlan

_MWAA = "mwaa:"


class Form(StrEnum):
    """What a wave can be exported as."""

    RUNBOOK = "runbook"
    DAG = "dag"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True)
class Place:
    """Blue or green, as exports call it."""

    shown: str
    name: str
    region: str | None
    mwaa: bool

    @classmethod
    def of(cls, where: str) -> Place:
        """`mwaa:NAME`, `mwaa:NAME@region`, or an address, which exports leave to variables and connections."""
        if where.startswith(_MWAA):
            name, region = parse_where(where)
            return cls(_line(where), name, region or None, mwaa=True)
        parts = urlsplit(where)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise UsageError(
                f"{redact_url(where)!r} is no address of an Airflow; write https://host or mwaa:NAME"
            )
        if "@" in parts.netloc:
            raise UsageError("no user or password in the address: what is exported holds no secret")
        return cls(_line(redact_url(where)), "", None, mwaa=False)


def export(wave: WavePlan, form: Form, blue: str, green: str, margin: int = 60) -> str:
    """The text of a wave in one form; raise UsageError when blue and green are not reached in the same way."""
    places = Place.of(blue), Place.of(green)
    if places[0].mwaa != places[1].mwaa:
        raise UsageError(
            "an export reaches both environments in one way: both as mwaa:NAME, or both by address"
        )
    if places[0].mwaa:
        _refuse_long(wave)
    groups = grouped(wave.dags, wave.edges)
    if form is Form.RUNBOOK:
        return "\n".join(_runbook(wave, groups, *places, margin)) + "\n"
    return _rendered(wave, groups, form, *places, margin)


def _refuse_long(wave: WavePlan) -> None:
    """Say which DAGs Amazon MWAA cannot be asked about, because paths have a longest length there."""
    for name in wave.dags:
        path = joined("dags", name, "dagRuns")
        if len(path) > LONGEST_PATH:
            raise UsageError(f"{name}: {too_long(path)}: leave this DAG out of the wave that is exported")


def orders(group: Group) -> Orders:
    """The order in which the DAGs of a group are paused, sources first, and that in which they are unpaused."""
    return list(group.names), sorted(group.names, key=lambda name: (len(group.after(name)), name))


def _runbook(
    wave: WavePlan, groups: Sequence[Group], blue: Place, green: Place, margin: int
) -> Iterator[str]:
    sides = (
        Commands(blue.name, "blue", third=False, mwaa=blue.mwaa),
        Commands(green.name, "green", third=True, mwaa=green.mwaa),
    )
    found = [orders(group) for group in groups]
    return runbook_lines(wave, found, _moving(wave), sides, (blue.shown, green.shown), margin)


def _rendered(
    wave: WavePlan, groups: Sequence[Group], form: Form, blue: Place, green: Place, margin: int
) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(data_folder("reports")),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        comment_start_string="{##",
        comment_end_string="##}",
    )
    environment.filters |= {"repr": repr, "quote": shlex.quote, "words": shlex.join, "lines": _literal}
    name = {Form.DAG: "wave-dag.py.jinja", Form.SCRIPT: "wave-script.sh.jinja"}[form]
    return environment.get_template(name).render(
        title=f"Wave {wave.number}: {_line(wave.name)}",
        dag_id=f"airshift_wave_{wave.number:02}",
        count=len(wave.dags),
        groups=[orders(group) for group in groups],
        catchup=_catching_up(wave),
        moving=_moving(wave),
        mwaa=blue.mwaa,
        blue=blue,
        green=green,
        margin=margin,
        longest=LONGEST_PATH,
    )


def _catching_up(wave: WavePlan) -> list[str]:
    now = datetime.now(UTC)
    return sorted(name for name, dag in wave.dags.items() if schedule_of(dag, wave.target, now).catchup)


def _moving(wave: WavePlan) -> list[str]:
    now = datetime.now(UTC)
    timetables = {name: schedule_of(dag, wave.target, now).timetable for name, dag in wave.dags.items()}
    return sorted(name for name, one in timetables.items() if isinstance(one, DeltaTriggers | Continuous))


def _literal(values: Sequence[Any]) -> str:
    """A list as Python code, one item a line."""
    if not values:
        return "[]"
    return "[\n" + "".join(f"    {value!r},\n" for value in values) + "]"


def _line(text: str) -> str:
    """Text for comments and docstrings: one line, nothing that ends either."""
    return "".join(letter if letter.isprintable() and letter not in '"\\' else "_" for letter in text)
