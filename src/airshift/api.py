"""The public functions: what the commands do, for programs.

Paths are files or folders of an estate, as text or `Path`. A version is written `3.3.1` or `mwaa-3.3.1`; without a
`target` the newest Airflow on Amazon MWAA counts, without a `source` what the estate's requirements say. Nothing
of an estate is imported or run, and no function prints. A file that cannot be used is a `Problem` of the result;
`airshift.errors.UsageError` is raised for arguments and settings that make no sense.

The names in `__all__`, their parameters and what their results promise stay within a major version.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airshift.checking import CheckResult
from airshift.errors import UsageError
from airshift.estate.model import Inventory
from airshift.files import Listing, list_files
from airshift.findings import Problem
from airshift.fix.files import Compat, FileFix
from airshift.plan.model import Plan
from airshift.plan.pack import Context
from airshift.pool import Progress
from airshift.report.model import Assessment
from airshift.select import Selection, checked_selection
from airshift.targets import Target, parse_target, parse_version

__all__ = [
    "Assessment",
    "CheckResult",
    "FixResult",
    "InventoryResult",
    "PlanResult",
    "assess",
    "check",
    "fix",
    "inventory",
    "plan",
]

StrPath = str | os.PathLike[str]
Paths = StrPath | Iterable[StrPath]
Version = str | Target | None


@dataclass(frozen=True, slots=True)
class FixResult:
    """What fixing gives: one record for each file that changes, is refused, or has findings left."""

    target: Target
    files: tuple[FileFix, ...]

    @property
    def changed(self) -> tuple[FileFix, ...]:
        """The files whose content changes."""
        return tuple(file for file in self.files if file.changed)

    @property
    def refused(self) -> tuple[FileFix, ...]:
        """The files that could not be worked on, each with its reason."""
        return tuple(file for file in self.files if file.refused)

    def patch(self) -> bytes:
        """All changes as one patch, as `git apply` takes it."""
        from airshift.fix.estate import unified

        return unified(self.files)


@dataclass(frozen=True, slots=True)
class InventoryResult:
    """The DAGs of an estate, and what could not be read."""

    inventory: Inventory
    problems: tuple[Problem, ...]
    environments: tuple[str, ...] = ()
    """Names of the environments in the estate's settings."""


@dataclass(frozen=True, slots=True)
class PlanResult:
    """Waves, and what else the files of a plan are made from."""

    plan: Plan
    context: Context

    def document(self) -> dict[str, Any]:
        """The content of plan.json (docs/schemas/plan.schema.json)."""
        from airshift.plan.document import plan_document

        known = self.context
        return plan_document(self.plan, known.policy, known.target, known.source, known.problems, known.dags)

    def write(self, folder: StrPath) -> None:
        """Write all files of the plan, as `airshift plan --out FOLDER` does."""
        from airshift.planning import write_plan

        write_plan(self.plan, self.context, Path(folder))


def check(
    paths: Paths,
    *,
    target: Version = None,
    source: Version = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    show_guarded: bool = False,
    progress: Progress | None = None,
    jobs: int = 1,
) -> CheckResult:
    """Find what breaks or changes on the target.

    `select` and `ignore` hold rule codes or prefixes such as `AS1`; `jobs` is the number of processes, 0 for as
    many as the work is worth.
    """
    from airshift.checking import check_paths

    return check_paths(
        _paths(paths),
        target=_target(target),
        source=_source(source),
        selection=_selection(select, ignore),
        progress=progress,
        jobs=jobs,
        show_guarded=show_guarded,
    )


def assess(
    path: StrPath,
    *,
    target: Version = None,
    source: Version = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    ruff: bool = True,
    progress: Progress | None = None,
) -> Assessment:
    """Judge an estate as a whole: a verdict for each DAG, the hours, the owners, the inventory.

    With `ruff` its AIR rules are asked for a second opinion.
    """
    from airshift.assessing import assess_path

    return assess_path(
        Path(path),
        target=_target(target),
        source=_source(source),
        selection=_selection(select, ignore),
        ask_ruff=ruff,
        progress=progress,
    )


