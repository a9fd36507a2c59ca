"""`airshift fix`: rewrite what can be rewritten."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli import options
from airshift.cli.progress import progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airshift.config import Given
    from airshift.fix.estate import FixOptions
    from airshift.fix.files import FileFix


class FixFormat(StrEnum):
    """How the outcome is printed."""

    TEXT = "text"
    JSON = "json"


def fix(
    paths: options.Paths,
    target: options.TargetOption = "",
    source: options.SourceOption = "",
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="Also fixes that may change the meaning.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show the changes, write nothing.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing, exit 1 if anything would change.")
    ] = False,
    patch: Annotated[
        Path | None, typer.Option("--patch", help="Write one patch file instead of the files.")
    ] = None,
    pin_behaviour: Annotated[
        bool, typer.Option("--pin-behaviour", help="Write the Airflow 2 defaults out (catchup, intervals).")
    ] = False,
    add_noqa: Annotated[
        bool, typer.Option("--add-noqa", help="Silence what is left with a comment on its line.")
    ] = False,
    compat: Annotated[
        bool, typer.Option("--compat", help="Write code that runs on the source and the target alike.")
    ] = False,
    drop_compat: Annotated[
        bool, typer.Option("--drop-compat", help="Reduce code for two versions to the target's.")
    ] = False,
    select: options.SelectOption = [],  # noqa: B006
    ignore: options.IgnoreOption = [],  # noqa: B006
    extend_select: options.ExtendSelectOption = [],  # noqa: B006
    exclude: options.ExcludeOption = [],  # noqa: B006
    extend_exclude: options.ExtendExcludeOption = [],  # noqa: B006
    force_exclude: options.ForceExcludeOption = False,
    respect_gitignore: options.GitignoreOption = None,
    respect_airflowignore: options.AirflowignoreOption = None,
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
    stdin_filename: options.StdinFilenameOption = None,
    output_format: Annotated[
        FixFormat, typer.Option("--format", "-f", help="How to print.")
    ] = FixFormat.TEXT,
    jobs: options.JobsOption = 0,
    quiet: options.QuietOption = False,
) -> int:
    """Rewrite what breaks on the target; safe fixes only, unless told otherwise."""
    from airshift.api import fix as fix_paths
    from airshift.atomic import write_bytes
    from airshift.config import Given, effective
    from airshift.errors import UsageError
    from airshift.fix.estate import FixOptions
    from airshift.fix.files import Compat

    if compat and drop_compat:
        raise UsageError("--compat and --drop-compat exclude each other")
    mode = Compat.BOTH if compat else Compat.DROP if drop_compat else Compat.OFF
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
        force_exclude=force_exclude,
        config=config,
        isolated=isolated,
    )
    if [str(path) for path in paths] == ["-"]:
        wanted = FixOptions(unsafe_fixes, silence=add_noqa, compat=mode)
        return _fix_stdin(given, stdin_filename, wanted, check=check, diff=diff)
    writes = not (diff or check or patch)
    with progress_bar("Fixing", quiet=quiet) as progress:
        result = fix_paths(
            paths,
            config=effective(paths, given),
            unsafe=unsafe_fixes,
            compat=mode,
            pin_behaviour=pin_behaviour,
            silence=add_noqa,
            write=writes,
            progress=progress,
            jobs=jobs,
        )
    if patch is not None:
        write_bytes(patch, result.patch())
    elif diff:
        _print_patch(result.files)
    if output_format is FixFormat.JSON:
        import json

        from airshift.output.fixes import fix_document

        options.emit(json.dumps(fix_document(result.target, result.files), indent=2), None)
    else:
        from airshift.output.fixes import summary

        for line in summary(result.files, written=writes):
            options.note(line, quiet=quiet)
    return _exit_code(result.files, check=check)


def _exit_code(fixes: Sequence[FileFix], *, check: bool) -> int:
    if any(found.refused for found in fixes):
        return options.INCOMPLETE
    return 1 if check and any(found.changed for found in fixes) else 0


def _print_patch(fixes: Sequence[FileFix]) -> None:
    from airshift.fix.estate import shown_patch, unified

    shown = shown_patch(fixes)
    if sys.stdout.isatty():
        from airshift.output.text import printable

        print(printable(shown.decode("utf-8", "backslashreplace")), end="")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(shown)
        sys.stdout.buffer.flush()
    if shown != unified(fixes):
        options.note(
            "note: values that look like secrets are masked; --patch FILE writes a patch that applies"
        )


def _fix_stdin(given: Given, name: Path | None, wanted: FixOptions, *, check: bool, diff: bool) -> int:
    from airshift.checking import rule_context
    from airshift.counted import STDIN_NAME, file_at, is_excluded
    from airshift.fix.files import FileFix
    from airshift.quick_fixes import fix_content
    from airshift.targets import default_source

    file, config = file_at(name or Path(STDIN_NAME), given)
    raw = sys.stdin.buffer.read()
    if given.force_exclude and is_excluded(file.location, config):
        found = FileFix(file.path, raw, raw)
    else:
        context = rule_context(config.target, config.source or default_source())
        found = fix_content(file, raw, context, replace(wanted, selection=config.selection))
    if not check:
        if diff:
            _print_patch([found])
        else:
            sys.stdout.buffer.write(found.after)
            sys.stdout.buffer.flush()
    if found.refused:
        options.note(f"airshift: standard input: {found.refused}")
    return _exit_code([found], check=check)
