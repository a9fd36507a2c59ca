"""What a fleet's report is made from: one record a repository, as its own report tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from airshift.findings import Kind
from airshift.report.model import Verdict

VERDICTS = tuple(Verdict)
KINDS = tuple(Kind)


@dataclass(frozen=True, slots=True)
class DagRow:
    """A DAG with its verdict."""

    dag_id: str
    path: str
    verdict: Verdict
    owners: tuple[str, ...]
    minutes: int


@dataclass(frozen=True, slots=True)
class RuleRow:
    """How a rule strikes one repository."""

    code: str
    kind: Kind
    title: str
    findings: int
    fixable: int
    files: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository of the fleet."""

    name: str
    target: str
    platform: str
    source: str
    taken: datetime
    files: int
    unread: int
    minutes: int
    dags: tuple[DagRow, ...]
    rules: tuple[RuleRow, ...]

    @property
    def verdicts(self) -> Mapping[Verdict, int]:
        """DAGs by verdict, every verdict named."""
        counts = Counter(dag.verdict for dag in self.dags)
        return {verdict: counts[verdict] for verdict in VERDICTS}

    @property
    def kinds(self) -> Mapping[Kind, int]:
        """Findings by when they bite, every kind named."""
        counts: Counter[Kind] = Counter()
        for rule in self.rules:
            counts[rule.kind] += rule.findings
        return {kind: counts[kind] for kind in KINDS}

    @property
    def findings(self) -> int:
        """All findings."""
        return sum(rule.findings for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Owner:
    """What somebody owns in all repositories; a DAG of two owners counts for both."""

    name: str
    repositories: tuple[str, ...]
    verdicts: Mapping[Verdict, int]
    minutes: int


@dataclass(frozen=True, slots=True)
class FleetRule:
    """How a rule strikes all repositories."""

    code: str
    kind: Kind
    title: str
    findings: int
    fixable: int
    files: int
    minutes: int
    repositories: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """Repositories in the order of their names; all were assessed for one target."""

    repositories: tuple[Repository, ...]

    @property
    def first(self) -> Repository:
        """One of the repositories: what is the same for all can be read there."""
        return self.repositories[0]

    @property
    def verdicts(self) -> Mapping[Verdict, int]:
        """DAGs of all repositories by verdict."""
        return {verdict: sum(one.verdicts[verdict] for one in self.repositories) for verdict in VERDICTS}

    @property
    def kinds(self) -> Mapping[Kind, int]:
        """Findings of all repositories by when they bite."""
        return {kind: sum(one.kinds[kind] for one in self.repositories) for kind in KINDS}

    def owners(self) -> tuple[Owner, ...]:
        """Everybody who owns a DAG, by name."""
        owned: dict[str, list[tuple[str, DagRow]]] = {}
        for repository in self.repositories:
            for dag in repository.dags:
                for name in dag.owners:
                    owned.setdefault(name, []).append((repository.name, dag))
        return tuple(_owner(name, rows) for name, rows in sorted(owned.items()))

    def rules(self) -> tuple[FleetRule, ...]:
        """Every rule that strikes anywhere, by code and kind."""
        rows: dict[tuple[str, Kind], list[RuleRow]] = {}
        for repository in self.repositories:
            for rule in repository.rules:
                rows.setdefault((rule.code, rule.kind), []).append(rule)
        return tuple(_rule(found) for _, found in sorted(rows.items()))

    def shared_ids(self) -> Mapping[str, tuple[str, ...]]:
        """DAG ids that several repositories use: one Airflow can only hold one of each."""
        places: dict[str, set[str]] = {}
        for repository in self.repositories:
            for dag in repository.dags:
                places.setdefault(dag.dag_id, set()).add(repository.name)
        return {name: tuple(sorted(found)) for name, found in sorted(places.items()) if len(found) > 1}


def _owner(name: str, rows: Iterable[tuple[str, DagRow]]) -> Owner:
    rows = tuple(rows)
    counts = Counter(dag.verdict for _, dag in rows)
    return Owner(
        name,
        tuple(sorted({repository for repository, _ in rows})),
        {verdict: counts[verdict] for verdict in VERDICTS},
        sum(dag.minutes for _, dag in rows),
    )


def _rule(rows: list[RuleRow]) -> FleetRule:
    one = rows[0]
    return FleetRule(
        one.code,
        one.kind,
        one.title,
        sum(row.findings for row in rows),
        sum(row.fixable for row in rows),
        sum(row.files for row in rows),
        sum(row.minutes for row in rows),
        len(rows),
    )
