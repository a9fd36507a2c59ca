"""How much an access to the metadata database matters, by the kind of file and the moment it runs."""

from __future__ import annotations

import ast

from airshift.engine.facts import ModuleFacts
from airshift.engine.names import Scope
from airshift.findings import Kind, Severity
from airshift.profiles import Profile, profile
from airshift.records import dataclass
from airshift.rules.places import Moment, places_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """Kind and severity (None: the catalogue's), and words about the place."""

    at_parse: bool
    kind: Kind | None
    severity: Severity | None
    where: str


_PARSE = Verdict(
    True,
    Kind.PARSE,
    None,
    "the DAG processor blocks it and the file fails to import, although DagBag and pytest load it",
)
_TASK = Verdict(
    False,
    None,
    None,
    "Airflow 3 blocks it in tasks, callbacks and triggers, although `dag.test()` lets it pass",
)
_PLUGIN = Verdict(
    False,
    Kind.RUNTIME,
    Severity.WARNING,
    "it works in the API server and the scheduler, and fails wherever tasks or DAG files load it",
)
_TEST = Verdict(
    False,
    Kind.RUNTIME,
    Severity.INFO,
    "it works here as long as the test process may open a migrated database",
)
_SCRIPT = Verdict(
    False,
    Kind.RUNTIME,
    Severity.INFO,
    "it works only in a process with database credentials, never in a task",
)


def verdict_at(facts: ModuleFacts, scope: Scope, node: ast.AST) -> Verdict:
    """Judge an access at `node`, which stands in `scope`."""
    places = places_of(facts)
    kind_of_file = profile(facts.path)
    if kind_of_file is Profile.TEST:
        return _TEST
    moment = places.moment(scope, node)
    if kind_of_file is Profile.SCRIPT or moment is Moment.MAIN:
        return _SCRIPT
    if kind_of_file is Profile.PLUGIN and not (moment is Moment.TASK and places.in_task_class(scope)):
        return _PLUGIN
    return _PARSE if moment is Moment.PARSE else _TASK
