"""Green as text for people: fields by outcome, notes, advice, layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from airshift.environments.layout import layout
from airshift.environments.model import Change, Green, Outcome
from airshift.environments.strategy import Advice, Strategy, advise
from airshift.output.text import printable

_ORDER = (Outcome.DECIDE, Outcome.DROPPED, Outcome.CHANGED, Outcome.KEPT)
_TITLES = {
    Outcome.DECIDE: "To decide",
    Outcome.DROPPED: "Dropped",
    Outcome.CHANGED: "Changed",
    Outcome.KEPT: "Kept",
}


def lines(green: Green) -> Iterator[str]:
    """The table, line by line."""
    yield from (printable(line) for line in _lines(green))


def headline(green: Green) -> str:
    """What was made, in one sentence."""
    counts = Counter(change.outcome for change in green.changes)
    parts = ", ".join(f"{counts[outcome]} {_TITLES[outcome].lower()}" for outcome in _ORDER)
    blue = f"{green.blue.name} (Airflow {green.blue.version or 'unknown'})"
    return f"{blue} to {green.name} (Airflow {green.target.version}): {parts}."


def _lines(green: Green) -> Iterator[str]:
    yield headline(green)
    for outcome in _ORDER:
        rows = [change for change in green.changes if change.outcome is outcome]
        if rows:
            yield f"\n{_TITLES[outcome]}"
            for change in rows:
                yield from _row(change)
    if green.notes:
        yield "\nAlso"
        yield from (f"  {note}" for note in green.notes)
    yield f"\nIn the bucket {green.bucket}"
    yield from (f"  {place.key or '/'}  {place.what}" for place in layout(green))
    yield from _advice(advise(green.blue.version, green.target))


def _row(change: Change) -> Iterator[str]:
    values = change.before if change.before == change.after else f"{change.before or '-'} -> {change.after}"
    if not change.after:
        values = change.before
    yield f"  {change.field}: {values}" if values else f"  {change.field}"
    yield f"      {change.reason}"


def _advice(advice: Advice) -> Iterator[str]:
    yield f"\nWays to get there (read {advice.read}): {advice.reason}"
    for strategy in advice.strategies:
        yield from _strategy(strategy)
    yield from (f"  source: {name}: {url}" for name, url in advice.sources)


def _strategy(strategy: Strategy) -> Iterator[str]:
    yield f"  {strategy.id}: {strategy.title}; {' -> '.join(strategy.path) or 'not open'}"
    for name in ("choose", "downtime", "history", "rollback", "cost", "address"):
        yield f"      {name + ':':<10}{getattr(strategy, name)}"
