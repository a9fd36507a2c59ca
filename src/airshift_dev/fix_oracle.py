"""Fix real example DAGs and let both Airflows judge: do they parse, with the same tasks and edges?

    python -m airshift_dev.fix_oracle [--target 3.3.1] [--docs] [--keep FOLDER]

Prints airshift's and ruff's figures side by side, from the same run on the same files, and every file that is not
fixed with the reason. `--docs` writes docs/fix-oracle.md, `--keep` keeps the fixed files to look at.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from airshift.checking import rule_context
from airshift.files import list_files
from airshift.findings import Finding
from airshift.fix.estate import FixOptions, fix_listing
from airshift.fix.files import Compat
from airshift.targets import parse_target, parse_version
from airshift_dev.envs import ROOT
from airshift_dev.fix_corpus import SOURCE, Case, cases
from airshift_dev.fix_shapes import difference, same
from airshift_dev.parsing import Parsed, parse_in_parallel

TARGETS = ("3.0.6", "3.3.1")
_INSTALLED = re.compile(r" \((/[^)]*|unknown location)\)")
"""Where a module was found: it differs between machines."""
PAGE = ROOT / "docs" / "fix-oracle.md"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file on the target: untouched, fixed by airshift, fixed by ruff."""

    case: Case
    untouched: Parsed
    fixed: Parsed
    ruff: Parsed
    left: tuple[Finding, ...]
    """What airshift left for a person."""

    @property
    def needs_change(self) -> bool:
        """Whether the file as it is does not give the same DAGs on the target."""
        return not same(self.case.before, self.untouched)

    @property
    def is_fixed(self) -> bool:
        """Whether airshift's result gives the same DAGs on the target."""
        return same(self.case.before, self.fixed)

    @property
    def is_fixed_by_ruff(self) -> bool:
        """Whether ruff's result gives the same DAGs on the target."""
        return same(self.case.before, self.ruff)

    @property
    def is_broken(self) -> bool:
        """Whether airshift made a file fail that had parsed."""
        return self.untouched.error is None and self.fixed.error is not None

    @property
    def is_broken_by_ruff(self) -> bool:
        """Whether ruff made a file fail that had parsed."""
        return self.untouched.error is None and self.ruff.error is not None

    @property
    def reason(self) -> str:
        """Why the fixed file does not do, in the target's own words."""
        return _reason(self.case.before, self.fixed)


def _reason(before: Parsed, after: Parsed) -> str:
    if after.error is None:
        return f"other DAGs: {difference(before, after)}"
    return _INSTALLED.sub("", after.error.strip().splitlines()[-1])[:200]


