"""`airshift doctor`: what is there, and what is missing."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, assert_never

import typer

from airshift.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from airshift.doctor import Check


class DoctorFormat(StrEnum):
    """How the answer is printed."""

    TEXT = "text"
    JSON = "json"


def doctor(
    path: Annotated[
        Path, typer.Argument(help="Folder of the estate, for its settings.", show_default=".")
    ] = Path(),
    config: options.ConfigOption = None,
    output_format: Annotated[
        DoctorFormat, typer.Option("--format", "-f", help="How to print.")
    ] = DoctorFormat.TEXT,
) -> int:
    """Say what commands need and do not find; exit 1 when something has to be mended. Uses no network."""
    from airshift.config import Given
    from airshift.doctor import State, examine

    checks = list(examine(path, Given(config=config), os.environ))
    match output_format:
        case DoctorFormat.TEXT:
            options.emit("\n".join(_lines(checks)), None)
        case DoctorFormat.JSON:
            import json

            options.emit(json.dumps(_document(checks), indent=2), None)
        case _:
            assert_never(output_format)
    return 1 if any(check.state is State.FAILED for check in checks) else 0


def _lines(checks: Iterable[Check]) -> Iterator[str]:
    from airshift.output.text import one_line

    for check in checks:
        advice = f" ({check.advice})" if check.advice else ""
        yield one_line(f"{check.state.value:<6}  {check.name}: {check.found}{advice}")


def _document(checks: Iterable[Check]) -> dict[str, Any]:
    from airshift.output.document import envelope

    records = [
        {"name": check.name, "state": check.state.value, "found": check.found, "advice": check.advice}
        for check in checks
    ]
    return {**envelope(None, ()), "checks": records}
