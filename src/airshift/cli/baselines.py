"""Baselines of `airshift check`: write one, or split findings into new and known."""

from __future__ import annotations

import os
from os.path import normpath
from pathlib import Path

from airshift.baseline import Compared, Known, baseline_text, compare, read_baseline, recognised
from airshift.cli import options
from airshift.cli.checked import Checked
from airshift.errors import UsageError


def write_baseline(checked: Checked, path: Path, *, quiet: bool) -> int:
    from airshift.atomic import write_text

    known = _recognised(checked, path)
    try:
        write_text(path, baseline_text(known))
    except OSError as error:
        raise UsageError(f"--write-baseline {path}: cannot be written: {error.strerror or error}") from error
    options.note(f"{len(known)} findings are known from now on: {path}", quiet=quiet)
    return options.INCOMPLETE if checked.result.problems else 0


def _recognised(checked: Checked, baseline: Path) -> list[Known]:
    return recognised(checked.result.findings, checked.lines, _folder(checked, baseline))


def _folder(checked: Checked, baseline: Path) -> str:
    """The way from a baseline to the root that paths are relative to."""
    return Path(os.path.relpath(checked.result.listing.root, baseline.absolute().parent)).as_posix()


def against_baseline(checked: Checked, path: Path) -> Compared:
    """The findings that a baseline does not know, and what it knows and is no longer there."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"baseline {path}: cannot be read; write it with --write-baseline {path}") from error
    listing, folder = checked.result.listing, _folder(checked, path)
    looked_at = {normpath(f"{folder}/{file.path}") for file in listing.files}

    def looked(known: Known) -> bool:
        file = Path(normpath(path.absolute().parent / known.path))
        gone = file.is_relative_to(listing.root) and not file.exists()
        return (gone or known.path in looked_at) and checked.config.selection.wants(known.code)

    known = read_baseline(text, str(path))
    return compare(checked.result.findings, _recognised(checked, path), known, looked)
