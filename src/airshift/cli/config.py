"""`airshift config`: what counts, and where it is from."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from airshift.cli import options

if TYPE_CHECKING:
    from airshift.config import Config

app = typer.Typer(name="config", help="The settings that count.", no_args_is_help=True)


class ConfigFormat(StrEnum):
    """How the configuration is printed."""

    TEXT = "text"
    JSON = "json"


@app.callback()
def _group() -> None:
    pass


@app.command("show")
def show(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders of the estate.", show_default=".")
    ] = None,
    target: options.TargetOption = "",
    source: options.SourceOption = "",
    select: options.SelectOption = [],  # noqa: B006
    ignore: options.IgnoreOption = [],  # noqa: B006
    extend_select: options.ExtendSelectOption = [],  # noqa: B006
    exclude: options.ExcludeOption = [],  # noqa: B006
    extend_exclude: options.ExtendExcludeOption = [],  # noqa: B006
    respect_gitignore: options.GitignoreOption = None,
    respect_airflowignore: options.AirflowignoreOption = None,
    baseline: Annotated[Path | None, typer.Option("--baseline", help="As of `airshift check`.")] = None,
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
    output_format: Annotated[
        ConfigFormat, typer.Option("--format", "-f", help="How to print.")
    ] = ConfigFormat.TEXT,
) -> int:
    """Print the configuration for these paths: each value with the file, option or default it is from."""
    from airshift.config import Given, effective
    from airshift.output.config import config_document, config_lines

    given = Given(
        target=target,
        source=source,
        select=select,
        ignore=ignore,
        extend_select=extend_select,
        exclude=exclude,
        extend_exclude=extend_exclude,
        respect_gitignore=respect_gitignore,
        respect_airflowignore=respect_airflowignore,
        baseline=baseline,
        config=config,
        isolated=isolated,
    )
    paths = paths or [Path()]
    found = _with_source(paths, effective(paths, given))
    _check_policy(found)
    match output_format:
        case ConfigFormat.TEXT:
            options.emit("\n".join(config_lines(found)), None)
        case ConfigFormat.JSON:
            import json

            options.emit(json.dumps(config_document(found), indent=2), None)
        case _:
            assert_never(output_format)
    return 0


def _with_source(paths: list[Path], found: Config) -> Config:
    """The configuration with the source version that the estate's own files name, if nobody else does."""
    from airshift.config import Origin, Value
    from airshift.counted import list_estate
    from airshift.source_version import detect_source

    if found.source is not None:
        return found
    source = detect_source(list_estate(paths, found))
    values = {**found.values, "source": Value(str(source), Origin.ESTATE)}
    return replace(found, source=source, values=values)


def _check_policy(found: Config) -> None:
    """Raise UsageError for what is wrong in the table of `airshift plan`."""
    from datetime import UTC, datetime

    from airshift.plan.policy_table import policy

    table = found.settings.table("plan")
    policy(found.settings.content.get("plan", {}), datetime.now(UTC).date(), table.where)
