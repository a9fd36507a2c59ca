"""Whole packages, CPython's own tests and generated files through check and fix.

    python -m airshift_dev.packages                    # everything that is there; fetches no package
    python -m airshift_dev.packages --fetch --write    # with packages that are installed nowhere; writes the figures

Of the packages of popular_packages.tsv, those installed in environments of `airshift_dev.envs` are read where they are.
Promised is: no crash, no file that takes longer than the bound, and no change of code that never mentions Airflow.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from zlib import crc32

from airshift.folders import cache_folder
from airshift.rules.base import RuleContext

NAMES = Path(__file__).with_name("popular_packages.tsv")
ONE_OF = 10
"""Of files that no rule would look at, one of so many is analysed all the same."""
RESULTS = Path(__file__).parents[2] / "docs" / "faults-packages.json"


@dataclass(slots=True)
class Seen:
    """What became of the files of one sort."""

    files: int = 0
    analysed: int = 0
    """Of them, those that concern a rule by their bytes, as `check` decides it, and one of ten others."""
    megabytes: float = 0
    findings: int = 0
    not_python: int = 0
    """Files that are refused with the reason: another Python's syntax, a wrong encoding, too deep."""
    changed: int = 0
    """Files that `fix --unsafe` would change."""
    crashes: list[str] = field(default_factory=list)
    gave_up: list[str] = field(default_factory=list)
    wrongly_changed: list[str] = field(default_factory=list)
    """Files without a word of Airflow that would be changed."""
    slowest_seconds: float = 0
    slowest: str = ""

    def add(self, other: Seen) -> None:
        """Take in the figures of more files."""
        if other.slowest_seconds > self.slowest_seconds:
            self.slowest_seconds, self.slowest = other.slowest_seconds, other.slowest
        for name in ("files", "analysed", "megabytes", "findings", "not_python", "changed"):
            setattr(self, name, round(getattr(self, name) + getattr(other, name), 3))
        for name in ("crashes", "gave_up", "wrongly_changed"):
            getattr(self, name).extend(getattr(other, name))


PROMISES = ("crashes", "gave_up", "wrongly_changed")
"""What has to stay empty."""
Item = tuple[str, Path | bytes]


def main() -> int:
    """Read everything that was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--fetch", action="store_true", help="download wheels of packages that are installed nowhere"
    )
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {RESULTS.name}")
    parser.add_argument(
        "--again", action="store_true", help="begin anew instead of going on with the written figures"
    )
    parser.add_argument("--only", choices=("packages", "cpython", "generated"))
    options = parser.parse_args()
    clean = True
    for sort in [options.only] if options.only else list(_SORTS):
        before = {} if options.again else _kept().get(sort, {})
        figures: dict[str, Any] = {}
        for figures in _SORTS[sort](before, fetch=options.fetch):
            if options.write:
                kept = _kept() | {sort: figures | {"date": datetime.now(UTC).date().isoformat()}}
                RESULTS.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        print(sort, json.dumps(figures or before, indent=2), flush=True)
        clean &= not any(figures.get(name) for name in PROMISES)
    return int(not clean)


def _kept() -> dict[str, Any]:
    found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    return found if isinstance(found, dict) else {}


def _so_far(before: dict[str, Any]) -> Seen:
    names = {one.name for one in fields(Seen)}
    return Seen(**{name: value for name, value in before.items() if name in names})


def _generated(before: dict[str, Any], *, fetch: bool) -> Iterator[dict[str, Any]]:
    from airshift_dev.odd_sources import odd_sources

    seen = Seen()
    for one in odd_sources():
        seen.add(judged([one]))
    yield asdict(seen)


def _cpython(before: dict[str, Any], *, fetch: bool) -> Iterator[dict[str, Any]]:
    """The tests of every Python beside this one, and of this one; versions that were done before are not done again."""
    total, versions = _so_far(before), list(before.get("versions", ()))
    for folder in cpython_tests():
        version = _version_of(folder)
        files = [] if version in versions else sorted(file for file in folder.rglob("*.py") if file.is_file())
        if files:
            total.add(judged((f"{version}/{file.relative_to(folder).as_posix()}", file) for file in files))
            versions.append(version)
            yield {"versions": versions, **asdict(total)}


def _packages(before: dict[str, Any], *, fetch: bool) -> Iterator[dict[str, Any]]:
    """The listed packages; those that were done before are not done again."""
    total, done, missing = _so_far(before), list(before.get("done", ())), []
    known = installed()
    for name in popular():
        if name in done:
            continue
        files = _files(known[name]) if name in known else _fetched(name, fetch=fetch)
        if files:
            done.append(name)
            total.add(judged(files))
        else:
            missing.append(name)
        yield {"listed": len(popular()), "done": done, "missing": missing, **asdict(total)}


_SORTS = {"packages": _packages, "cpython": _cpython, "generated": _generated}


def popular() -> list[str]:
    """The names, most downloaded first."""
    lines = NAMES.read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[1] for line in lines if not line.startswith("#")]


def installed() -> dict[str, Distribution]:
    """Distributions without compiled code in this environment and those of `airshift_dev.envs`, by name."""
    from airshift_dev.envs import envs_folder

    folders = [Path(sysconfig.get_path("purelib"))]
    folders += sorted(envs_folder().glob("airflow-*/lib/python3*/site-packages"), reverse=True)
    found: dict[str, Distribution] = {}
    for folder in folders:
        for one in distributions(path=[str(folder)]):
            if "Root-Is-Purelib: true" in (one.read_text("WHEEL") or ""):
                found.setdefault(one.name.lower().replace("_", "-").replace(".", "-"), one)
    return found


def _files(one: Distribution) -> list[Item]:
    listed = [
        (str(file), Path(str(one.locate_file(file)))) for file in one.files or () if file.suffix == ".py"
    ]
    return [(name, path) for name, path in listed if path.is_file()]


def _fetched(name: str, *, fetch: bool) -> list[Item]:
    """The files of a wheel that was, or now is, downloaded; none where it cannot be had."""
    folder = cache_folder() / "packages" / name
    if fetch and not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += [
            "--implementation",
            "py",
            "--abi",
            "none",
            "--platform",
            "any",
            "--ignore-requires-python",
        ]
        subprocess.run([*command, "--no-compile", "--target", str(folder), name], check=False, timeout=300)
    return [(f"{name}/{file.relative_to(folder).as_posix()}", file) for file in sorted(folder.rglob("*.py"))]


def cpython_tests() -> list[Path]:
    """Folders of CPython's own tests on this machine."""
    own = Path(sysconfig.get_path("stdlib"))
    beside = own.parents[2].glob("*/lib/python*/test")
    return sorted({own / "test", *beside})


