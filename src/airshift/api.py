"""The public functions: what the commands do, for programs.

Paths are files or folders of an estate, as text or `Path`. A version is written `3.3.1` or `mwaa-3.3.1`; without a
`target` the newest Airflow on Amazon MWAA counts, without a `source` what the estate's requirements say. The
settings of the estate count as for the commands, unless an argument says otherwise: `config` names another file, and
`isolated` reads none. What they exclude is left out, and so is what git or Airflow ignores.

Nothing of an estate is imported or run, and no function prints. A file that cannot be used is a `Problem` of the
result; `airshift.errors.UsageError` is raised for arguments and settings that make no sense.

The names in `__all__`, their parameters and what their results promise stay within a major version.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airshift.checking import CheckResult
from airshift.config import Config, Given, effective
from airshift.counted import Estate, read_estate
from airshift.errors import UsageError
from airshift.records import dataclass
from airshift.targets import Target

if TYPE_CHECKING:
    from airshift.estate.model import Inventory
    from airshift.findings import Problem
    from airshift.fix.files import Compat, FileFix
    from airshift.plan.model import Plan
    from airshift.plan.pack import Context
    from airshift.pool import Progress
    from airshift.report.model import Assessment
    from airshift.workers import Workers

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
Settings = StrPath | Config | None
"""A settings file, or what `airshift.config.effective` has made of one and of options; by default the nearest."""


def __getattr__(name: str) -> Any:
    """The types of results, which are only imported when somebody names them."""
    if name != "Assessment":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from airshift.report.model import Assessment

    return Assessment


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
    config: Settings = None,
    isolated: bool = False,
    show_guarded: bool = False,
    progress: Progress | None = None,
    jobs: int = 1,
    cluster: str = "",
    cached: bool = False,
) -> CheckResult:
    """Find what breaks or changes on the target.

    `select` and `ignore` hold rule codes or prefixes such as `AS1`; `jobs` is the number of processes, 0 for as
    many as the work is worth, and `cluster` the address of a Dask scheduler to use instead. When `cached`, only what
    changed since an earlier check is judged again.
    """
    from airshift.cache import Cache
    from airshift.checking import check_listing, rule_context

    estate = _estate(paths, config, isolated, target, source, select, ignore)
    return check_listing(
        estate.listing,
        rule_context(estate.target, estate.source, show_guarded=show_guarded),
        selection=estate.config.selection,
        progress=progress,
        workers=_workers(jobs, cluster),
        cache=Cache() if cached else None,
    )


def _workers(jobs: int, cluster: str) -> Workers:
    if cluster:
        from airshift.clients.dask_cluster import DaskCluster

        return DaskCluster(cluster)
    from airshift.workers import Processes

    return Processes(jobs)


def assess(
    path: StrPath,
    *,
    target: Version = None,
    source: Version = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    config: Settings = None,
    isolated: bool = False,
    ruff: bool = True,
    progress: Progress | None = None,
    jobs: int = 1,
    cached: bool = False,
) -> Assessment:
    """Judge an estate as a whole: a verdict for each DAG, the hours, the owners, the inventory.

    With `ruff` its AIR rules are asked for a second opinion. `jobs` and `cached` are those of `check`.
    """
    from airshift.assessing import assess_path

    estate = _estate(path, config, isolated, target, source, select, ignore)
    return assess_path(
        Path(path),
        target=estate.target,
        source=estate.source,
        selection=estate.config.selection,
        listing=estate.listing,
        settings=estate.config.settings,
        ask_ruff=ruff,
        progress=progress,
        jobs=jobs,
        cached=cached,
    )


def fix(
    paths: Paths,
    *,
    target: Version = None,
    source: Version = None,
    unsafe: bool = False,
    compat: Compat | str = "off",
    pin_behaviour: bool = False,
    silence: bool = False,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    config: Settings = None,
    isolated: bool = False,
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

    estate = _estate(paths, config, isolated, target, source, select, ignore)
    wanted = FixOptions(unsafe, estate.config.selection, silence, _compat(compat))
    context = rule_context(estate.target, estate.source, pin_behaviour=pin_behaviour)
    if write:
        remove_leftovers(file.location for file in estate.listing.files)
    found = (
        write_fix(file, fixed) if write and fixed.changed else fixed
        for file, fixed in fix_listing(estate.listing, context, wanted, progress, jobs=jobs)
    )
    return FixResult(context.target, tuple(found))


def inventory(
    paths: Paths, *, config: Settings = None, isolated: bool = False, progress: Progress | None = None
) -> InventoryResult:
    """List DAGs, their tasks and edges, and how DAGs depend on each other."""
    from airshift.estate.environments import Environments
    from airshift.estate.inventory import build_inventory

    estate = _estate(paths, config, isolated)
    environments = Environments(estate.config.settings.environments)
    found, problems = build_inventory(estate.listing, progress, environments=environments)
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
    estate = _estate(root, None, False, wanted, source)
    assessment = assess_path(
        root,
        target=estate.target,
        source=estate.source,
        listing=estate.listing,
        settings=estate.config.settings,
        ask_ruff=False,
        progress=progress,
    )
    return PlanResult(
        *plan_of(assessment, root, policy_file, _optional(overrides), _optional(state), finished)
    )


def _estate(
    paths: Paths,
    config: Settings,
    isolated: bool,
    target: Version = None,
    source: Version = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
) -> Estate:
    """The files that count, and what the arguments and the settings say about them."""
    found, chosen = _paths(paths), (target, source, *_texts(select), *_texts(ignore))
    if isinstance(config, Config):
        if isolated or any(chosen):
            raise UsageError("config: settings that were read already have target, source and rules in them")
        return read_estate(found, config)
    given = Given(
        target=_spelled(target),
        source=_spelled(source),
        select=_texts(select),
        ignore=_texts(ignore),
        config=_optional(config),
        isolated=isolated,
    )
    return read_estate(found, effective(found, given))


def _paths(paths: Paths) -> list[Path]:
    if isinstance(paths, str | os.PathLike):
        return [Path(paths)]
    return [Path(path) for path in paths]


def _optional(path: StrPath | None) -> Path | None:
    return None if path is None else Path(path)


def _spelled(version: Version) -> str:
    return str(version) if version else ""


def _texts(texts: Iterable[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else list(texts)


def _compat(compat: Compat | str) -> Compat:
    from airshift.fix.files import Compat

    try:
        return Compat(compat)
    except ValueError:
        raise UsageError(f"compat {compat!r}: write {', '.join(Compat)}") from None
