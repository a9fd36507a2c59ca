"""Copies of an estate for the two sides: as it is, or fixed for the target."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from airshift.files import Listing, read_file
from airshift.findings import Problem
from airshift.fix.estate import FixOptions, fix_listing
from airshift.rules.base import RuleContext


def copy(listing: Listing, folder: Path) -> tuple[Problem, ...]:
    """Write every file of the estate below `folder`; what cannot be read, or is a link out of it, is told."""
    root = listing.root.resolve()
    problems = []
    for file in listing.files:
        if not file.location.resolve().is_relative_to(root):
            problems.append(Problem(file.path, "a link that leaves the estate"))
            continue
        raw = read_file(file)
        if isinstance(raw, Problem):
            problems.append(raw)
            continue
        place = folder / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(raw)
    return (*listing.problems, *problems)


def write_fixed(
    listing: Listing, folder: Path, context: RuleContext, options: FixOptions, jobs: int
) -> tuple[Problem, ...]:
    """Apply every fix to the copies below `folder`; the estate itself is not touched."""
    problems = []
    for file, fix in fix_listing(listing, context, options, jobs=jobs):
        if fix.refused:
            problems.append(Problem(file.path, f"not fixed: {fix.refused}"))
        elif fix.changed:
            (folder / file.path).write_bytes(fix.after)
    return tuple(problems)


def dag_folder(root: Path) -> Path:
    """The folder Airflow would be given: `dags` where there is one, as on MWAA, else the whole."""
    return root / "dags" if (root / "dags").is_dir() else root


def own_modules(paths: Iterable[str]) -> tuple[str, ...]:
    """Top-level names that are the estate's own, so that no stand-in ever takes their place."""
    return tuple(sorted({part.removesuffix(".py") for path in paths for part in Path(path).parts}))


def tree_digest(folder: Path, *parts: object) -> str:
    """A digest of every file below `folder` and of everything else that answers depend on."""
    whole = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode())
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(f"\0{file.relative_to(folder).as_posix()}\0".encode("utf-8", "surrogateescape"))
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()[:24]
