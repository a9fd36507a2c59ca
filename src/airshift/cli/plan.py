"""`airshift plan`: blue/green waves to the target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli import options
from airshift.cli.blue import BlueOption, joining, snapshot_in, with_gaps
from airshift.cli.inventory import EnvironmentOption, FromJson, Live, joined_facts
from airshift.cli.progress import progress_bar
from airshift.errors import UsageError

if TYPE_CHECKING:
    from airshift.estate.model import Inventory
    from airshift.plan.model import Plan

PolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", help="File with the [plan] table [default: the estate's airshift.toml]"),
]
OverridesOption = Annotated[
    Path | None, typer.Option("--overrides", help="CSV with one row a DAG; overrules the policy.")
]
StateOption = Annotated[
    Path | None, typer.Option("--state", help="An earlier plan.json: what it placed stays where it is.")
]
FinishedOption = Annotated[
    int | None, typer.Option("--finished", min=0, help="With --state: waves up to this one are done.")
]
DIFF = "diff"


def plan(
    path: Annotated[
        list[str],
        typer.Argument(
            help="Folder of the estate; or the word diff and two plan.json files.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the plan.")] = Path("plan"),
    target: options.TargetOption = "",
    source: options.SourceOption = "",
    policy: PolicyOption = None,
    overrides: OverridesOption = None,
    state: StateOption = None,
    finished: FinishedOption = None,
    from_json: FromJson = None,
    environment: EnvironmentOption = "",
    live: Live = "",
    blue: BlueOption = "",
    why: Annotated[str, typer.Option("--why", help="Explain the place of one DAG; write nothing.")] = "",
    quiet: options.QuietOption = False,
) -> int:
    """Plan the waves of a move: plan.json, .html, .md, .csv and .ics, tracker.csv, runbooks and bridges.

    `airshift plan diff OLD NEW` prints what changed between two plan.json files.
    """
    if path[0] == DIFF and len(path) == 3:
        return _diff(Path(path[1]), Path(path[2]))
    if len(path) != 1:
        raise UsageError("plan takes one folder, or: plan diff OLD NEW")
    root = Path(path[0])
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out}: not a folder")
    snapshot = snapshot_in(root, blue, quiet=quiet)
    from airshift.assessing import assess_path
    from airshift.config import Given, effective
    from airshift.counted import list_estate
    from airshift.planning import plan_of, policy_of, write_plan

    def join(found: Inventory, names: tuple[str, ...]) -> Inventory:
        joined = joined_facts(found, names, from_json, environment, live, quiet=quiet)
        return joined.inventory if joined else found

    wanted = target or policy_of(root, policy)[1].get("target", "")
    config = effective([root], Given(target=wanted, source=source))
    with progress_bar("Assessing", quiet=quiet) as progress:
        assessment = assess_path(
            root,
            target=config.target,
            source=config.source,
            listing=list_estate([root], config),
            ask_ruff=False,
            leave_out=out,
            progress=progress,
            join=joining(snapshot, join),
        )
    assessment = with_gaps(assessment, snapshot)
    made, context = plan_of(assessment, root, policy, overrides, state, finished)
    if why:
        return _why(made, why)
    write_plan(made, context, out)
    _say(made, quiet=quiet)
    print(out / "plan.html")
    return options.INCOMPLETE if context.problems else 0


def _why(made: Plan, dag_id: str) -> int:
    from airshift.output.text import printable
    from airshift.plan.summary import why_lines

    if dag_id not in made.members:
        from difflib import get_close_matches

        near = get_close_matches(dag_id, made.members, 1)
        raise UsageError(f"no DAG {dag_id}" + (f"; did you mean {near[0]}?" if near else ""))
    options.emit("\n".join(printable(line) for line in why_lines(made, dag_id)), None)
    return 0


def _diff(old: Path, new: Path) -> int:
    from airshift.output.text import printable
    from airshift.plan.comparing import change_line, compare
    from airshift.plan.document import read_document

    changes = compare(read_document(old), read_document(new))
    options.emit("\n".join(printable(change_line(change)) for change in changes), None)
    return 1 if changes else 0


def _say(made: Plan, *, quiet: bool) -> None:
    from airshift.output.text import printable

    placed = sum(len(wave.dags) for wave in made.waves)
    options.note(
        f"{placed} of {len(made.members)} DAGs in {len(made.waves)} waves; {len(made.blocked)} blocked, "
        f"{len(made.retire)} to be retired, {len(made.excluded)} excluded; {len(made.bridges)} bridges",
        quiet=quiet,
    )
    for warning in made.warnings[:20]:
        options.note(printable(f"note: {warning}"), quiet=quiet)
    if len(made.warnings) > 20:
        options.note(f"and {len(made.warnings) - 20} more notes in plan.md", quiet=quiet)
