"""Judge what is seen of green after a move: is it as the simulation says, or is it better to go back?

Pure: what is seen comes in as `Observations`, what is wrong goes out as `Concern`s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from airshift.settings import Table
from airshift.wave.side import Observations, RunState, WatchedDag

_SUCCESS, _FAILED = "success", "failed"
_TIME = "%Y-%m-%d %H:%M:%S"


class Trouble(StrEnum):
    """What can be wrong with green."""

    FAILURES = "failures"
    """More of its runs fail than may, and than did on blue."""
    DEADLINE = "deadline"
    """The first run has not been a success in time."""
    MISSING = "missing"
    """An interval of the simulation has no run."""
    DUPLICATE = "duplicate"
    """An interval has two runs, or one here and one on blue."""
    UNEXPECTED = "unexpected"
    """The scheduler made a run that the simulation does not know."""
    IMPORT_ERROR = "import_error"
    HEARTBEAT = "heartbeat"
    """The scheduler or the DAG processor does not live, or green does not answer."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on something is wrong, and what of it is a reason to go back."""

    failure_rate: float = 0.1
    """Share of the finished runs of a DAG; above it, and above blue's own."""
    failures: int = 2
    """Failed runs of a DAG below which nothing is said."""
    deadline: timedelta = timedelta(minutes=30)
    """Between the time a run is due and its success."""
    grace: timedelta = timedelta(minutes=5)
    """Between the time a run is due and its being there."""
    heartbeat: timedelta = timedelta(minutes=2)
    rollback_on: frozenset[Trouble] = field(default=frozenset(Trouble) - {Trouble.UNEXPECTED})


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that is wrong; `grave` says that it is a reason to go back."""

    trouble: Trouble
    message: str
    dag_id: str = ""
    grave: bool = False


def read_thresholds(table: Table) -> Thresholds:
    """The keys of `[wave]` that say when to worry; the caller reads the others and finishes the table."""
    default = Thresholds()
    rate = table.get("failure_rate", float, default.failure_rate)
    if not 0 <= rate <= 1:
        raise table.error("failure_rate has to lie between 0 and 1")
    return Thresholds(
        rate,
        _positive(table, "failures", default.failures),
        timedelta(minutes=_positive(table, "deadline_minutes", _minutes(default.deadline))),
        timedelta(minutes=_positive(table, "grace_minutes", _minutes(default.grace))),
        timedelta(seconds=_positive(table, "heartbeat_seconds", int(default.heartbeat.total_seconds()))),
        _troubles(table, default.rollback_on),
    )


def judge(seen: Observations, thresholds: Thresholds) -> tuple[Concern, ...]:
    """Everything that is wrong, DAG by DAG, the environment itself first."""
    found = [*_environment(seen, thresholds)]
    for dag in seen.dags:
        found += _dag(dag, seen, thresholds)
    return tuple(found)


def _environment(seen: Observations, thresholds: Thresholds) -> Iterator[Concern]:
    def wrong(trouble: Trouble, message: str) -> Concern:
        return Concern(trouble, message, grave=trouble in thresholds.rollback_on)

    health = seen.health
    if health is None:
        yield wrong(Trouble.HEARTBEAT, "green does not answer")
    elif not health.scheduler or _is_old(seen, thresholds):
        yield wrong(Trouble.HEARTBEAT, "green's scheduler gives no sign of life")
    elif health.dag_processor is False:
        yield wrong(Trouble.HEARTBEAT, "green's DAG processor gives no sign of life")
    if health is not None and not health.metadatabase:
        yield wrong(Trouble.HEARTBEAT, "green does not reach its database")
    known = {problem.file for problem in seen.known_import_errors}
    for problem in seen.import_errors:
        if problem.file not in known:
            yield wrong(Trouble.IMPORT_ERROR, f"{problem.file}: {problem.message}")


def _is_old(seen: Observations, thresholds: Thresholds) -> bool:
    heartbeat = seen.health.scheduler_heartbeat if seen.health else None
    return heartbeat is not None and seen.at - heartbeat > thresholds.heartbeat


def _dag(dag: WatchedDag, seen: Observations, thresholds: Thresholds) -> Iterator[Concern]:
    def wrong(trouble: Trouble, message: str) -> Concern:
        return Concern(trouble, message, dag.dag_id, trouble in thresholds.rollback_on)

    if dag.import_error:
        yield wrong(Trouble.IMPORT_ERROR, "green cannot parse it any more")
    yield from (wrong(Trouble.FAILURES, text) for text in _failures(dag, thresholds))
    yield from (wrong(Trouble.DEADLINE, text) for text in _overdue(dag, seen, thresholds))
    yield from (wrong(Trouble.MISSING, text) for text in _missing(dag, seen, thresholds))
    yield from (wrong(Trouble.DUPLICATE, text) for text in _duplicates(dag))
    yield from (wrong(Trouble.UNEXPECTED, text) for text in _unexpected(dag))


def _failures(dag: WatchedDag, thresholds: Thresholds) -> Iterator[str]:
    failed, finished = _counts(dag.runs)
    if failed < thresholds.failures:
        return
    failed_on_blue, finished_on_blue = _counts(dag.blue_runs)
    on_blue = failed_on_blue / finished_on_blue if finished_on_blue else 0.0
    if failed / finished > max(thresholds.failure_rate, on_blue):
        yield f"{failed} of {finished} runs failed on green, {failed_on_blue} of {finished_on_blue} on blue"


def _overdue(dag: WatchedDag, seen: Observations, thresholds: Thresholds) -> Iterator[str]:
    """The first run, when it is there and has not been a success in time."""
    first = min(dag.runs, key=lambda run: run.run_after or dag.since, default=None)
    if first is None or any(run.state == _SUCCESS for run in dag.runs):
        return
    if (first.run_after or dag.since) + thresholds.deadline < seen.at:
        yield f"its first run {first.run_id} is {first.state}, after {_minutes(thresholds.deadline)} minutes"


def _missing(dag: WatchedDag, seen: Observations, thresholds: Thresholds) -> Iterator[str]:
    made = {run.run_after for run in dag.runs}
    for run in dag.expected:
        if run.run_after not in made and run.run_after + thresholds.grace < seen.at:
            yield f"no run for {run.run_after:{_TIME}} (logical date {run.logical_date:{_TIME}})"


def _duplicates(dag: WatchedDag) -> Iterator[str]:
    ticks = [run.run_after for run in dag.runs if run.run_type == "scheduled" and run.run_after is not None]
    yield from (f"two runs for {tick:{_TIME}}" for tick in sorted({t for t in ticks if ticks.count(t) > 1}))
    on_blue = {run.run_after: run for run in dag.blue_runs if run.run_type == "scheduled"}
    for tick in sorted(set(ticks) & {tick for tick in on_blue if tick is not None}):
        yield f"the run for {tick:{_TIME}} is on green and on blue ({on_blue[tick].run_id})"


def _unexpected(dag: WatchedDag) -> Iterator[str]:
    if not dag.exact:
        return
    expected = {run.run_after for run in dag.expected}
    for run in dag.runs:
        if run.run_type == "scheduled" and run.run_after not in expected:
            yield f"the simulation does not know the run {run.run_id}"


def _counts(runs: Sequence[RunState]) -> tuple[int, int]:
    states = [run.state for run in runs]
    return states.count(_FAILED), states.count(_FAILED) + states.count(_SUCCESS)


def _positive(table: Table, key: str, default: int) -> int:
    number = table.get(key, int, default)
    if number < 1:
        raise table.error(f"{key} has to be at least 1")
    return number


def _troubles(table: Table, default: frozenset[Trouble]) -> frozenset[Trouble]:
    found = table.get("rollback_on", list, sorted(default))
    for text in found:
        if text not in set(Trouble):
            raise table.error(f"rollback_on: no such trouble as {text} (known: {', '.join(Trouble)})")
    return frozenset(map(Trouble, found))


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60
