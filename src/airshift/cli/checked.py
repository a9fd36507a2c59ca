"""Results of `airshift check`, from disk or from standard input, with the configuration they were made under."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from airshift.cli.progress import progress_bar
from airshift.config import Config, Given, effective
from airshift.counted import STDIN_NAME, file_at, is_excluded
from airshift.output.formats import CheckFormat
from airshift.records import dataclass

if TYPE_CHECKING:
    from airshift.baseline import Lines
    from airshift.checking import CheckResult


@dataclass(frozen=True, slots=True)
class Wishes:
    """What `airshift check` is asked to do besides the configuration."""

    output_format: CheckFormat
    statistics: bool = False
    ruff: bool = False
    show_guarded: bool = False
    report_unused: bool = False
    calibrate: Path | None = None
    changed: str = ""
    """The commit to compare with; empty when all files count."""
    write_baseline: Path | None = None
    stdin_filename: Path | None = None
    exit_zero: bool = False
    output: Path | None = None
    jobs: int = 0
    quiet: bool = False
    no_cache: bool = False
    cluster: str = ""
    """Address of a Dask scheduler; empty for the processes of this machine."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A result with the configuration it was made under, and how to read its files."""

    config: Config
    result: CheckResult
    read: Callable[[str], bytes]
    lines: Lines


def _checked(config: Config, result: CheckResult, read: Callable[[str], bytes]) -> Checked:
    from airshift.fix_diffs import text_lines

    return Checked(config, result, read, lru_cache(maxsize=8)(lambda path: text_lines(read(path))))


def of_paths(paths: Sequence[Path], given: Given, wishes: Wishes) -> Checked:
    from airshift.api import check

    config = effective(paths, given)
    with progress_bar("Checking", quiet=wishes.quiet) as progress:
        result = check(
            paths,
            config=config,
            show_guarded=wishes.show_guarded,
            progress=progress,
            jobs=wishes.jobs,
            cluster=wishes.cluster,
            cached=not wishes.no_cache,
        )
    if wishes.report_unused:
        from airshift.unused import with_unused

        result = with_unused(result, config.selection)
        result = replace(result, findings=tuple(config.selection.filter(result.findings)))
    if wishes.ruff:
        result = _with_ruff(result, config)
    listing = result.listing

    @cache
    def places() -> Mapping[str, str | Path]:
        return {file.path: file.at for file in listing.files}

    return _checked(config, result, lambda path: _bytes(Path(places().get(path, listing.root / path))))


def of_stdin(given: Given, wishes: Wishes) -> Checked:
    from airshift.checking import CheckResult, rule_context
    from airshift.files import EstateFile, Listing
    from airshift.scan import ScanResult
    from airshift.single import SingleResult, check_content
    from airshift.targets import default_source

    file, config = file_at(wishes.stdin_filename or Path(STDIN_NAME), given)
    raw = sys.stdin.buffer.read()
    context = rule_context(config.target, config.source or default_source(), show_guarded=wishes.show_guarded)
    left_out = given.force_exclude and is_excluded(file.location, config)
    found = SingleResult(()) if left_out else check_content(file.path, raw, context, config.selection)
    root = file.location.parents[file.path.count("/")]
    result = CheckResult(
        Listing(root, (EstateFile(file.location, file.path),), ()),
        context.target,
        context.source,
        found.findings,
        found.problems,
        ScanResult(scanned=1 - len(found.problems)),
    )
    return _checked(config, result, lambda path: raw)


def _with_ruff(result: CheckResult, config: Config) -> CheckResult:
    from airshift.findings import Origin
    from airshift.ruff import merge, run_ruff

    files = [file.location for file in result.listing.files if file.path.endswith(".py")]
    report = run_ruff(files, result.listing.root)
    merged = merge(result.findings, report.findings).findings
    kept = tuple(
        found
        for found in merged
        if found.origin is Origin.AIRSHIFT or config.selection.at(found.place.path).wants(found.code)
    )
    return replace(result, findings=kept, problems=(*result.problems, *report.problems))


def only_changed(checked: Checked, base: str) -> Checked:
    """The result with findings and problems of changed files only; all files were taken into account."""
    from airshift.changed import changed_files

    result = checked.result
    root = Path(os.path.realpath(result.listing.root))
    changed = changed_files(root, base)
    listing = replace(
        result.listing, files=tuple(f for f in result.listing.files if (root / f.path) in changed)
    )
    kept = {file.path for file in listing.files}
    findings = tuple(finding for finding in result.findings if finding.place.path in kept)
    problems = tuple(problem for problem in result.problems if problem.path in kept)
    return replace(checked, result=replace(result, listing=listing, findings=findings, problems=problems))


def _bytes(location: Path) -> bytes:
    try:
        return location.read_bytes()
    except OSError:
        return b""
