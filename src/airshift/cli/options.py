"""Options that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli.completing import complete_code, complete_target
from airshift.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airshift.config import Config
    from airshift.counted import Estate
    from airshift.output.terminal import Look
    from airshift.targets import Target

Paths = Annotated[list[Path], typer.Argument(help="Files or folders of the estate.", show_default=False)]
TargetOption = Annotated[
    str,
    typer.Option(
        "--target",
        "-t",
        help="Airflow to move to: 3.0.6, 3.2.1, 3.3.1, mwaa-3.3.1 ... [default: the newest on MWAA]",
        autocompletion=complete_target,
    ),
]
SourceOption = Annotated[
    str, typer.Option("--source", help="Airflow to move from [default: found in requirements, else 2.10.3]")
]
SelectOption = Annotated[
    list[str],
    typer.Option(
        "--select", help="Rule codes or prefixes to report, comma-separated.", autocompletion=complete_code
    ),
]
IgnoreOption = Annotated[
    list[str],
    typer.Option("--ignore", help="Rule codes or prefixes to leave out.", autocompletion=complete_code),
]
ExtendSelectOption = Annotated[
    list[str], typer.Option("--extend-select", help="More rule codes or prefixes to report.")
]
ExcludeOption = Annotated[
    list[str], typer.Option("--exclude", help="Files to leave out, as in .gitignore, instead of the default.")
]
ExtendExcludeOption = Annotated[list[str], typer.Option("--extend-exclude", help="More files to leave out.")]
ForceExcludeOption = Annotated[
    bool, typer.Option("--force-exclude", help="Leave files out even when they are named.")
]
GitignoreOption = Annotated[
    bool | None,
    typer.Option(
        "--respect-gitignore/--no-respect-gitignore", help="Leave out what git ignores [default: yes]"
    ),
]
AirflowignoreOption = Annotated[
    bool | None,
    typer.Option(
        "--respect-airflowignore/--no-respect-airflowignore",
        help="Leave out Python files that Airflow ignores and no other file mentions [default: yes]",
    ),
]
StdinFilenameOption = Annotated[
    Path | None,
    typer.Option("--stdin-filename", help="What standard input is called, for its kind and settings."),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file [default: the nearest airshift.toml]")
]
IsolatedOption = Annotated[bool, typer.Option("--isolated", help="Read no settings file.")]
JobsOption = Annotated[
    int, typer.Option("--jobs", "-j", min=0, help="Processes to use; 0 decides by the amount of work.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print results only.")]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write to this file instead of stdout.")
]

INCOMPLETE = 3


def estate_of(
    paths: Sequence[Path],
    *,
    target: str = "",
    source: str = "",
    config: Path | None = None,
    isolated: bool = False,
) -> Estate:
    """The files that count below these paths, and the versions, as options and settings say."""
    from airshift.counted import read_estate

    found = config_of(paths, target=target, source=source, config=config, isolated=isolated)
    return read_estate(paths, found)


def config_of(
    paths: Sequence[Path],
    *,
    target: str = "",
    source: str = "",
    config: Path | None = None,
    isolated: bool = False,
) -> Config:
    """What counts for these paths, as options and settings say."""
    from airshift.config import Given, effective

    return effective(paths, Given(target=target, source=source, config=config, isolated=isolated))


def target_here(text: str) -> Target:
    """The target an option names, else the settings of the current folder, for commands without an estate."""
    return config_of([Path()], target=text).target


def note(message: str, *, quiet: bool = False) -> None:
    """Say something that is not the result, on stderr."""
    if not quiet:
        from airshift.output.text import printable
        from airshift.redact import redact_text

        print(printable(redact_text(message)), file=sys.stderr)


def emit(text: str, output: Path | None, *, painted: bool = False, masked: bool = False) -> None:
    """Write the result to stdout, where only `painted` text may steer the terminal, or, atomically, to a file.

    Text that is `masked` is known to hold no credentials.
    """
    if output is None:
        from airshift.output.text import printable
        from airshift.redact import redact_text

        shown = text if masked else redact_text(text)
        _print(shown if painted else printable(shown))
        return
    from airshift.atomic import write_text

    try:
        write_text(output, text if text.endswith("\n") else text + "\n")
    except OSError as error:
        raise UsageError(f"--output {output}: cannot be written: {error.strerror or error}") from error


def _print(text: str) -> None:
    if not text:
        return
    try:
        print(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        print(text.encode(encoding, "backslashreplace").decode(encoding))


def look_of(output: Path | None) -> Look:
    """How text for people looks where it goes: fitted to a terminal, whole in a file."""
    import os

    from airshift.output.terminal import PLAIN, look_of

    return PLAIN if output is not None else look_of(sys.stdout, os.environ)


def exit_code(*, findings: bool, problems: bool, exit_zero: bool = False) -> int:
    """0 clean, 1 findings, 3 when not everything could be done."""
    if problems:
        return INCOMPLETE
    return 1 if findings and not exit_zero else 0
