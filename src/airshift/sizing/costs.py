"""What blue and green cost, alone and side by side while the waves of a plan move DAGs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from airshift.sizing.classes import workers_for
from airshift.sizing.prices import Price, Prices

HOURS_A_MONTH = 730
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Side:
    """One environment as a bill sees it."""

    name: str
    region: str
    environment_class: str
    tasks_per_worker: int
    min_workers: int
    max_workers: int
    schedulers: int
    web_servers: int

    def workers(self, tasks: Sequence[int]) -> float:
        """Workers that are up on average with this load; MWAA starts and stops them as tasks come and go."""
        if not tasks:
            return float(self.min_workers)
        counts = (workers_for(held, self.tasks_per_worker) for held in tasks)
        return sum(min(max(count, self.min_workers), self.max_workers) for count in counts) / len(tasks)


@dataclass(frozen=True, slots=True)
class Bill:
    """What one environment costs an hour with a certain load."""

    hourly: float
    workers: float

    @property
    def monthly(self) -> float:
        """A month of 730 hours."""
        return self.hourly * HOURS_A_MONTH


def bill(side: Side, tasks: Sequence[int], prices: Prices) -> Bill | None:
    """The bill of an environment, without storage; None where the price is not known."""
    price = prices.of(side.region, side.environment_class)
    if price is None:
        return None
    workers = side.workers(tasks)
    return Bill(_hourly(price, side, workers, prices), workers)


def _hourly(price: Price, side: Side, workers: float, prices: Prices) -> float:
    more = {
        "workers": (workers, price.worker),
        "schedulers": (side.schedulers, price.scheduler),
        "web_servers": (side.web_servers, price.web_server),
    }
    beyond = sum(max(0, count - prices.included[name]) * each for name, (count, each) in more.items())
    return price.environment + beyond


@dataclass(frozen=True, slots=True)
class Wave:
    """When a wave of a plan is cut over, and its DAGs."""

    start: datetime
    dags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the overlap; it may be cut short by the first and the last day."""

    monday: date
    blue: float
    green: float
    moved: int
    """DAGs on green at its end."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Both environments side by side."""

    start: datetime
    """When green is created."""
    end: datetime
    """When blue is deleted."""
    weeks: tuple[Week, ...]
    blue_alone: float
    """What blue would have cost in that time with all DAGs on it."""

    @property
    def total(self) -> float:
        """Both environments, from start to end."""
        return sum(week.blue + week.green for week in self.weeks)

    @property
    def extra(self) -> float:
        """What the migration costs more than staying on blue."""
        return self.total - self.blue_alone


def overlap(
    waves: Sequence[Wave],
    loads: Sequence[Sequence[int]],
    staying: Sequence[int],
    sides: tuple[Side, Side],
    prices: Prices,
    prepare: timedelta,
    keep: timedelta,
) -> Overlap | None:
    """The cost of blue and green by week; `loads` are those of the waves, `staying` that of DAGs which never move.

    Green exists from `prepare` before the first wave, blue until `keep` after the last one. None where a price is not
    known or there is no wave.
    """
    old, new = sides
    if not waves or any(prices.of(one.region, one.environment_class) is None for one in sides):
        return None
    start, end = waves[0].start - prepare, waves[-1].start + keep
    parts: dict[date, list[float]] = defaultdict(lambda: [0.0, 0.0])
    moved: dict[date, int] = {}
    for done, (begin, finish) in enumerate(_stretches(start, [wave.start for wave in waves], end)):
        costs = [
            _known(bill(old, _sum([staying, *loads[done:]]), prices)),
            _known(bill(new, _sum(loads[:done]), prices)),
        ]
        for monday, hours in _weeks(begin, finish):
            moved[monday] = sum(len(wave.dags) for wave in waves[:done])
            for place, cost in enumerate(costs):
                parts[monday][place] += hours * cost
    weeks = tuple(Week(monday, blue, green, moved[monday]) for monday, (blue, green) in sorted(parts.items()))
    alone = _known(bill(old, _sum([staying, *loads]), prices)) * ((end - start) / _HOUR)
    return Overlap(start, end, weeks, alone)


def _known(found: Bill | None) -> float:
    assert found is not None
    return found.hourly


def _sum(loads: Sequence[Sequence[int]]) -> list[int]:
    return [sum(levels) for levels in zip(*loads, strict=True)] if loads else []


def _stretches(
    start: datetime, cutovers: Sequence[datetime], end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    yield from zip([start, *cutovers], [*cutovers, end], strict=True)


def _weeks(begin: datetime, end: datetime) -> Iterator[tuple[date, float]]:
    """The hours of a stretch of time by week."""
    while begin < end:
        monday = begin.date() - timedelta(days=begin.weekday())
        following = datetime.combine(monday + timedelta(days=7), time(), begin.tzinfo)
        yield monday, (min(end, following) - begin) / _HOUR
        begin = following


def waves_of(plan: Mapping[str, object]) -> tuple[Wave, ...]:
    """The waves of a plan document, in order of their cutover."""
    rows = plan["waves"]
    assert isinstance(rows, list)
    found = [
        Wave(
            datetime.fromisoformat(str((row.get("cutover") or {}).get("end") or row["start"])).astimezone(
                UTC
            ),
            tuple(str(dag["dag_id"] if isinstance(dag, dict) else dag) for dag in row["dags"]),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda wave: wave.start))