def judge(target: str, found: Sequence[Case], work: Path, scratch: Path) -> list[Outcome]:
    """Fix copies of all files with both tools and parse everything on the target."""
    ours, theirs = scratch / "airshift", scratch / "ruff"
    for copy in (ours, theirs):
        shutil.copytree(work, copy)
    left = fix_estates(ours, target)
    _ruff(theirs)
    relative = [case.path.relative_to(work) for case in found]
    parsed: dict[Path, Parsed] = {}
    for folder in (work, ours, theirs):
        parsed |= parse_in_parallel(target, [folder / path for path in relative])
    return [
        Outcome(
            case, parsed[work / path], parsed[ours / path], parsed[theirs / path], left.get(str(path), ())
        )
        for case, path in zip(found, relative, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class OnBoth:
    """One file after `--compat`, on the source and on the target."""

    case: Case
    source: Parsed
    target: Parsed
    left: tuple[Finding, ...]

    @property
    def is_kept(self) -> bool:
        """Whether the source version still gives the same DAGs."""
        return same(self.case.before, self.source)

    @property
    def is_fixed(self) -> bool:
        """Whether the target gives the same DAGs."""
        return same(self.case.before, self.target)

    @property
    def reason(self) -> str:
        """Why the file does not do, in the words of the version that refuses it."""
        return _reason(self.case.before, self.target if self.is_kept else self.source)


def judge_both(target: str, found: Sequence[Case], work: Path, scratch: Path) -> list[OnBoth]:
    """Fix copies of all files with `--compat` and parse them on both versions."""
    ours = scratch / "compat"
    shutil.copytree(work, ours)
    left = fix_estates(ours, target, Compat.BOTH)
    paths = {id(case): ours / case.path.relative_to(work) for case in found}
    on_source = parse_in_parallel(SOURCE, list(paths.values()))
    on_target = parse_in_parallel(target, list(paths.values()))
    return [
        OnBoth(case, on_source[path], on_target[path], left.get(str(path.relative_to(ours)), ()))
        for case, path in ((case, paths[id(case)]) for case in found)
    ]


def fix_estates(folder: Path, target: str, compat: Compat = Compat.OFF) -> dict[str, tuple[Finding, ...]]:
    """Fix every estate below a folder; what is left by path."""
    context = rule_context(parse_target(target), parse_version(SOURCE))
    left: dict[str, tuple[Finding, ...]] = {}
    for estate in sorted(folder.glob("*/*/dags")):
        for file, fix in fix_listing(list_files([estate]), context, FixOptions(unsafe=True, compat=compat)):
            if fix.refused:
                raise RuntimeError(f"{file.path}: {fix.refused}")
            file.location.write_bytes(fix.after)
            errors = tuple(finding for finding in fix.left if finding.severity == "error")
            left[str(file.location.relative_to(folder.resolve()))] = errors
    return left


def _ruff(folder: Path) -> None:
    options = [
        "--isolated",
        "--preview",
        "--select",
        "AIR",
        "--fix",
        "--unsafe-fixes",
        "--quiet",
        "--exit-zero",
    ]
    command = [sys.executable, "-m", "ruff", "check", *options, str(folder)]
    subprocess.run(command, capture_output=True, check=True)


def table(target: str, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The figures as a Markdown table."""
    yield f"| examples of | DAG files | the same on {target} untouched | need a change | fixed by airshift | by ruff |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for corpus in [*dict.fromkeys(outcome.case.corpus for outcome in outcomes), "all"]:
        own = [outcome for outcome in outcomes if corpus in (outcome.case.corpus, "all")]
        need = [outcome for outcome in own if outcome.needs_change]
        cells = (
            str(len(own)),
            str(len(own) - len(need)),
            str(len(need)),
            _share(sum(outcome.is_fixed for outcome in need), len(need)),
            _share(sum(outcome.is_fixed_by_ruff for outcome in need), len(need)),
        )
        yield f"| {corpus} | {' | '.join(cells)} |"
    broken = sum(outcome.is_broken for outcome in outcomes)
    by_ruff = sum(outcome.is_broken_by_ruff for outcome in outcomes)
    yield f"| parsed before, fails after | | | | {broken} | {by_ruff} |"


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.0f} %)" if whole else "-"


def unfixed(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Every file that is not fixed, with the reason and the codes it was left with."""
    for outcome in outcomes:
        if outcome.is_broken or (outcome.needs_change and not outcome.is_fixed):
            yield _line(outcome.case, outcome.left, f"{'BROKEN ' * outcome.is_broken}{outcome.reason}")


def one_sided(outcomes: Sequence[OnBoth]) -> Iterator[str]:
    """Every file that --compat does not bring to both versions, with the reason and what is left."""
    for outcome in outcomes:
        if not (outcome.is_kept and outcome.is_fixed):
            yield _line(outcome.case, outcome.left, f"{'BROKEN ' * (not outcome.is_kept)}{outcome.reason}")


def _line(case: Case, left: Sequence[Finding], reason: str) -> str:
    codes = ", ".join(sorted({finding.code for finding in left})) or "no finding"
    return f"- {case.corpus}, {case.path.name} ({codes}): {reason}"


def page(judged: dict[str, tuple[Sequence[Outcome], Sequence[OnBoth]]]) -> str:
    """docs/fix-oracle.md: figures and what is left, per target."""
    parts = [_INTRODUCTION]
    for target, (outcomes, both) in judged.items():
        kept = sum(outcome.is_kept and outcome.is_fixed for outcome in both)
        parts += [
            f"## Airflow {target}\n",
            "\n".join(table(target, outcomes)) + "\n",
            _list("Not fixed, with the codes of the findings that are left:", unfixed(outcomes)),
            f"After `--compat`, {kept} of {len(both)} files give the same DAGs on {SOURCE} and on {target}.\n",
            _list("The others, with the codes of the findings that are left:", one_sided(both)),
        ]
    return "\n".join(part for part in parts if part)


_INTRODUCTION = f"""\
<!-- Written by `python -m airshift_dev.fix_oracle --docs`. -->

# Judged by Airflow

Every file with DAGs among the examples of Airflow 1.10.15, Airflow 2.10.3 and provider wheels of the Airflow 2 era that
parses on Airflow {SOURCE} is fixed with `airshift fix --unsafe-fixes --target T`, and beside that, in the same run,
with `ruff check --preview --select AIR --fix --unsafe-fixes` (ruff {version("ruff")}). Then a real Airflow T parses the
file as it was and both results. A file counts as fixed when the DAG ids, task ids, edges and schedules are those of
Airflow {SOURCE}; a SubDAG and the TaskGroup of the same id count as the same tasks.
"""


def _list(title: str, lines: Iterator[str]) -> str:
    found = "\n".join(lines)
    return f"{title}\n\n{found}\n" if found else ""


def main() -> int:
    """Print the tables, and every file that is not fixed, with the reason."""
    parser = argparse.ArgumentParser(prog="python -m airshift_dev.fix_oracle", description=__doc__)
    parser.add_argument("--target", action="append", help=f"{' and '.join(TARGETS)} unless given")
    parser.add_argument("--keep", type=Path, help="leave the files in this folder")
    parser.add_argument("--docs", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    judged: dict[str, tuple[Sequence[Outcome], Sequence[OnBoth]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        scratch = options.keep or Path(temporary)
        shutil.rmtree(scratch, ignore_errors=True)
        work = scratch / "source"
        found = cases(work)
        for target in options.target or TARGETS:
            outcomes = judge(target, found, work, scratch / target)
            judged[target] = outcomes, judge_both(target, found, work, scratch / target)
        print(page(judged))
        if options.docs:
            PAGE.write_text(page(judged))
    return 0


if __name__ == "__main__":
    sys.exit(main())
