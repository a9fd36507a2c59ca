"""The sentences and tables of a fleet, and the page and Markdown made of them."""

from __future__ import annotations

from collections.abc import Sequence

from airshift.findings import Problem
from airshift.fleet.model import Fleet
from airshift.history.tables import KINDS, VERDICTS, Table
from airshift.history.text import markdown_lines
from airshift.output.pages import page
from airshift.report.model import Verdict
from airshift.report.statistics import hours

_MOST = 100
"""Rows of the table of DAGs; the JSON has all of them."""


def title(fleet: Fleet) -> str:
    """What the page and the Markdown are called."""
    return f"{len(fleet.repositories)} repositories on the way to {target(fleet)}"


def target(fleet: Fleet) -> str:
    """The target, for people."""
    return f"Airflow {fleet.first.target}{' on Amazon MWAA' if fleet.first.platform == 'mwaa' else ''}"


def sentences(fleet: Fleet, problems: Sequence[Problem]) -> tuple[str, ...]:
    """What matters most."""
    verdicts = fleet.verdicts
    unread = sum(one.unread for one in fleet.repositories)
    found = [
        f"{verdicts[Verdict.READY]} of {sum(verdicts.values())} DAGs are ready, "
        f"{verdicts[Verdict.AUTO_FIXABLE]} more after `airshift fix`.",
        f"{sum(fleet.kinds.values())} findings, about {hours(sum(one.minutes for one in fleet.repositories))} "
        "hours of work.",
    ]
    if shared := fleet.shared_ids():
        found.append(f"{len(shared)} DAG ids are used by several repositories.")
    if unread:
        found.append(f"{unread} files could not be read.")
    if problems:
        found.append(f"{len(problems)} reports could not be read and are missing here.")
    return tuple(found)


def tables(fleet: Fleet) -> tuple[Table, ...]:
    """Repositories, owners, rules, DAG ids used twice and the DAGs that need most."""
    made = (_repositories(fleet), _owners(fleet), _rules(fleet), _shared(fleet), _dags(fleet))
    return tuple(table for table in made if table.rows)


def fleet_html(fleet: Fleet, problems: Sequence[Problem]) -> str:
    """The page of `airshift report merge`."""
    return page(
        "history",
        note="report of a fleet",
        title=title(fleet),
        target=target(fleet),
        sentences=sentences(fleet, problems),
        charts=(),
        tables=tables(fleet),
    )


def fleet_markdown(fleet: Fleet, problems: Sequence[Problem]) -> str:
    """The same for a wiki."""
    return "\n".join(markdown_lines(title(fleet), sentences(fleet, problems), tables(fleet))) + "\n"


def _repositories(fleet: Fleet) -> Table:
    head = ("repository", "files", "DAGs", *VERDICTS.values(), *KINDS.values(), "unread", "hours")
    rows = [
        (
            one.name,
            str(one.files),
            str(len(one.dags)),
            *(str(count) for count in one.verdicts.values()),
            *(str(count) for count in one.kinds.values()),
            str(one.unread),
            hours(one.minutes),
        )
        for one in fleet.repositories
    ]
    columns = list(zip(*(row[1:-1] for row in rows), strict=True))
    totals = (str(sum(map(int, column))) for column in columns)
    rows.append(("all", *totals, hours(sum(one.minutes for one in fleet.repositories))))
    return Table("Repositories", head, tuple(rows), len(head) - 1)


def _owners(fleet: Fleet) -> Table:
    head = ("owner", "repositories", "DAGs", *VERDICTS.values(), "hours")
    rows = tuple(
        (
            owner.name,
            str(len(owner.repositories)),
            str(sum(owner.verdicts.values())),
            *(str(count) for count in owner.verdicts.values()),
            hours(owner.minutes),
        )
        for owner in fleet.owners()
    )
    return Table("Owners", head, rows, len(head) - 1)


def _rules(fleet: Fleet) -> Table:
    head = ("rule", "bites", "what", "repositories", "files", "findings", "fixable", "hours")
    rows = tuple(
        (
            rule.code,
            KINDS[rule.kind],
            rule.title.replace("`", ""),
            str(rule.repositories),
            str(rule.files),
            str(rule.findings),
            str(rule.fixable),
            hours(rule.minutes),
        )
        for rule in sorted(fleet.rules(), key=lambda rule: (-rule.findings, rule.code, rule.kind))
    )
    return Table("Rules", head, rows, 5)


def _shared(fleet: Fleet) -> Table:
    rows = tuple((name, ", ".join(places)) for name, places in fleet.shared_ids().items())
    return Table("DAG ids of several repositories", ("DAG", "repositories"), rows)


def _dags(fleet: Fleet) -> Table:
    waiting = [
        (repository.name, dag)
        for repository in fleet.repositories
        for dag in repository.dags
        if dag.verdict not in (Verdict.READY, Verdict.AUTO_FIXABLE)
    ]
    waiting.sort(key=lambda row: (-row[1].minutes, row[0], row[1].dag_id, row[1].path))
    rows = tuple(
        (dag.dag_id, name, dag.path, ", ".join(dag.owners), VERDICTS[dag.verdict], hours(dag.minutes))
        for name, dag in waiting[:_MOST]
    )
    shown = "DAGs that need most" if len(waiting) <= _MOST else f"The {_MOST} DAGs that need most"
    return Table(shown, ("DAG", "repository", "file", "owners", "verdict", "hours"), rows, 1)
