"""The JSON document of `airshift size`; docs/size.md describes it, docs/schemas/size.schema.json checks it."""

from __future__ import annotations

from typing import Any

from airshift.output.document import envelope
from airshift.sizing.classes import Fit, load_classes
from airshift.sizing.costing import Costs
from airshift.sizing.costs import Bill, Overlap
from airshift.sizing.sized import Answer, Sizing
from airshift.sizing.words import Result, assumptions, headline

_HOUR = 60


def size_document(result: Result) -> dict[str, Any]:
    """Everything that was found, for programs."""
    sizing = result.sizing
    return {
        **envelope(sizing.question.target, result.problems),
        "week": {"start": sizing.question.start.isoformat(), "days": 7},
        "summary": headline(sizing),
        "load": _answer(sizing, sizing.now),
        "staggered": None if sizing.staggered is None else _answer(sizing, sizing.staggered),
        "moves": [
            {
                "dag_id": move.dag.dag_id,
                "environment": move.dag.environment,
                "path": move.dag.path,
                "line": move.dag.line,
                "schedule": move.dag.schedule,
                "proposed": move.after,
                "minutes": move.by,
                "moves_along": list(move.along),
            }
            for move in sizing.moves
        ],
        "not_moved": {why.name.lower(): count for why, count in sorted(sizing.kept.items())},
        "durations": {origin.value: count for origin, count in sorted(sizing.estate.origins.items())},
        "cloudwatch": dict(sizing.question.live.highest),
        "costs": _costs(result.costs),
        "parse_costs": [
            {
                "path": cost.path,
                "seconds": cost.seconds,
                "works": [
                    {"code": work.code, "line": work.line, "message": work.message} for work in cost.works
                ],
            }
            for cost in result.parse_costs
        ],
        "assumptions": list(assumptions(sizing)),
        "classes": {"date": load_classes().date, "source": load_classes().source},
    }


def _answer(sizing: Sizing, answer: Answer) -> dict[str, Any]:
    demand, chosen = answer.demand, answer.smallest
    return {
        "dags": demand.dags,
        "peak_tasks": max(answer.tasks),
        "peak_at": sizing.moment(answer.tasks.index(max(answer.tasks))).isoformat(),
        "demand_tasks": demand.peak,
        "median_tasks": demand.usual,
        "p95_tasks": demand.high,
        "hourly_peaks": [
            max(answer.tasks[begin : begin + _HOUR]) for begin in range(0, len(answer.tasks), _HOUR)
        ],
        "held_back": list(answer.held_back),
        "full_pools": list(answer.full_pools),
        "smallest": None if chosen is None else chosen.environment_class.name,
        "classes": [_fit(fit) for fit in answer.fits],
    }


def _fit(fit: Fit) -> dict[str, Any]:
    return {
        "name": fit.environment_class.name,
        "dag_capacity": fit.environment_class.dags,
        "tasks_per_worker": fit.tasks_per_worker,
        "min_workers": fit.min_workers,
        "max_workers": fit.max_workers,
        "fits": fit.fits,
        "reasons": list(fit.reasons),
    }


def _costs(costs: Costs) -> dict[str, Any]:
    prices = costs.prices
    return {
        "currency": prices.currency,
        "prices": {"file": prices.file, "date": prices.date, "source": prices.source},
        "region": costs.region,
        "blue": _bill(costs.blue),
        "green": _bill(costs.green),
        "green_staggered": _bill(costs.staggered),
        "overlap": None if costs.overlap is None else _overlap(costs.overlap),
        "unknown": list(costs.unknown),
    }


def _bill(bill: Bill | None) -> dict[str, float] | None:
    if bill is None:
        return None
    return {
        "per_hour": round(bill.hourly, 4),
        "per_month": round(bill.monthly, 2),
        "mean_workers": round(bill.workers, 2),
    }


def _overlap(both: Overlap) -> dict[str, Any]:
    return {
        "start": both.start.isoformat(),
        "end": both.end.isoformat(),
        "weeks": [
            {
                "monday": week.monday.isoformat(),
                "blue": round(week.blue, 2),
                "green": round(week.green, 2),
                "dags_on_green": week.moved,
            }
            for week in both.weeks
        ],
        "total": round(both.total, 2),
        "blue_alone": round(both.blue_alone, 2),
        "extra": round(both.extra, 2),
    }
