"""Paths of Airflow's REST API, and whether a way to an Airflow takes them: Amazon MWAA refuses long ones.

A caller with a path that may grow (a DAG id, a run id, a connection id in it) asks first and takes another call where
there is one, as a list with the id in its query or body:

    path = joined("dags", dag_id, "dagRuns", run_id)
    record = api.call(Method.GET, path) if fits(api, path) else found_in_a_list(api, dag_id, run_id)

and refuses beforehand where there is none, with `objection(api, path)` as the reason. A call that is made all the
same fails without being sent: ApiError, with no status and not uncertain.
"""

from __future__ import annotations

from typing import Protocol
from urllib.parse import quote

from airshift.clients.mwaa import LONGEST_PATH, PREFIX, too_long

_PLAIN = ":+@~"
"""What an id may hold in a path as it is: each escape costs MWAA's limit two characters more."""


class Labelled(Protocol):
    """An AirflowApi, or what was read from one."""

    @property
    def label(self) -> str:
        """`mwaa:NAME` or the address."""


def joined(*words: str) -> str:
    """The path of these words, as `/dags/a%20b/dagRuns`."""
    return "".join(f"/{quote(word, safe=_PLAIN)}" for word in words)


def fits(api: Labelled, path: str) -> bool:
    """Whether this Airflow can be asked for a path."""
    return not api.label.startswith(PREFIX) or len(path) <= LONGEST_PATH


def objection(api: Labelled, path: str) -> str:
    """Why this Airflow cannot be asked for a path; nothing where it can."""
    return "" if fits(api, path) else too_long(path)
