"""The files that count for a run: what a walk finds without what the settings, git and Airflow leave out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from airshift.config import Config, Given, effective
from airshift.files import EstateFile, Listing, list_files
from airshift.records import dataclass
from airshift.targets import Target

STDIN_NAME = "stdin.py"
"""What standard input is called when nobody says."""


@dataclass(frozen=True, slots=True)
class Estate:
    """The files that count, and what counts for them."""

    config: Config
    listing: Listing
    source: Target

    @property
    def target(self) -> Target:
        """The Airflow to move to."""
        return self.config.target


def read_estate(paths: Sequence[Path], config: Config) -> Estate:
    """List an estate, and find out what it runs on today unless the configuration says so."""
    from airshift.source_version import detect_source

    listing = list_estate(paths, config)
    return Estate(config, listing, config.source or detect_source(listing))


def list_estate(paths: Sequence[Path], config: Config) -> Listing:
    """The files that count below `paths`."""
    from airshift.source_version import detect_source

    listing = list_files(list(paths), config.walk)
    if not config.respect_airflowignore:
        return listing
    if not any(file.path.endswith(".airflowignore") for file in listing.files):
        return listing
    from airshift.airflow_ignored import without_ignored

    return without_ignored(listing, config.source or detect_source(listing), config.target)


def file_at(location: Path, given: Given) -> tuple[EstateFile, Config]:
    """One file, which need not exist, as its settings see it: its path leads from their folder, else its repository."""
    location = location.absolute()
    settings = effective([location], given).settings
    repository = next((one for one in location.parents if (one / ".git").exists()), None)
    folders = (settings.file.absolute().parent if settings.file else None, repository, Path.cwd())
    root = next((one for one in folders if one is not None and location.is_relative_to(one)), location.parent)
    config = effective([root], replace(given, config=settings.file))
    return EstateFile(location, location.relative_to(root).as_posix()), config


def is_excluded(file: Path, config: Config) -> bool:
    """Whether the settings leave out a file that was not found by a walk; what git ignores does not matter here."""
    from airshift.leaving_out import LeavingOut

    walk = config.walk
    base = walk.base or file.parent
    folders = file.parent.relative_to(base).parts if file.is_relative_to(base) else ()
    out = LeavingOut.of(file, replace(walk, gitignore=False))
    return not walk.folders.isdisjoint(folders) or (out is not None and out.by_pattern(file))
