"""`airshift env show`, `snapshot` and `check`: read an environment, change nothing there."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli import options

if TYPE_CHECKING:
    from airshift.environments.model import Blue
    from airshift.environments.parts import Unknown

Where = Annotated[
    str,
    typer.Argument(
        metavar="WHERE",
        help="mwaa:NAME, mwaa:NAME@region, or https://... of any Airflow.",
        show_default=False,
    ),
]


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

    found = survey(where, described(where), connect(where))
    if output_format is ReadFormat.JSON:
        options.emit(json.dumps(survey_document(found), indent=2), output)
    else:
        options.emit("\n".join(lines(found)), output)
    return options.exit_code(findings=False, problems=bool(found.unknown))


def described(where: str) -> Blue | Unknown | None:
    """What AWS says about an environment, or why it does not; None for an address."""
    from airshift.clients.mwaa import PREFIX
    from airshift.environments.description import describe
    from airshift.environments.parts import asked

    return asked(lambda: describe(where)) if where.startswith(PREFIX) else None
