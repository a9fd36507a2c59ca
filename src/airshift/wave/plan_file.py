"""One wave of a plan.json, and the way its progress gets back into that file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airshift.atomic import write_text
from airshift.errors import MALFORMED, UsageError, shown
from airshift.estate.model import Dag
from airshift.plan.document import read_document
from airshift.plan.model import WaveState
from airshift.plan.timing import read_timing
from airshift.targets import Target, parse_version
from airshift.wave.states import Progress, State, Where


@dataclass(frozen=True, slots=True)
class BridgeFile:
    """Code that keeps a dependency alive which the wave cuts, or needs no more."""

    name: str
    kind: str
    source: str
    target: str
    file: str
    where: Where
    """Where it runs."""

    @property
    def dag_id(self) -> str:
        """The DAG in the file; empty where it is code for the tasks of an existing DAG."""
        return f"airshift_bridge_{Path(self.file).stem}" if self.kind == "asset" else ""


@dataclass(frozen=True, slots=True)
class WavePlan:
    """The DAGs of a wave with what ties them to each other, and the bridges that it needs and ends."""

    number: int
    name: str
    dags: Mapping[str, Dag]
    """By the id that the environments know; SubDAGs run within their parents and are left out."""
    edges: tuple[tuple[str, str], ...]
    """Hard edges between them."""
    needed: tuple[BridgeFile, ...]
    over: tuple[BridgeFile, ...]
    source: Target
    target: Target
    digest: str
    """Of everything that the wave depends on; progress does not change it."""


def read_wave(path: Path, number: int, environment: str = "") -> WavePlan:
    """Read one wave; `environment` chooses among several of an estate. Raise UsageError when there is none."""
    document = read_document(path)
    try:
        rows = {int(row["number"]): row for row in document["waves"]}
        if number not in rows:
            raise UsageError(
                f"{path}: there is no wave {number}; it has {', '.join(map(str, rows)) or 'none'}"
            )
        return _wave(document, rows[number], environment)
    except MALFORMED as error:
        raise UsageError(f"{path}: no plan that a wave can be run from: {shown(error)}") from error


def _wave(document: Mapping[str, Any], row: Mapping[str, Any], environment: str) -> WavePlan:
    number = int(row["number"])
    keyed = {str(one["dag_id"]): read_timing(one) for one in row["dags"]}
    names = sorted({dag.environment for dag in keyed.values()})
    if not environment and len(names) > 1:
        raise UsageError(f"wave {number} has DAGs of {', '.join(names)}: choose one with --environment")
    inner = {edge["target"] for edge in document.get("edges", ()) if edge["kind"] == "subdag"}
    chosen = {
        key: dag
        for key, dag in keyed.items()
        if key not in inner and (not environment or dag.environment == environment)
    }
    if not chosen:
        raise UsageError(f"wave {number} has no DAGs of {environment}")
    edges = tuple(
        sorted(
            {
                (chosen[edge["source"]].dag_id, chosen[edge["target"]].dag_id)
                for edge in document.get("edges", ())
                if edge["hard"] and edge["source"] in chosen and edge["target"] in chosen
            }
        )
    )
    bridges = [one for one in document.get("bridges", ()) if number in (one["wave"], one["until"])]
    mine = [one for one in bridges if one["source"] in chosen or one["target"] in chosen]
    relevant = [{**row, "state": "", "dags": [_without_progress(one) for one in row["dags"]]}, edges, mine]
    return WavePlan(
        number,
        str(row.get("name", f"Wave {number}")),
        {dag.dag_id: dag for dag in chosen.values()},
        edges,
        tuple(_bridge(one) for one in mine if one["wave"] == number),
        tuple(_bridge(one) for one in mine if one["until"] == number),
        parse_version(str(document["source"])),
        parse_version(str(document["target"])),
        hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest(),
    )


def _without_progress(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "moved"}


def _bridge(row: Mapping[str, Any]) -> BridgeFile:
    source_on_green = row["moves_first"] == "source"
    # A sensor asks from where the waiting DAG is; triggers and asset events start where the source is.
    on_green = source_on_green != (row["kind"] == "sensor")
    return BridgeFile(
        str(row["name"]),
        str(row["kind"]),
        str(row["source"]),
        str(row["target"]),
        str(row["file"]),
        Where.GREEN if on_green else Where.BLUE,
    )


def write_progress(path: Path, wave: WavePlan, progress: Mapping[str, Progress]) -> bool:
    """Note in plan.json how far each DAG is, and mark the wave as finished once all are; whether it is.

    `airshift plan --state` takes both on.
    """
    document = read_document(path)
    finished = all(one.state in (State.DONE, State.IDLE) for one in progress.values())
    for row in document["waves"]:
        if row["number"] != wave.number:
            continue
        for one in row["dags"]:
            known = progress.get(read_timing(one).dag_id)
            if known is not None and known.state is not State.PLANNED:
                one["moved"] = known.state.value
        row["state"] = (WaveState.FINISHED if finished else WaveState.PLANNED).value
    write_text(path, json.dumps(document, indent=2) + "\n")
    return finished
