"""docs/faults.md: what was tried to break airshift, how often, and what happened; the figures are those of the commands.

python -m airshift_dev.faults                  # write the page from docs/faults-*.json
python -m airshift_dev.faults --measure waves  # first let waves be killed anew (minutes); also: fix, fix-long
"""
# ruff: noqa: E501

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "faults.md"
FUZZ, PACKAGES, KILLS = (ROOT / "docs" / f"faults-{name}.json" for name in ("fuzz", "packages", "kills"))
_SORTS = {
    "packages": "the most downloaded pure-Python packages",
    "cpython": "CPython's own test suite",
    "generated": "generated files: 10,000 deep, 5 MB in one line, odd encodings",
}


def main() -> int:
    """Write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--measure", choices=("waves", "fix", "fix-long"), help="first kill these anew")
    parser.add_argument("--schedules", type=int, default=2000, help="waves in a simulated world")
    options = parser.parse_args()
    if options.measure:
        measured = _waves(options.schedules) if options.measure == "waves" else _fixes(options.measure)
        known = _read(KILLS) | measured | {"date": datetime.now(UTC).date().isoformat()}
        KILLS.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", "utf-8")
    PAGE.write_text(page(), encoding="utf-8")
    return 0


def _waves(schedules: int) -> dict[str, Any]:
    done = _run("-m", "airshift_dev.wave_faults", "--schedules", str(schedules))
    rows = re.findall(r"^(\S.*?)\s{2,}([\d,.]+)$", done.stdout, re.MULTILINE)
    return {"waves": {name: float(number.replace(",", "")) for name, number in rows}}


def _fixes(how: str) -> dict[str, Any]:
    """Three runs over 150 files are killed, or also fifty over 2,000."""
    marks = "not exhaustive" if how == "fix" else "not nothing"
    done = _run(
        "-m", "pytest", "-q", "-p", "no:xdist", "tests/fix/test_kill.py", "-k", "whole_files", "-m", marks
    )
    passed = re.search(r"(\d+) passed", done.stdout)
    killed = 3 if how == "fix" else 53
    return {"fix": {"runs_killed": killed if passed else 0, "exit_code": done.returncode}}


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)


def page() -> str:
    """The page, from the figures that the commands left."""
    return "\n".join(
        [*_head(), *_fuzz(_read(FUZZ)), *_packages(_read(PACKAGES)), *_kills(_read(KILLS)), *_rest()]
    )


def _read(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found if isinstance(found, dict) else {}


def _head() -> Iterator[str]:
    yield "# Faults: what was tried to break it"
    yield ""
    yield "Every figure on this page was written by a command of the repository; none is typed in. `python -m"
    yield "airshift_dev.faults` makes the page from `docs/faults-*.json`, and a test fails when both differ."
    yield ""


def _fuzz(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "## Inputs that nobody would write"
    yield ""
    yield "`python -m airshift_dev.fuzz --runs 100000 --write` grows inputs from valid ones: syntax trees are grafted, values"
    yield "change type, cells of databases become odd, bytes are cut and swapped. A target may only answer as it promises:"
    yield "no crash, no internal error, no input above 10 s, what is fixed parses and is fixed for good, nothing is written"
    yield "outside its folder. *By chance* means without feedback, *coverage* that atheris chose inputs that reach new code."
    yield "Inputs that broke a promise are kept in `tests/corpus/fuzz`, and every run of the tests feeds them again."
    yield ""
    yield "| target | inputs | broken promises | inputs made by | seconds | date |"
    yield "| --- | ---: | ---: | --- | ---: | --- |"
    for name, one in figures.items():
        made = {"chance": "chance", "coverage": "coverage"}[one["guided_by"]]
        yield f"| {name} | {one['inputs']:,} | {one['failures']} | {made} | {one['seconds']:,} | {one['date']} |"
    total = sum(one["inputs"] for one in figures.values())
    yield f"| **all {len(figures)}** | **{total:,}** | **{sum(one['failures'] for one in figures.values())}** | | | |"
    yield ""


def _packages(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "## Files that others wrote"
    yield ""
    yield "`python -m airshift_dev.packages --fetch --write` sends each file through `check` and `fix --unsafe`. *Analysed* are"
    yield "those with a word that some rule looks for, as these commands decide it, and one of ten of the others. *Refused* are"
    yield "files that are no Python of this version, with the reason. A file that takes longer than 60 s of processor time is"
    yield "given up with that as its result. *Wrongly changed* are files that never mention Airflow and would be changed."
    yield ""
    yield "| what | files | analysed | MB | refused | crashes | given up | wrongly changed | slowest | date |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    for sort, title in _SORTS.items():
        if sort not in figures:
            continue
        one = figures[sort]
        counts = " | ".join(str(len(one[name])) for name in ("crashes", "gave_up", "wrongly_changed"))
        start = f"| {title} | {one['files']:,} | {one['analysed']:,} | {one['megabytes']:,.0f} | {one['not_python']:,} | {counts} "
        yield f"{start}| {one['slowest_seconds']:.1f} s | {one['date']} |"
    yield ""
    if "packages" in figures:
        one = figures["packages"]
        left = one["listed"] - len(one["done"])
        yield f"Of {one['listed']} listed packages {len(one['done'])} were read" + (
            f"; {left} are left: {', '.join(one['missing']) or 'not reached yet'}." if left else "."
        )
    if "cpython" in figures:
        yield f"CPython's tests are those of {', '.join(figures['cpython']['versions'])}."
    yield ""


def _kills(figures: Mapping[str, Any]) -> Iterator[str]:
    if figures.keys() < {"waves", "fix"}:
        return
    waves, fix = figures["waves"], figures["fix"]
    yield "## Killed in the middle"
    yield ""
    yield "`python -m airshift_dev.faults --measure waves` runs `airshift_dev.wave_faults` (waves in a simulated world: kills before and"
    yield "after each effect, late, lost and repeated answers, a second operator); `--measure fix` kills `airshift fix` while it writes and looks at every file."
    yield ""
    yield f"| what ({figures['date']}) | how often |"
    yield "| --- | ---: |"
    for name, number in waves.items():
        if name != "seconds":
            yield f"| wave: {name} | {number:,.0f} |"
    yield f"| fix: runs ended by `kill -9` | {fix['runs_killed']} |"
    halves = "0" if fix["exit_code"] == 0 else "found, see `tests/fix/test_kill.py`"
    yield f"| fix: files that were neither as before nor as wanted | {halves} |"
    yield ""


def _rest() -> Iterator[str]:
    yield "## Estates made to harm"
    yield ""
    yield "The tests in `tests/hostile` build them and run every command that prints: loops of links, devices and pipes, folders that"
    yield "may not be read, names that are not UTF-8, archives that unpack to much more or elsewhere, YAML whose aliases explode,"
    yield "templates that never end, and names of DAGs, tasks, owners and files that are terminal sequences, spreadsheet formulas,"
    yield "HTML, Markdown, XML or commands of a code host."
    yield ""


if __name__ == "__main__":
    sys.exit(main())