def _version_of(folder: Path) -> str:
    return folder.parents[2].name


def judged(items: Iterable[Item]) -> Seen:
    """What becomes of these files, in a process that may die of them."""
    waiting, seen = list(items), Seen()
    while waiting:
        batch, waiting = waiting[:200], waiting[200:]
        try:
            seen.add(_pool().submit(_judged, batch).result())
        except BrokenProcessPool:
            _pool.cache_clear()
            if len(batch) == 1:
                seen.crashes.append(f"{batch[0][0]}: the process died")
            else:
                for one in batch:
                    seen.add(judged([one]))
    return seen


@cache
def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1)


def _judged(items: list[Item]) -> Seen:
    seen = Seen()
    for name, where in items:
        started = time.process_time()
        raw = where if isinstance(where, bytes) else where.read_bytes()
        for problem in _one(name, raw, seen):
            (seen.gave_up if problem.startswith("gave up") else seen.crashes).append(f"{name}: {problem}")
        seconds = round(time.process_time() - started, 2)
        if seconds > seen.slowest_seconds:
            seen.slowest_seconds, seen.slowest = seconds, name
        seen.files += 1
        seen.megabytes += len(raw) / 1_000_000
    return seen


def _one(name: str, raw: bytes, seen: Seen) -> Iterator[str]:
    """What went wrong with a file, and its part in the figures."""
    from airshift.file_result import FileResult
    from airshift.fix.files import FileFix, fix_file
    from airshift.judge import check_file, is_candidate
    from airshift.surroundings import is_around

    checked, fixed = FileResult(name), FileFix(name, raw, raw)
    if is_candidate(raw) or is_around(name, raw) or crc32(name.encode()) % ONE_OF == 0:
        checked = check_file(name, raw, _context())
        fixed = fix_file(name, raw, _context(), unsafe=True)
        seen.analysed += 1
    reasons = [checked.problem.reason if checked.problem else "", fixed.refused]
    wrong = [reason for reason in reasons if reason.startswith(("internal error", "gave up"))]
    yield from wrong
    seen.findings += len(checked.findings)
    seen.not_python += any(reasons) and not wrong
    seen.changed += fixed.changed
    if fixed.changed and b"airflow" not in raw.lower():
        seen.wrongly_changed.append(name)


@cache
def _context() -> RuleContext:
    from airshift.checking import rule_context
    from airshift.targets import parse_target, parse_version

    return rule_context(parse_target("mwaa-3.3.1"), parse_version("2.10.3"))


if __name__ == "__main__":
    sys.exit(main())
