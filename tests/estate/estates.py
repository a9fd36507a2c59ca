"""Small estates written in a test."""

from __future__ import annotations

import textwrap
from pathlib import Path

from airshift.estate.inventory import build_inventory
from airshift.estate.model import Dag, Inventory
from airshift.files import list_files


def inventory_of(folder: Path, **files: str) -> Inventory:
    """The inventory of files given as `name__py="text"`; two underscores before the ending, `_in_` for `/`."""
    for name, text in files.items():
        path = folder / name.replace("_in_", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    found, problems = build_inventory(list_files([folder]))
    assert problems == ()
    return found


def only(found: Inventory) -> Dag:
    """The single DAG of an inventory."""
    assert [dag.dag_id for dag in found.dags] == [found.dags[0].dag_id]
    return found.dags[0]


def tasks(dag: Dag) -> list[str]:
    """Task ids in order of their names."""
    return sorted(task.task_id for task in dag.tasks)


def edges(dag: Dag) -> set[str]:
    """Edges as `up>down`."""
    return {f"{up}>{down}" for up, down in dag.task_edges}
