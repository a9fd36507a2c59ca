"""`airshift metadata`: carry pools, variables, connections and roles from blue to green."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli import options
from airshift.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airshift.clients.api import AirflowApi
    from airshift.metadata.model import Kind, Metadata
    from airshift.metadata.planning import Conflict, Plan
    from airshift.metadata.writing import Result

app = typer.Typer(
    name="metadata",
    help="Pools, variables, connections and roles: export, compare, import.",
    no_args_is_help=True,
)


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"


class OnConflict(StrEnum):
    """What an import does about entities that the target has with other values."""

    SKIP = "skip"
    OVERWRITE = "overwrite"
    FAIL = "fail"


SecretsOption = Annotated[
    list[str],
    typer.Option(
        "--secrets",
        help="Values that no API shows: the file of `airflow connections export` or `airflow variables export`, "
        "a file {connections: ..., variables: ...}, or secretsmanager:PREFIX. May be repeated.",
    ),
]
OnlyOption = Annotated[
    str, typer.Option("--only", help="Kinds, comma-separated: pools, variables, connections, roles.")
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print.")]
_READING = "Reading connections"
_PLACE = "mwaa:NAME, https://host, or an export file."


@app.callback()
def _group() -> None:
    pass


@app.command()
def export(
    source: Annotated[str, typer.Argument(help="mwaa:NAME or https://host.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="File to write.")],
    secrets: SecretsOption = [],  # noqa: B006
    plaintext_ok: Annotated[
        bool,
        typer.Option("--plaintext-ok", help="Write secrets in clear, to a file that only you can read."),
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="environment.json, airflow.cfg or .env: is there a secrets backend?"),
    ] = None,
    only: OnlyOption = "",
    quiet: options.QuietOption = False,
) -> int:
    """Write the metadata of an Airflow to a JSON file.

    Without --plaintext-ok the file holds no secret: values of variables, logins, passwords and extras are marked
    as needed, or refer to Secrets Manager.
    """
    from airshift.cli.progress import progress_bar
    from airshift.metadata.carrying import read_source, write_export

    with progress_bar(_READING, quiet=quiet, few=20) as bar:
        metadata = read_source(
            source,
            secrets,
            _kinds(only),
            side="blue",
            config=config,
            refer_known=not plaintext_ok,
            progress=bar,
        )
    write_export(metadata, out, plaintext=plaintext_ok)
    for note in _source_notes(metadata):
        options.note(note, quiet=quiet)
    print(out)
    return 0


@app.command()
def diff(
    blue: Annotated[str, typer.Argument(help=_PLACE, show_default=False)],
    green: Annotated[str, typer.Argument(help=_PLACE, show_default=False)],
    secrets: SecretsOption = [],  # noqa: B006
    green_secrets: Annotated[
        list[str], typer.Option("--green-secrets", help="The same for green's side. May be repeated.")
    ] = [],  # noqa: B006
    only: OnlyOption = "",
    output_format: FormatOption = Format.TABLE,
    output: options.OutputOption = None,
) -> int:
    """Compare the metadata of two Airflows; values are never printed.

    Exit code 0: all equal. 1: something differs. 3: something cannot be compared, because one side masks it.
    """
    import json

    from airshift.cli.progress import progress_bar
    from airshift.metadata.carrying import read_source
    from airshift.metadata.comparing import Status, compare
    from airshift.metadata.output import diff_document, diff_lines

    kinds = _kinds(only)
    with progress_bar(_READING, few=20) as bar:
        ours = read_source(blue, secrets, kinds, side="blue", resolve_places=True, progress=bar)
    with progress_bar(_READING, few=20) as bar:
        theirs = read_source(green, green_secrets, kinds, side="green", resolve_places=True, progress=bar)
    found = compare(ours, theirs)
    table = output_format is Format.TABLE
    text = (
        "\n".join(diff_lines(ours, theirs, found))
        if table
        else json.dumps(diff_document(ours, theirs, found), indent=2)
    )
    options.emit(text, output)
    if table and any(one.uncertain for one in found):
        options.note("give masked values with --secrets (blue) and --green-secrets to compare them")
    differing = {Status.ONLY_BLUE, Status.ONLY_GREEN, Status.DIFFERENT}
    return options.exit_code(
        findings=any(one.status in differing for one in found), problems=any(one.uncertain for one in found)
    )


@app.command("import")
def import_(
    source: Annotated[str, typer.Argument(help=_PLACE, show_default=False)],
    target: Annotated[str, typer.Argument(help="mwaa:NAME or https://host.", show_default=False)],
    secrets: SecretsOption = [],  # noqa: B006
    on_conflict: Annotated[
        OnConflict, typer.Option("--on-conflict", help="For what the target has with other values.")
    ] = OnConflict.SKIP,
    execute: Annotated[bool, typer.Option("--execute", help="Write; without it nothing is changed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
    skip_incomplete: Annotated[
        bool, typer.Option("--skip-incomplete", help="Write the rest when some entities cannot be written.")
    ] = False,
    journal: Annotated[
        Path,
        typer.Option(
            "--journal", help="What was written, as JSON lines; an interrupted import goes on from it."
        ),
    ] = Path("airshift-import.jsonl"),
    only: OnlyOption = "",
    output_format: FormatOption = Format.TABLE,
    output: options.OutputOption = None,
    quiet: options.QuietOption = False,
) -> int:
    """Write pools, variables, connections and roles to an Airflow. A dry run, unless --execute is given.

    Masked values are refused before anything is written. To resume an interrupted import, run it again.
    Exit code 1: a dry run would write, or conflicts under --on-conflict fail. 3: not everything can be written.
    """
    from airshift.cli.progress import progress_bar
    from airshift.metadata.carrying import connected, present_in, read_source
    from airshift.metadata.journal import written_earlier
    from airshift.metadata.planning import WRITES, Conflict, plan_import

    with progress_bar(_READING, quiet=quiet, few=20) as bar:
        wanted = read_source(source, secrets, _kinds(only), side="blue", resolve_places=True, progress=bar)
    api = connected(target, "green")
    present = present_in(api, wanted)
    conflict = Conflict(on_conflict.value)
    plan = plan_import(wanted, present, conflict, ours=written_earlier(journal, api.label))
    stop = _stop(plan, skip_incomplete=skip_incomplete)
    results = None
    if execute and not stop:
        _ask(plan, api.label, yes=yes)
        results = _carry_out(api, plan, journal, quiet=quiet)
    options.emit(_report(wanted, present, conflict, plan, results, output_format), output)
    if stop and plan.masked and execute:
        raise UsageError(f"nothing was written: {stop}")
    if stop:
        told = "nothing was written" if execute else "--execute would write nothing"
        options.note(f"airshift: {told}: {stop}")
    elif not execute and plan.of(*WRITES):
        options.note("a dry run, nothing was written; --execute writes", quiet=quiet)
    return _code(plan, results)


def _kinds(only: str) -> tuple[Kind, ...]:
    from airshift.metadata.model import Kind

    by_plural = {kind.plural: kind for kind in Kind}
    wanted = [word.strip() for word in only.split(",") if word.strip()]
    for word in wanted:
        if word not in by_plural:
            raise UsageError(f"--only {word}: no kind of metadata; there are {', '.join(by_plural)}")
    return tuple(kind for kind in Kind if not wanted or kind.plural in wanted)


def _source_notes(metadata: Metadata) -> list[str]:
    notes = [f"{kind.plural} are not in it: {reason}" for kind, reason in metadata.unread.items()]
    if metadata.backend:
        notes.append(
            f"{metadata.label} uses the secrets backend {metadata.backend}: what it keeps need not be moved; "
            "green needs the same backend and a role that may read it"
        )
    return notes


def _stop(plan: Plan, *, skip_incomplete: bool) -> str:
    """Why nothing may be written, or nothing."""
    from airshift.metadata.output import INCOMPLETE_STATES
    from airshift.metadata.planning import Action

    if plan.masked:
        return "`***` is what Airflow shows instead of a value: " + ", ".join(
            f"{step.entity.kind} {step.entity.name}" for step in plan.masked
        )
    if conflicts := plan.of(Action.CONFLICT):
        return f"the target has {len(conflicts)} of them with other values (--on-conflict fail)"
    if (left := plan.of(*INCOMPLETE_STATES)) and not skip_incomplete:
        return f"{len(left)} cannot be written; give values with --secrets, or leave them out with --skip-incomplete"
    return ""


def _ask(plan: Plan, label: str, *, yes: bool) -> None:
    import sys

    from airshift.metadata.planning import WRITES

    count = len(plan.of(*WRITES))
    if count and not yes and sys.stdin.isatty():
        typer.confirm(f"Write {count} entities to {label}?", abort=True, err=True)


def _carry_out(api: AirflowApi, plan: Plan, path: Path, *, quiet: bool) -> tuple[Result, ...]:
    from itertools import count

    from airshift.cli.progress import progress_bar
    from airshift.metadata.journal import Journal
    from airshift.metadata.planning import WRITES
    from airshift.metadata.writing import write

    total, number = len(plan.of(*WRITES)), count(1)
    if not total:
        return ()
    with progress_bar("Writing", quiet=quiet, few=20) as bar, Journal(path, api.label) as journal:
        return write(api, plan, journal, lambda: bar(next(number), total))


def _report(
    wanted: Metadata,
    present: Metadata,
    conflict: Conflict,
    plan: Plan,
    results: Sequence[Result] | None,
    output_format: Format,
) -> str:
    import json

    from airshift.metadata.output import import_document, import_lines

    if output_format is Format.TABLE:
        return "\n".join(import_lines(plan, results))
    return json.dumps(import_document(wanted, present, conflict, plan, results), indent=2)


def _code(plan: Plan, results: Sequence[Result] | None) -> int:
    from airshift.metadata.output import import_problems
    from airshift.metadata.planning import WRITES, Action

    waiting = plan.of(Action.CONFLICT) or (results is None and plan.of(*WRITES))
    return options.exit_code(findings=bool(waiting), problems=any(import_problems(plan, results)))
