"""`airshift plan`: blue/green waves to the target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from airshift.cli import options
from airshift.cli.inventory import EnvironmentOption, FromJson, Live, joined_facts
from airshift.cli.progress import progress_bar
from airshift.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airshift.estate.model import Inventory
    from airshift.plan.model import Plan
    from airshift.plan.pack import Context
    from airshift.plan.policy import Policy
    from airshift.report.model import Assessment

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
    from airshift.assessing import assess_path

    def join(found: Inventory, names: tuple[str, ...]) -> Inventory:
        joined = joined_facts(found, names, from_json, environment, live, quiet=quiet)
        return joined.inventory if joined else found

    _, content, _ = _policy(root, policy)
    wanted = target or content.get("target", "")
    with progress_bar("Assessing", quiet=quiet) as progress:
        assessment = assess_path(
            root,
            target=options.target_of(wanted),
            source=options.source_of(source),
            ask_ruff=False,
            leave_out=out,
            progress=progress,
            join=join,
        )
    made, context = plan_of(assessment, root, policy, overrides, state, finished)
    if why:
        return _why(made, why)
    write_plan(made, context, out)
    _say(made, quiet=quiet)
    print(out / "plan.html")
    return options.INCOMPLETE if context.problems else 0


def plan_of(
    assessment: Assessment,
    root: Path,
    policy_file: Path | None = None,
    overrides_file: Path | None = None,
    state_file: Path | None = None,
    finished: int | None = None,
) -> tuple[Plan, Context]:
    """The plan of an assessed estate, with the files that its policy names."""
    from dataclasses import replace

    from airshift.plan.document import read_state
    from airshift.plan.gathering import gather
    from airshift.plan.holidays import read_holidays
    from airshift.plan.overrides import read_overrides, with_pins
    from airshift.plan.pack import Context
    from airshift.plan.planner import make_plan

    if finished is not None and state_file is None:
        raise UsageError("--finished needs --state with the plan whose waves are done")
    policy, content, folder = _policy(root, policy_file)
    holidays = content.get("holidays_ics")
    if holidays:
        closed = read_holidays(_text(folder / holidays, "holidays_ics"), policy.timezone)
        policy = replace(policy, freeze=(*policy.freeze, *closed))
    named = overrides_file or (folder / content["overrides"] if content.get("overrides") else None)
    rows = read_overrides(_text(named, "overrides"), named.name) if named else {}
    policy = with_pins(policy, rows)
    estate, times = gather(assessment, policy, rows)
    state = read_state(state_file, finished) if state_file else None
    made = make_plan(estate, policy, times, state)
    dags = {dag.dag.key: dag.dag for dag in reversed(assessment.dags)}
    return made, Context(policy, assessment.target, assessment.source, assessment.problems, dags)


def write_plan(made: Plan, context: Context, out: Path) -> None:
    """Write all files of a plan; runbooks and bridges of an earlier one are removed."""
    from airshift.atomic import write_text
    from airshift.plan.pack import pack

    files = dict(pack(made, context))
    for folder, pattern in (("runbooks", "wave-*.md"), ("bridges", "wave_*.py")):
        for old in (out / folder).glob(pattern):
            if f"{folder}/{old.name}" not in files:
                old.unlink()
    for name, text in files.items():
        write_text(out / name, text)


def write_simulation(made: Plan, context: Context, out: Path) -> None:
    """Write simulation.json and simulation.html for the moment of the first unpause."""
    import json
    from datetime import UTC, datetime

    from airshift.atomic import write_text
    from airshift.simulate import simulate
    from airshift.simulate.document import simulation_document
    from airshift.simulate.page import simulation_html

    slot = made.waves[0].cutover if made.waves else None
    moment = slot.end if slot else datetime.combine(context.policy.start, context.policy.cadence.at, UTC)
    found = simulate(list(context.dags.values()), context.source, context.target, moment.astimezone(UTC))
    document = simulation_document(found, context.problems, [])
    write_text(out / "simulation.json", json.dumps(document, indent=2) + "\n")
    write_text(out / "simulation.html", simulation_html(found))


def _policy(root: Path, policy_file: Path | None) -> tuple[Policy, Mapping[str, Any], Path]:
    """The policy, the table it was read from, and the folder that its file names are relative to."""
    from datetime import datetime

    from airshift.plan.policy_table import policy as read_policy
    from airshift.settings import load_settings

    settings = load_settings(root, policy_file)
    settings.table("plan")  # refuses a [plan] that is no table
    content = settings.content.get("plan", {})
    where = f"{settings.file.name if settings.file else 'settings'}: [plan]"
    folder = settings.file.parent if settings.file else root
    return read_policy(content, datetime.now().date(), where), content, folder


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{what} {path.name}: cannot be read: {error}") from error


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
