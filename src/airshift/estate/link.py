"""What one file says about two DAGs, before it is known where the other one is."""

from __future__ import annotations

from dataclasses import dataclass

from airshift.estate.model import EdgeKind


@dataclass(frozen=True, slots=True)
class Link:
    """A DAG of this file and another one, which follows it (`ahead`) or comes before it."""

    dag_id: str
    other: str
    kind: EdgeKind
    path: str
    line: int
    via: str
    """The task that makes the link."""
    ahead: bool = True
    certain: bool = True
    address: str = ""
    """Where the other DAG runs when the code names it: a URL, or an environment's name on Amazon MWAA."""
