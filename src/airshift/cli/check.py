"""`airshift check`: findings of an estate on the terminal or for machines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli import options
from airshift.errors import AirshiftError, UsageError
from airshift.output.formats import CheckFormat

if TYPE_CHECKING:
    from airshift.cli.checked import Wishes
    from airshift.config import Given

STDIN = "-"
POLL = 0.5
"""Seconds between two looks at the files."""


def check(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Files or folders of the estate; - for standard input.", show_default=False),
    ],
    target: options.TargetOption = "",
    source: options.SourceOption = "",
    output_format: Annotated[
        CheckFormat, typer.Option("--format", "-f", help="How to print.")
    ] = CheckFormat.FULL,
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
    changed: Annotated[
        str,
        typer.Option(
            "--changed",
            metavar="[BASE]",
            help="Report only files that changed since BASE and HEAD parted, uncommitted ones included; all files "
            "are taken into account. Without BASE, those that are not committed yet.",
        ),
    ] = "",
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="Report only findings that this file does not know.")
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option("--write-baseline", help="Write the findings to this file: they are known then."),
    ] = None,
    stdin_filename: options.StdinFilenameOption = None,
    watch: Annotated[bool, typer.Option("--watch", help="Check again whenever a file changes.")] = False,
    ruff: Annotated[bool, typer.Option("--ruff", help="Merge what ruff's AIR rules find.")] = False,
    statistics: Annotated[bool, typer.Option("--statistics", help="Count findings by rule.")] = False,
    show_guarded: Annotated[
        bool, typer.Option("--show-guarded", help="Also imports that a try or a version check guards.")
    ] = False,
    report_unused: Annotated[
        bool, typer.Option("--report-unused", help="Also report suppression comments that silence nothing.")
    ] = False,
    calibrate: Annotated[
        Path | None,
        typer.Option("--calibrate", help="Score the findings against the JSON of `verify --as-is`, instead."),
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 even with findings.")] = False,
    output: options.OutputOption = None,
    jobs: options.JobsOption = 0,
    quiet: options.QuietOption = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Judge every file, whatever earlier checks found.")
    ] = False,
    cluster: Annotated[
        str, typer.Option("--cluster", help="Judge the files on this Dask cluster, as tcp://host:8786.")
    ] = "",
) -> int:
    """Find what breaks or changes on the target."""
    from airshift.cli.checked import Wishes
    from airshift.config import Given

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
        baseline=baseline,
        config=config,
        isolated=isolated,
    )
    wishes = Wishes(
        output_format=output_format,
        statistics=statistics,
        ruff=ruff,
        show_guarded=show_guarded,
        report_unused=report_unused,
        calibrate=calibrate,
        changed=changed,
        write_baseline=write_baseline,
        stdin_filename=stdin_filename,
        exit_zero=exit_zero,
        output=output,
        jobs=jobs,
        quiet=quiet,
        no_cache=no_cache,
        cluster=cluster,
    )
    return _watch(paths, given, wishes) if watch else _check(paths, given, wishes)


def _check(paths: Sequence[Path], given: Given, wishes: Wishes) -> int:
    from airshift.cli.checked import of_paths, of_stdin, only_changed

    if [str(path) for path in paths] == [STDIN]:
        if wishes.changed or wishes.ruff or wishes.calibrate or wishes.report_unused:
            raise UsageError("standard input goes without --changed, --ruff, --calibrate and --report-unused")
        checked = of_stdin(given, wishes)
    else:
        checked = of_paths(paths, given, wishes)
    if wishes.changed:
        checked = only_changed(checked, wishes.changed)
    if wishes.write_baseline is not None:
        from airshift.cli.baselines import write_baseline

        return write_baseline(checked, wishes.write_baseline, quiet=wishes.quiet)
    from airshift.cli.reporting import print_calibration, print_checked

    if wishes.calibrate is not None:
        return print_calibration(checked.result, wishes.calibrate, wishes)
    if checked.config.baseline is None:
        return print_checked(checked, None, wishes)
    from airshift.cli.baselines import against_baseline

    return print_checked(checked, against_baseline(checked, checked.config.baseline), wishes)


def _watch(paths: Sequence[Path], given: Given, wishes: Wishes) -> int:
    """Check again and again until the person has enough; what is wrong is said, and may be mended."""
    import time

    from airshift.config import effective
    from airshift.counted import list_estate
    from airshift.watching import states, watch

    if STDIN in map(str, paths):
        raise UsageError("--watch needs files; standard input is read once")
    effective(paths, given)

    def snapshot() -> object:
        try:
            config = effective(paths, given)
            files = [file.location for file in list_estate(paths, config).files]
        except UsageError as error:
            return str(error)
        return states([*files, *filter(None, (config.settings.file, config.baseline))])

    def once() -> None:
        if sys.stdout.isatty():
            print("\x1b[2J\x1b[3J\x1b[H", end="")
        try:
            _check(paths, given, wishes)
        except AirshiftError as error:
            options.note(f"airshift: {error}")
        sys.stdout.flush()
        options.note("Watching for changes; Ctrl-C ends it.", quiet=wishes.quiet)

    def wait() -> bool:
        time.sleep(POLL)
        return True

    try:
        watch(once, snapshot, wait)
    except KeyboardInterrupt:
        return 0
    return 0
