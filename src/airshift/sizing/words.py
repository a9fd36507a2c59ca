"""A sizing in words: the table for people, and the sentences that page and table share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from airshift.findings import Problem
from airshift.sizing.classes import Fit, load_classes
from airshift.sizing.costing import Costs
from airshift.sizing.costs import Bill
from airshift.sizing.parse_cost import ParseCost, worth_showing
from airshift.sizing.sized import Sizing

_LISTED = 20


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that `airshift size` says."""

    sizing: Sizing
    costs: Costs
    parse_costs: tuple[ParseCost, ...]
    problems: tuple[Problem, ...]


def clock(moment: datetime) -> str:
    """A time of the week."""
    return f"{moment:%a %Y-%m-%d %H:%M} UTC"


def workers(fit: Fit) -> str:
    """The worker range of a class."""
    low, high = fit.min_workers, fit.max_workers
    return f"{high} worker{'' if high == 1 else 's'}" if low == high else f"{low} to {high} workers"


def headline(sizing: Sizing) -> str:
    """The answer in one sentence."""
    now = sizing.now.smallest
    demand = sizing.now.demand
    what = f"{demand.dags} DAGs, at most {demand.peak} tasks at a time"
    if now is None:
        return f"{what}: no class carries that in one environment."
    text = f"{what}: {now.environment_class.name} with {workers(now)}."
    later = sizing.staggered
    if later is None or later.smallest is None:
        return text
    return (
        f"{text} With {len(sizing.moves)} DAGs shifted by minutes at most {later.demand.peak} tasks at a time: "
        f"{later.smallest.environment_class.name} with {workers(later.smallest)}."
    )


def money(bill: Bill | None, currency: str) -> str:
    """The bill of a month, or that it is not known."""
    return "not known" if bill is None else f"{bill.monthly:,.0f} {currency} a month"


def assumptions(sizing: Sizing) -> Iterator[str]:
    """What the figures rest on."""
    question, estate = sizing.question, sizing.estate
    counts = ", ".join(f"{count} {origin.value}" for origin, count in sorted(estate.origins.items()))
    yield f"durations of DAGs: {counts or 'none'}"
    seconds = question.assumptions
    yield (
        f"where durations are assumed, a task takes {seconds.task_seconds} s and a sensor waits "
        f"{seconds.sensor_seconds} s; all are rounded up to minutes"
    )
    if sizing.unknown_pools:
        yield f"pools without a known size, which limit nothing: {', '.join(sizing.unknown_pools)}"
    if sizing.now.full_pools:
        yield f"pools that are full at times: {', '.join(sizing.now.full_pools)}"
    if sizing.now.held_back:
        yield f"{len(sizing.now.held_back)} DAGs wait at times for one of their limits"
    measured = question.live.peak_tasks
    if measured is not None:
        yield f"CloudWatch has seen {measured} running and queued tasks, the simulation {max(sizing.now.tasks)}"
    yield from question.live.notes()
    yield from question.environment.notes
    yield from estate.notes
    classes = load_classes()
    yield f"environment classes as of {classes.date}: {classes.source}"


def current(sizing: Sizing) -> str:
    """How the described environment stands to the load; empty without a description."""
    described = sizing.question.environment
    fit = next(
        (one for one in sizing.now.fits if one.environment_class.name == described.environment_class), None
    )
    if fit is None:
        return ""
    own = f"{described.name or 'the environment'} is {fit.environment_class.name}"
    if described.max_workers is None:
        return f"{own}; the load needs {workers(fit)} of it"
    enough = "enough" if described.max_workers >= fit.max_workers else f"the peak needs {fit.max_workers}"
    return f"{own} with at most {described.max_workers} workers: {enough}"


def lines(result: Result) -> Iterator[str]:
    """The table for people."""
    sizing, costs = result.sizing, result.costs
    yield headline(sizing)
    demand = sizing.now.demand
    yield (
        f"peak {max(sizing.now.tasks)} tasks at {clock(sizing.peak_at)}; 95 % of the minutes have at most "
        f"{demand.high}, half of them {demand.usual}"
    )
    if described := current(sizing):
        yield described
    yield ""
    yield f"{'class':<12} {'DAGs':>5} {'tasks a worker':>15} {'workers':>9}  verdict"
    for fit in sizing.now.fits:
        one = fit.environment_class
        verdict = "; ".join(fit.reasons) or ("smallest that fits" if fit is sizing.now.smallest else "fits")
        span = f"{fit.min_workers}-{fit.max_workers}"
        yield f"{one.name:<12} {one.dags:>5} {fit.tasks_per_worker:>15} {span:>9}  {verdict}"
    yield from _moves(sizing)
    yield from _costs(costs)
    yield from _parse_costs(result.parse_costs)
    yield ""
    yield from (f"note: {line}" for line in assumptions(sizing))


def _moves(sizing: Sizing) -> Iterator[str]:
    kept = ", ".join(f"{count} ({why.value})" for why, count in sorted(sizing.kept.items()))
    if sizing.staggered is None:
        if sizing.question.wants_staggering:
            yield ""
            yield f"no shift of minutes lowers the peak; not moved: {kept or 'none'}"
        return
    yield ""
    yield f"shifting {len(sizing.moves)} DAGs: peak {sizing.now.demand.peak} -> {sizing.staggered.demand.peak} tasks"
    for move in sizing.moves[:_LISTED]:
        along = f"  (with {', '.join(move.along)})" if move.along else ""
        yield f"  {move.dag.key}  {move.dag.path}:{move.dag.line}  {move.dag.schedule} -> {move.after}{along}"
    if len(sizing.moves) > _LISTED:
        yield f"  and {len(sizing.moves) - _LISTED} more, all in --format json and html"
    yield f"  not moved: {kept or 'none'}"


def _costs(costs: Costs) -> Iterator[str]:
    currency = costs.prices.currency
    yield ""
    yield f"cost: blue {money(costs.blue, currency)}; green {money(costs.green, currency)}"
    if costs.staggered is not None:
        yield f"green with the shifts {money(costs.staggered, currency)}"
    if costs.overlap is not None:
        both = costs.overlap
        yield f"both side by side, {both.start:%Y-%m-%d} to {both.end:%Y-%m-%d}:"
        for week in both.weeks:
            yield (
                f"  week of {week.monday}  blue {week.blue:>9,.2f}  green {week.green:>9,.2f}  {currency}"
                f"  {week.moved} DAGs moved"
            )
        yield f"  together {both.total:,.2f} {currency}, {both.extra:,.2f} more than blue alone"
    for line in costs.unknown:
        yield f"not known: {line}"
    yield f"prices as of {costs.prices.date} ({costs.prices.source}), storage not included"


def _parse_costs(found: tuple[ParseCost, ...]) -> Iterator[str]:
    shown = worth_showing(found)[:_LISTED]
    if not shown:
        return
    yield ""
    yield f"{'parse s':>8}  file, by cost"
    for cost in shown:
        seconds = "-" if cost.seconds is None else f"{cost.seconds:.2f}"
        what = ", ".join(f"{work.code} line {work.line}" for work in cost.works[:5])
        more = f" and {len(cost.works) - 5} more" if len(cost.works) > 5 else ""
        yield f"{seconds:>8}  {cost.path}{'  ' + what if what else ''}{more}"
