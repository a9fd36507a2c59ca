"""`airshift env show`, `snapshot` and `check`: read an environment, change nothing there."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli import options

if TYPE_CHECKING:
    from airshift.environments.model import Blue
    from airshift.environments.parts import Unknown
    from airshift.environments.snapshot import Taken

Where = Annotated[
    str,
    typer.Argument(
        metavar="WHERE",
        help="mwaa:NAME, mwaa:NAME@region, or https://... of any Airflow.",
        show_default=False,
    ),
]


MOST = 20
"""Files that are named on stderr."""


class ReadFormat(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[ReadFormat, typer.Option("--format", "-f", help="How to print.")]


def show(
    where: Where, output_format: FormatOption = ReadFormat.TABLE, output: options.OutputOption = None
) -> int:
    """Show an environment: its settings, and health, DAGs, import errors and pools of its Airflow. No secrets.

    Exit code 3 says that a part is unknown; the reason stands there.
    """
    import json

    from airshift.clients.connecting import connect
    from airshift.environments.survey import survey, survey_document
    from airshift.environments.survey_text import lines

    found = survey(where, described(where), connect(where, side="blue"))
    if output_format is ReadFormat.JSON:
        options.emit(json.dumps(survey_document(found), indent=2), output)
    else:
        options.emit("\n".join(lines(found)), output)
    return options.exit_code(findings=False, problems=bool(found.unknown))


def snapshot(
    where: Where,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Folder of the snapshot; one that is there is brought up to date."),
    ],
    quiet: options.QuietOption = False,
) -> int:
    """Copy an environment to a folder that assess, plan and env green read without a network. No secrets.

    DAGs, plugins, requirements and startup script come from S3 (as they are), the rest from AWS and from Airflow. Exit
    code 3 says that something is missing; the reasons are printed, and kept in snapshot.json.
    """
    taken = taken_snapshot(where, out, quiet=quiet)
    print(out)
    return options.exit_code(findings=False, problems=not taken.is_complete)


def taken_snapshot(where: str, out: Path, *, quiet: bool) -> Taken:
    """Take a snapshot, and say on stderr what is missing."""
    from airshift.cli.progress import progress_bar
    from airshift.clients.connecting import connect
    from airshift.environments.snapshot import take
    from airshift.output.text import printable

    api = connect(where, side="blue")
    with progress_bar("Fetching files", quiet=quiet, few=20) as progress:
        taken = take(where, described(where), api, out, progress)
    for part, reason in taken.unknown.items():
        options.note(printable(f"unknown: {part}: {reason}"), quiet=quiet)
    for problem in taken.problems[:MOST]:
        options.note(printable(f"{problem.path}: {problem.reason}"), quiet=quiet)
    if len(taken.problems) > MOST:
        options.note(f"and {len(taken.problems) - MOST} more in {out / 'snapshot.json'}", quiet=quiet)
    counts = ", ".join(f"{count} {name}" for name, count in taken.parts.items() if isinstance(count, int))
    options.note(f"{where}: {counts or 'nothing'}", quiet=quiet)
    return taken


def check(
    where: Annotated[
        str, typer.Argument(metavar="WHERE", help="mwaa:NAME or mwaa:NAME@region.", show_default=False)
    ],
    output_format: FormatOption = ReadFormat.TABLE,
    output: options.OutputOption = None,
) -> int:
    """Check an MWAA environment: network, rights, key, bucket, capacity, queue, logs, options. Nothing is changed.

    Exit code 1 says that there is a problem, 3 that a point is unknown; the reason stands there.
    """
    import json

    from airshift.clients.aws import client
    from airshift.clients.connecting import connect
    from airshift.environments.checks import check_environment, document, lines
    from airshift.environments.description import describe
    from airshift.environments.evidence import collect
    from airshift.environments.verdicts import Verdict

    checks = check_environment(collect(describe(where), connect(where, side="blue"), client))
    if output_format is ReadFormat.JSON:
        options.emit(json.dumps(document(where, checks), indent=2), output)
    else:
        options.emit("\n".join(lines(where, checks)), output)
    found = {one.verdict for one in checks}
    return options.exit_code(findings=Verdict.PROBLEM in found, problems=Verdict.UNKNOWN in found)


def described(where: str) -> Blue | Unknown | None:
    """What AWS says about an environment, or why it does not; None for an address."""
    from airshift.clients.mwaa import PREFIX
    from airshift.environments.description import describe
    from airshift.environments.parts import asked

    return asked(lambda: describe(where)) if where.startswith(PREFIX) else None
