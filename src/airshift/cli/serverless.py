"""`airshift serverless`: which DAGs could run on Amazon MWAA Serverless, and their definitions."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from airshift.cli import options
from airshift.cli.progress import progress_bar
from airshift.errors import UsageError

if TYPE_CHECKING:
    from airshift.findings import Problem
    from airshift.serverless.model import Assessed


class ServerlessFormat(StrEnum):
    """How the verdicts are printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def serverless(
    paths: options.Paths,
    output_format: Annotated[
        ServerlessFormat, typer.Option("--format", "-f", help="How to print.")
    ] = ServerlessFormat.TABLE,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the YAML definitions of native DAGs.")
    ] = None,
    exact: Annotated[
        Path | None,
        typer.Option(
            "--from-json",
            "--from-verify",
            help="JSON of `airshift verify`, serialized DAGs or another inventory: exact facts.",
        ),
    ] = None,
    environment: Annotated[
        str,
        typer.Option("--environment", help="The environment of airshift.toml that --from-json comes from."),
    ] = "",
    variables: Annotated[
        list[str],
        typer.Option("--env", metavar="NAME=VALUE", help="An environment variable that DAG files read."),
    ] = [],  # noqa: B006
    env_defaults: Annotated[
        bool,
        typer.Option(
            "--env-defaults", help="Take the defaults of environment variables that DAG files read."
        ),
    ] = False,
    source: options.SourceOption = "",
    output: options.OutputOption = None,
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
    quiet: options.QuietOption = False,
) -> int:
    """Tell which DAGs could run on Amazon MWAA Serverless, what would be lost, and write their definitions."""
    import json

    from airshift.serverless import printing
    from airshift.serverless.assessing import assess_listing
    from airshift.serverless.model import Verdict
    from airshift.serverless.ruleset import RuleSet

    if out is not None and out.exists() and not out.is_dir():
        raise UsageError(f"--out {out}: not a folder")
    rules = RuleSet.load()
    estate = options.estate_of(paths, source=source, config=config, isolated=isolated)
    with progress_bar("Reading DAGs", quiet=quiet) as progress:
        found, problems = assess_listing(
            estate.listing,
            rules,
            source=estate.source,
            settings=estate.config.settings,
            variables=_variables(variables) if variables or env_defaults else None,
            exact=exact,
            environment=environment,
            progress=progress,
        )
    match output_format:
        case ServerlessFormat.TABLE:
            options.emit("\n".join(printing.table(found, rules)), output)
        case ServerlessFormat.MARKDOWN:
            options.emit("\n".join(printing.markdown(found, rules)), output)
        case ServerlessFormat.JSON:
            options.emit(json.dumps(printing.document(found, problems, rules), indent=2), output)
        case _:
            assert_never(output_format)
    if out is not None:
        _write(found, out)
    _tell(problems, quiet=quiet)
    return options.exit_code(
        findings=any(one.verdict is not Verdict.NATIVE for one in found), problems=bool(problems)
    )


def _variables(given: list[str]) -> dict[str, str]:
    found = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise UsageError(f"--env {pair}: expected NAME=VALUE")
        found[name] = value
    return found


def _write(found: list[Assessed], out: Path) -> None:
    from airshift.atomic import write_text
    from airshift.serverless.printing import file_name, yaml_text
    from airshift.serverless.ruleset import RuleSet

    for one in found:
        if one.definition is None:
            continue
        file = out / file_name(one)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_text(file, yaml_text(one, RuleSet.load()), exact=True)
        except OSError as error:
            raise UsageError(f"--out {out}: cannot be written: {error.strerror or error}") from error


def _tell(problems: tuple[Problem, ...], *, quiet: bool) -> None:
    for problem in problems:
        options.note(f"not read: {problem.path}: {problem.reason}", quiet=quiet)