def fix(
    paths: Paths | Listing,
    *,
    target: Version = None,
    source: Version = None,
    unsafe: bool = False,
    compat: Compat | str = Compat.OFF,
    pin_behaviour: bool = False,
    silence: bool = False,
    select: Iterable[str] | Selection = (),
    ignore: Iterable[str] = (),
    write: bool = False,
    progress: Progress | None = None,
    jobs: int = 1,
) -> FixResult:
    """Rewrite what breaks on the target: in memory, or with `write` on disk, each file whole or not at all.

    `unsafe` adds fixes that may change the meaning, `pin_behaviour` writes the defaults of Airflow 2 out, and
    `silence` puts suppression comments where something is left. `compat` is `off`, `both` for code that runs on
    source and target alike, or `drop` to reduce such code to the target's.
    """
    from airshift.atomic import remove_leftovers
    from airshift.checking import rule_context
    from airshift.fix.estate import FixOptions, fix_listing
    from airshift.fix.estate import write as write_fix
    from airshift.source_version import detect_source

    listing = _listing(paths)
    context = rule_context(
        _target(target), _source(source) or detect_source(listing), pin_behaviour=pin_behaviour
    )
    if write:
        remove_leftovers(file.location for file in listing.files)
    wanted = FixOptions(unsafe, _selection(select, ignore), silence, _compat(compat))
    found = (
        write_fix(file, fixed) if write and fixed.changed else fixed
        for file, fixed in fix_listing(listing, context, wanted, progress, jobs=jobs)
    )
    return FixResult(context.target, tuple(found))


def inventory(paths: Paths | Listing, *, progress: Progress | None = None) -> InventoryResult:
    """List DAGs, their tasks and edges, and how DAGs depend on each other."""
    from airshift.estate.environments import Environments
    from airshift.estate.inventory import build_inventory
    from airshift.settings import load_settings

    listing = _listing(paths)
    environments = Environments(load_settings(listing.root).environments)
    found, problems = build_inventory(listing, progress, environments=environments)
    return InventoryResult(found, problems, environments.names)


def plan(
    path: StrPath,
    *,
    target: Version = None,
    source: Version = None,
    policy: StrPath | None = None,
    overrides: StrPath | None = None,
    state: StrPath | None = None,
    finished: int | None = None,
    progress: Progress | None = None,
) -> PlanResult:
    """Put the DAGs of an estate into waves.

    `policy` is a file with the table `[plan]` (default: the estate's airshift.toml), `overrides` a CSV with one row
    a DAG. `state` is an earlier plan.json whose placements stay, its waves up to `finished` being done.
    """
    from airshift.assessing import assess_path
    from airshift.planning import plan_of, policy_of

    root, policy_file = Path(path), _optional(policy)
    wanted = target or policy_of(root, policy_file)[1].get("target", "")
    assessment = assess_path(
        root, target=_target(wanted), source=_source(source), ask_ruff=False, progress=progress
    )
    return PlanResult(
        *plan_of(assessment, root, policy_file, _optional(overrides), _optional(state), finished)
    )


def _listing(paths: Paths | Listing) -> Listing:
    return paths if isinstance(paths, Listing) else list_files(_paths(paths))


def _paths(paths: Paths) -> list[Path]:
    if isinstance(paths, str | os.PathLike):
        return [Path(paths)]
    return [Path(path) for path in paths]


def _optional(path: StrPath | None) -> Path | None:
    return None if path is None else Path(path)


def _target(version: Version) -> Target | None:
    return _read(version, parse_target)


def _source(version: Version) -> Target | None:
    return _read(version, parse_version)


def _read(version: Version, parse: Callable[[str], Target]) -> Target | None:
    if isinstance(version, Target):
        return version
    return parse(version) if version else None


def _selection(select: Iterable[str] | Selection, ignore: Iterable[str]) -> Selection:
    if isinstance(select, Selection):
        return select
    return checked_selection(_texts(select), _texts(ignore))


def _texts(texts: Iterable[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else list(texts)


def _compat(compat: Compat | str) -> Compat:
    try:
        return Compat(compat)
    except ValueError:
        raise UsageError(f"compat {compat!r}: write {', '.join(Compat)}") from None
