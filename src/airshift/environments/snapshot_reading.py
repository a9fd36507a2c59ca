"""Read a snapshot folder: whether a folder is one, what it lacks, and what the running Airflow said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airshift.errors import ServiceError, UsageError
from airshift.estate.live import live_facts, merge_live
from airshift.estate.model import Inventory
from airshift.findings import Problem

FILE = "snapshot.json"
LIVE = "live"
"""The folder with what the running Airflow said."""
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A folder that `airshift env snapshot` wrote."""

    folder: Path
    where: str
    finished: bool
    problems: tuple[Problem, ...]
    """What is missing: files that could not be had, and parts that are unknown."""
    unknown: frozenset[str]

    @property
    def name(self) -> str:
        """The environment's name on MWAA, or the address."""
        return (
            self.where.removeprefix("mwaa:").partition("@")[0]
            if self.where.startswith("mwaa:")
            else self.where
        )

    def join(self, found: Inventory, environments: tuple[str, ...]) -> Inventory:
        """The inventory with what the running Airflow said about its DAGs.

        In an estate of several environments only where one of them has the snapshot's name.
        """
        if (
            not self.finished
            or {"dags", "runs"} & self.unknown
            or (environments and self.name not in environments)
        ):
            return found
        dags, runs = self._read("dags"), self._read("runs")
        try:
            facts = live_facts(dags, runs, self.name if environments else "")
        except ServiceError as error:
            raise UsageError(f"{self.folder / LIVE}: {error}") from error
        return merge_live(found, facts).inventory

    def _read(self, name: str) -> Any:
        file = self.folder / LIVE / f"{name}.json"
        try:
            return json.loads(file.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise UsageError(f"{file}: cannot be read; take the snapshot again") from error


def read_snapshot(folder: Path) -> Snapshot | None:
    """The snapshot in a folder, None when it is none; raise UsageError for one that cannot be read."""
    file = folder / FILE
    try:
        content = json.loads(file.read_bytes())
        if content.get("schema_version") != SCHEMA or content["tool"]["name"] != "airshift":
            return None
        unknown = {one["part"]: one["reason"] for one in content["unknown"]}
        problems = [Problem(one["path"], one["reason"]) for one in content["problems"]]
        problems += [Problem(f"{LIVE}/{part}", reason) for part, reason in unknown.items()]
        finished = bool(content["finished"])
        if not finished:
            problems.append(Problem(FILE, "the snapshot was interrupted; take it again"))
        return Snapshot(folder, content["where"], finished, tuple(problems), frozenset(unknown))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{file}: not what airshift env snapshot writes; take the snapshot again") from error
