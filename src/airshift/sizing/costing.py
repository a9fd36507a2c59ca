"""Put the bills of a sizing together: blue as it is described, green as it is proposed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from airshift.sizing.classes import Fit, load_classes
from airshift.sizing.costs import Bill, Overlap, Side, Wave, bill, overlap
from airshift.sizing.prices import Prices
from airshift.sizing.sized import Answer, Sizing
from airshift.sizing.week import load_of

_MICRO = "mw1.micro"


@dataclass(frozen=True, slots=True)
class Costs:
    """What is known about money; None for what is not."""

    prices: Prices
    region: str
    blue: Bill | None
    green: Bill | None
    staggered: Bill | None
    """Green with the proposed shifts."""
    overlap: Overlap | None
    unknown: tuple[str, ...]
    """What is not known, and what is missing for it."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The waves of a plan, and how long the environments exist before and after them."""

    waves: tuple[Wave, ...] = ()
    prepare: timedelta = timedelta(days=7)
    keep: timedelta = timedelta(days=14)


def costs_of(sizing: Sizing, prices: Prices, region: str, calendar: Calendar) -> Costs:
    """The bills of blue and green, and of both together while the waves move DAGs."""
    region = region or sizing.question.environment.region
    blue, green = _blue(sizing, region), _green(sizing, sizing.now, region)
    later = _green(sizing, sizing.staggered, region) if sizing.staggered else None
    bills = [None if side is None else bill(side, sizing.now.tasks, prices) for side in (blue, green)]
    together = None
    if blue is not None and green is not None:
        loads, staying = _loads(sizing, calendar.waves)
        together = overlap(
            calendar.waves, loads, staying, (blue, green), prices, calendar.prepare, calendar.keep
        )
    return Costs(
        prices,
        region,
        bills[0],
        bills[1],
        bill(later, sizing.staggered.tasks, prices) if later and sizing.staggered else None,
        together,
        tuple(_unknown((blue, green), region, prices)),
    )


def _blue(sizing: Sizing, region: str) -> Side | None:
    """Blue as it is described."""
    described = sizing.question.environment
    known = {one.name: one for one in load_classes().classes}
    one = known.get(described.environment_class or "")
    if one is None:
        return None
    return Side(
        "blue",
        region,
        one.name,
        described.tasks_per_worker or one.tasks_per_worker,
        described.min_workers or 1,
        described.max_workers or one.max_workers,
        described.schedulers or (1 if one.name == _MICRO else 2),
        described.web_servers or (1 if one.name == _MICRO else 2),
    )


def _green(sizing: Sizing, answer: Answer, region: str) -> Side | None:
    """Green in the smallest class, with the workers that its load needs; otherwise as blue."""
    fit: Fit | None = answer.smallest
    if fit is None:
        return None
    described = sizing.question.environment
    name = fit.environment_class.name
    servers = 1 if name == _MICRO else 2
    return Side(
        "green",
        region,
        name,
        fit.tasks_per_worker,
        fit.min_workers,
        fit.max_workers,
        servers if name == _MICRO else max(servers, described.schedulers or servers),
        servers if name == _MICRO else max(servers, described.web_servers or servers),
    )


def _unknown(sides: Sequence[Side | None], region: str, prices: Prices) -> Iterator[str]:
    blue, green = sides
    if blue is None:
        yield "blue: its class is not known; --blue FILE with its description says it"
    if green is None:
        yield "green: no class carries the load"
    if not region:
        yield "the region is not known; --region or --blue says it"
        return
    for side in sides:
        if side is not None and prices.of(side.region, side.environment_class) is None:
            yield (
                f"{side.name}: {prices.file} of {prices.date} has no price of {side.environment_class} in {region}; "
                "--prices FILE takes one"
            )


def _loads(sizing: Sizing, waves: Sequence[Wave]) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """The load of the DAGs of each wave, and of those in none."""
    flows = {flow.key: flow for flow in sizing.estate.flows}
    placed = {name for wave in waves for name in wave.dags}
    groups = [[flows[name] for name in wave.dags if name in flows] for wave in waves]
    groups.append([flow for key, flow in flows.items() if key not in placed])
    lead, horizon = sizing.estate.lead, sizing.estate.horizon
    found = [load_of(group, sizing.limits, horizon).tasks[lead:] for group in groups]
    return found[:-1], found[-1]
