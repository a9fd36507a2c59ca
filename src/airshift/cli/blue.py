"""An estate that is a snapshot: taken first with `--blue`, and joined with what its Airflow said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from airshift.environments.snapshot_reading import Snapshot
    from airshift.estate.model import Inventory
    from airshift.report.model import Assessment

Join = Callable[["Inventory", tuple[str, ...]], "Inventory"]
BlueOption = Annotated[
    str,
    typer.Option(
        "--blue",
        metavar="WHERE",
        help="First take a snapshot of this environment (mwaa:NAME or https://...) into the folder, "
        "or bring the one there up to date.",
    ),
]


def snapshot_in(folder: Path, blue: str = "", *, quiet: bool = False) -> Snapshot | None:
    """The snapshot that a folder is, taken now if `blue` names an environment; None for any other folder."""
    if blue:
        from airshift.cli.env_reading import taken_snapshot

        taken_snapshot(blue, folder, quiet=quiet)
    elif not (folder / "snapshot.json").exists():
        return None
    from airshift.environments.snapshot_reading import read_snapshot

    return read_snapshot(folder)


def joining(snapshot: Snapshot | None, join: Join | None = None) -> Join:
    """Join the snapshot's facts first, then the others."""

    def both(found: Inventory, environments: tuple[str, ...]) -> Inventory:
        if snapshot is not None:
            found = snapshot.join(found, environments)
        return join(found, environments) if join else found

    return both


def with_gaps(assessment: Assessment, snapshot: Snapshot | None) -> Assessment:
    """The assessment with what the snapshot lacks among its problems."""
    from dataclasses import replace

    if snapshot is None:
        return assessment
    return replace(assessment, problems=(*assessment.problems, *snapshot.problems))
