"""The rows and sentences that terminal, Markdown and page share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from airshift.findings import Kind
from airshift.history.comparing import Comparison, Step
from airshift.history.model import Snapshot
from airshift.report.model import Verdict
from airshift.report.statistics import hours

VERDICTS = {
    Verdict.READY: "ready",
    Verdict.AUTO_FIXABLE: "auto-fixable",
    Verdict.NEEDS_WORK: "needs work",
    Verdict.BLOCKED: "blocked",
}
KINDS = {
    Kind.PARSE: "breaks parsing",
    Kind.RUNTIME: "breaks the run",
    Kind.BEHAVIOUR: "changes silently",
    Kind.DEPRECATION: "deprecated",
}
STEPS = {
    Step.BLOCKED: "Now blocked",
    Step.FURTHER: "Further away",
    Step.READY: "Became ready",
    Step.CLOSER: "Came closer",
    Step.MOVED: "Moved",
    Step.NEW: "New",
    Step.GONE: "Gone",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; cells are text that may come from the estate."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: int = 0
    """How many columns at the end hold numbers."""


def day(snapshot: Snapshot) -> str:
    """When a report was made, for people."""
    return snapshot.taken.strftime("%Y-%m-%d %H:%M")


def release(snapshot: Snapshot) -> str:
    """The target of a report, for people."""
    return f"Airflow {snapshot.target}{' on Amazon MWAA' if snapshot.platform == 'mwaa' else ''}"


def signed(change: int) -> str:
    """A difference with its sign."""
    return f"{change:+d}" if change else "0"


def ready(snapshot: Snapshot) -> int:
    """DAGs that are ready or have moved already."""
    return snapshot.count(Verdict.READY) + len(snapshot.moved)


def headline(old: Snapshot, new: Snapshot) -> tuple[str, ...]:
    """What the weekly mail says, in sentences."""
    sentences = [
        f"{ready(new)} of {len(new.dags)} DAGs are ready or moved ({signed(ready(new) - ready(old))}).",
        f"{len(new.findings)} findings ({signed(len(new.findings) - len(old.findings))}).",
        f"About {hours(new.minutes)} hours of work are assessed (before: {hours(old.minutes)}).",
    ]
    if new.waves:
        sentences.append(f"{new.waves.done} of {new.waves.total} waves are done.")
    if new.unread:
        sentences.append(f"{new.unread} files could not be read.")
    if (old.target, old.platform) != (new.target, new.platform):
        sentences.append(f"The target changed from {release(old)} to {release(new)}.")
    return tuple(sentences)


def comparison_tables(comparison: Comparison) -> tuple[Table, ...]:
    """The numbers, the DAGs by what happened to them, and the rules with new or gone findings."""
    dags = (_dags(comparison, step) for step in Step)
    return tuple(table for table in (_numbers(comparison), *dags, _rules(comparison)) if table.rows)


def _numbers(comparison: Comparison) -> Table:
    old, new = comparison.old, comparison.new
    rows = [("DAGs", len(old.dags), len(new.dags))]
    rows += [(f"DAGs {VERDICTS[verdict]}", old.count(verdict), new.count(verdict)) for verdict in Verdict]
    if old.waves or new.waves:
        rows.append(("DAGs moved", len(old.moved), len(new.moved)))
        rows.append(("Waves done", _done(old), _done(new)))
    rows += [(f"Findings: {KINDS[kind]}", _count(old, kind), _count(new, kind)) for kind in Kind]
    texts = [(name, str(before), str(after), signed(after - before)) for name, before, after in rows]
    texts.append(("Hours", hours(old.minutes), hours(new.minutes), _hours(new.minutes - old.minutes)))
    return Table("In numbers", ("", day(old), day(new), "change"), tuple(texts), 3)


def _done(snapshot: Snapshot) -> int:
    return snapshot.waves.done if snapshot.waves else 0


def _hours(minutes: int) -> str:
    if not minutes:
        return "0"
    return f"{'+' if minutes > 0 else '-'}{hours(abs(minutes))}"


def _count(snapshot: Snapshot, kind: Kind) -> int:
    return sum(finding.kind is kind for finding in snapshot.findings)


def _dags(comparison: Comparison, step: Step) -> Table:
    rows = tuple(
        (change.dag, VERDICTS[change.before] if change.before else "-", _after(change.after, step))
        for change in comparison.of(step)
    )
    return Table(f"{STEPS[step]}: {len(rows)} DAG{'' if len(rows) == 1 else 's'}", ("DAG", "was", "is"), rows)


def _after(verdict: Verdict | None, step: Step) -> str:
    if step is Step.MOVED:
        return "on the new environment"
    return VERDICTS[verdict] if verdict else "-"


def _rules(comparison: Comparison) -> Table:
    rows = tuple(
        (
            change.code,
            KINDS[change.kind],
            change.title.replace("`", ""),
            str(change.before),
            str(change.after),
            signed(-change.gone),
            signed(change.new),
        )
        for change in comparison.codes
    )
    return Table("Findings by rule", ("rule", "bites", "what", "before", "after", "gone", "new"), rows, 4)


def trend_table(snapshots: Sequence[Snapshot]) -> Table:
    """One row a report, newest first."""
    head = ("report", "DAGs", "moved", *VERDICTS.values(), "findings", "hours", "waves done")
    rows = (
        (
            day(snapshot),
            str(len(snapshot.dags)),
            str(len(snapshot.moved)),
            *(str(snapshot.count(verdict)) for verdict in Verdict),
            str(len(snapshot.findings)),
            hours(snapshot.minutes),
            f"{snapshot.waves.done} of {snapshot.waves.total}" if snapshot.waves else "-",
        )
        for snapshot in reversed(snapshots)
    )
    return Table("Report by report", head, tuple(rows), len(head) - 1)
