"""Fix real example DAGs and let both Airflows judge: do they parse, with the same tasks and edges?

    python -m airshift_dev.fix_oracle [--target 3.3.1] [--markdown]

Prints airshift's and ruff's figures side by side, from the same run on the same files.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from airshift.checking import rule_context
from airshift.files import list_files
from airshift.fix.estate import FixOptions, fix_listing
from airshift.targets import parse_target, parse_version
from airshift_dev.envs import Environment, envs_folder
from airshift_dev.parsing import Parsed, migrated_home, parse_files, site_packages
from airshift_dev.wheels import unpacked_wheel

SOURCE = "2.10.3"
WHEELS = (
    "apache-airflow==1.10.15",
    "apache-airflow-providers-amazon==2.6.0",
    "apache-airflow-providers-cncf-kubernetes==2.2.0",
    "apache-airflow-providers-databricks==2.2.0",
    "apache-airflow-providers-docker==2.3.0",
    "apache-airflow-providers-http==2.0.3",
    "apache-airflow-providers-microsoft-azure==3.5.0",
    "apache-airflow-providers-mysql==2.1.1",
    "apache-airflow-providers-postgres==3.0.0",
    "apache-airflow-providers-slack==4.1.0",
    "apache-airflow-providers-snowflake==2.4.0",
    "apache-airflow-providers-sqlite==2.0.1",
    "apache-airflow-providers-apache-spark==2.0.3",
    "apache-airflow-providers-dbt-cloud==1.0.1",
)
"""Wheels of the Airflow 1.10 and early 2.x era whose example DAGs travel inside."""


@dataclass(frozen=True, slots=True)
class Case:
    """One example file: where it came from, and what the source version makes of it."""

    corpus: str
    path: Path
    before: Parsed


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file on the target: untouched, fixed by airshift, fixed by ruff."""

    case: Case
    untouched: Parsed
    fixed: Parsed
    ruff: Parsed
    manual: tuple[str, ...]
    """Codes that airshift left for a person."""

    @property
    def needs_change(self) -> bool:
        return not _equal(self.case.before, self.untouched)

    @property
    def is_fixed(self) -> bool:
        return _equal(self.case.before, self.fixed)

    @property
    def is_fixed_by_ruff(self) -> bool:
        return _equal(self.case.before, self.ruff)

    @property
    def is_broken(self) -> bool:
        """Whether airshift made a file fail that had parsed."""
        return self.untouched.error is None and self.fixed.error is not None


def _equal(before: Parsed, after: Parsed) -> bool:
    return after.error is None and after.shape == before.shape


def corpora() -> Iterator[tuple[str, Path]]:
    """Name and folder of every set of example DAGs."""
    yield "Airflow 2.10.3", site_packages(Environment(SOURCE, wide=True)) / "airflow" / "example_dags"
    for wheel in WHEELS:
        content = unpacked_wheel(wheel, envs_folder() / "wheels")
        for folder in sorted(content.rglob("example_dags")):
            yield wheel.replace("apache-airflow-providers-", "").replace("==", " "), folder


def cases(work: Path) -> list[Case]:
    """Every example file that parses on the source version and defines a DAG, copied below `work`."""
    copied: list[tuple[str, Path]] = []
    for corpus, folder in corpora():
        target = work / corpus.replace(" ", "-").replace("/", "-") / folder.parent.name / "airflow_examples"
        shutil.copytree(folder, target, ignore=shutil.ignore_patterns("__pycache__"))
        copied += [(corpus, path) for path in sorted(target.rglob("*.py"))]
    parsed = _parse(SOURCE, [path for _, path in copied])
    found = [(corpus, path, parsed[path]) for corpus, path in copied if path in parsed]
    return [Case(corpus, path, before) for corpus, path, before in found if not before.error and before.dags]


def _parse(version: str, files: Sequence[Path]) -> dict[Path, Parsed]:
    """Parse on two processes."""
    migrated_home(Environment(version, wide=True))
    with ThreadPoolExecutor(2) as pool:
        halves = pool.map(lambda half: parse_files(version, half), (files[::2], files[1::2]))
        return {path: parsed for half in halves for path, parsed in half.items()}


def judge(target: str, found: Sequence[Case], work: Path, scratch: Path) -> list[Outcome]:
    """Fix copies of all files with both tools and parse everything on the target."""
    ours, theirs = scratch / "airshift", scratch / "ruff"
    for copy in (ours, theirs):
        shutil.copytree(work, copy)
    manual = _fix(ours, target)
    command = [
        "check",
        "--isolated",
        "--preview",
        "--select",
        "AIR",
        "--fix",
        "--unsafe-fixes",
        "--quiet",
        "--exit-zero",
    ]
    subprocess.run([sys.executable, "-m", "ruff", *command, str(theirs)], capture_output=True, check=False)
    relative = [case.path.relative_to(work) for case in found]
    everything = [
        *(work / path for path in relative),
        *(ours / path for path in relative),
        *(theirs / path for path in relative),
    ]
    parsed = _parse(target, everything)
    return [
        Outcome(
            case,
            parsed[work / path],
            parsed[ours / path],
            parsed[theirs / path],
            manual.get(path.as_posix(), ()),
        )
        for case, path in zip(found, relative, strict=True)
    ]


def _fix(folder: Path, target: str) -> dict[str, tuple[str, ...]]:
    context = rule_context(parse_target(target), parse_version(SOURCE))
    left: dict[str, tuple[str, ...]] = {}
    for file, fix in fix_listing(list_files([folder]), context, FixOptions(unsafe=True)):
        file.location.write_bytes(fix.after)
        left[file.path] = tuple(sorted({finding.code for finding in fix.left if finding.severity == "error"}))
    return left


def table(target: str, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The figures as a Markdown table."""
    yield f"| files on {target} | parse untouched | need a change | airshift | ruff |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for corpus in [*dict.fromkeys(outcome.case.corpus for outcome in outcomes), "all"]:
        own = [outcome for outcome in outcomes if corpus in (outcome.case.corpus, "all")]
        need = [outcome for outcome in own if outcome.needs_change]
        cells = (
            f"{len(own) - len(need)} of {len(own)}",
            str(len(need)),
            _share(sum(outcome.is_fixed for outcome in need), len(need)),
            _share(sum(outcome.is_fixed_by_ruff for outcome in need), len(need)),
        )
        yield f"| {corpus} | {' | '.join(cells)} |"


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.0f} %)" if whole else "-"


def main() -> int:
    """Print the tables, and every file that is not fixed, with the reason."""
    parser = argparse.ArgumentParser(prog="python -m airshift_dev.fix_oracle", description=__doc__)
    parser.add_argument("--target", action="append", help="3.0.6 and 3.3.1 unless given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch) / "source"
        found = cases(work)
        for target in options.target or ["3.0.6", "3.3.1"]:
            outcomes = judge(target, found, work, Path(scratch) / target)
            print("\n".join(table(target, outcomes)), end="\n\n")
            for outcome in outcomes:
                if outcome.needs_change and not outcome.is_fixed:
                    last = (outcome.fixed.error or "another structure").strip().splitlines()[-1]
                    print(
                        f"- {outcome.case.corpus}: {outcome.case.path.name}: {last[:160]} {list(outcome.manual)}"
                    )
                if outcome.is_broken:
                    print(f"- BROKEN {outcome.case.path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
