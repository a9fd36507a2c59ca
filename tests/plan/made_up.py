"""Made-up estates and policies for laws about plans."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airshift.estate.model import Edge, EdgeKind
from airshift.plan.model import Member
from airshift.plan.planner import Estate
from airshift.plan.policy import Policy
from airshift.plan.policy_table import policy
from airshift.plan.standing import Status

TODAY = date(2026, 12, 1)
HARD = (EdgeKind.TRIGGER, EdgeKind.SENSOR, EdgeKind.ASSET)


@dataclass(frozen=True)
class Clockwork:
    """Runs every so many minutes from midnight UTC; DAGs without a period never run."""

    periods: dict[str, int]

    def runs(self, dag_id: str, start: datetime, end: datetime) -> Sequence[datetime]:
        period = self.periods.get(dag_id)
        if period is None:
            return ()
        day = start.replace(hour=0, minute=0, second=0, microsecond=0)
        count = int((end - day) / timedelta(minutes=period)) + 2
        moments = (day + timedelta(minutes=period * number) for number in range(count))
        return [moment for moment in moments if start <= moment < end]

    def duration(self, dag_id: str) -> timedelta:
        return timedelta(minutes=2)


NEVER = Clockwork({})


def member(dag_id: str, **values: object) -> Member:
    """A member with one's own values."""
    return Member(dag_id, path=f"dags/{dag_id}.py", **values)  # type: ignore[arg-type]


def edge(source: str, target: str, kind: EdgeKind = EdgeKind.TRIGGER) -> Edge:
    """A certain edge."""
    return Edge(source, target, kind, True, f"dags/{source}.py", 7)


def estate(*members: Member, edges: Sequence[Edge] = (), **values: object) -> Estate:
    """An estate of these members."""
    return Estate(
        {one.dag_id: one for one in sorted(members, key=lambda m: m.dag_id)}, tuple(edges), **values
    )  # type: ignore[arg-type]


def rules(**table: object) -> Policy:
    """A policy with these keys."""
    return policy(table, TODAY)


def random_estate(chance: random.Random, dags: int, edges: int, *, blocked: float = 0.1) -> Estate:
    """An estate with levels, work, history, cycles, SubDAGs and blocked DAGs."""
    members = []
    for number in range(dags):
        members.append(
            member(
                f"d{number:03}",
                level=chance.choice((0, 0, 0, -1, 1, 2)),
                minutes=chance.choice((5, 5, 20, 20, 60, 90)),
                history=chance.random() < 0.15,
                owners=(chance.choice(("finance", "growth", "ops")),),
                operators=tuple(
                    sorted(chance.sample(("Bash", "Python", "Empty", "Sql"), chance.randint(1, 3)))
                ),
                kind=chance.choice(("cron", "period", "none")),
                runs_per_day=chance.choice((0.0, 1.0, 24.0)),
                tasks=chance.randint(1, 9),
                misfits=chance.choice((0, 0, 0, 0b11, 0xFFFF)),
                hours=tuple(chance.choice((0.0, 0.0, 0.5)) for _ in range(24)),
            )
        )
    names = [one.dag_id for one in members]
    kinds = (*HARD, *HARD, EdgeKind.SUBDAG, EdgeKind.MODULE, EdgeKind.API)
    found = [edge(*chance.sample(names, 2), chance.choice(kinds)) for _ in range(edges if dags > 1 else 0)]
    errors = {name: ("AS401: open",) for name in names if chance.random() < blocked}
    decided = {name: (Status.EXCLUDED, "override") for name in names if chance.random() < 0.05}
    return estate(*members, edges=found, blockers=errors, decided=decided)


def random_policy(chance: random.Random, names: Sequence[str]) -> Policy:
    """A policy with limits, freezes, pins and patterns."""
    table: dict[str, object] = {
        "cadence": chance.choice(
            ("weekly tue 10:00", "daily 02:30", "weekly mon,thu 09:00", "workdays 22:00")
        ),
        "timezone": chance.choice(("UTC", "Europe/Berlin", "America/New_York")),
        "start": chance.choice(("2026-12-01", "2027-03-10")),
        "validation_days": chance.randint(0, 5),
        "max_dags_per_wave": chance.randint(2, 12),
        "pilot_size": chance.randint(0, 4),
        "freeze": [{"start": "2026-12-14", "end": "2027-01-08"}],
        "holidays": ["2026-12-08", "2027-03-16"],
        "away": [{"owner": "finance", "start": "2027-01-11", "end": "2027-01-20"}],
    }
    if chance.random() < 0.5:
        table["max_effort_hours_per_wave"] = chance.choice((1.5, 3, 8))
    if chance.random() < 0.3 and names:
        table["pin"] = {chance.choice(list(names)): chance.randint(1, 4)}
    if chance.random() < 0.2 and names:
        table["retire"] = [chance.choice(list(names))]
    if chance.random() < 0.2:
        table["green_class"] = "mw1.micro"
    return rules(**table)
