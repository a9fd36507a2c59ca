"""How long `airshift check` takes next to others that read the same files, in one run.

    python benchmarks/check.py                                    # 3,000 files, five rounds
    python benchmarks/check.py --growth 1000,10000,30000 --write  # writes docs/performance.md

The files are the example DAGs of Airflow 1.10 and 2 and of provider wheels of that era, copied with other task and
DAG ids until there are enough. Peers that take minutes for them read them once.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from airshift_dev import fix_corpus
from airshift_dev.envs import Environment, ensure

HERE = Path(sys.executable).parent
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
FILES = 3000
BUSY = (
    "With more processes waiting than the machine has cores, clocks say little, and CPU time grows by a third or so "
    "for everyone; peers that run long suffer most. Limits are meant for an idle machine."
)
_WITH_BYTECODE = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Installed programs have their bytecode; where none is kept, every run would compile its own modules first."""
_IDS = re.compile(r"""(task_id|dag_id)=(["'])""")

LIBCST = """
import sys
from pathlib import Path
import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider, QualifiedNameProvider

class Calls(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (QualifiedNameProvider, PositionProvider)
    found = 0
    def visit_Call(self, node):
        names = self.get_metadata(QualifiedNameProvider, node.func, set())
        if any(name.name.startswith("airflow") for name in names):
            self.get_metadata(PositionProvider, node)
            Calls.found += 1

for path in sorted(Path(sys.argv[1]).rglob("*.py")):
    MetadataWrapper(cst.parse_module(path.read_bytes())).visit(Calls())
print(Calls.found)
"""
DAGBAG = """
import logging, sys
logging.disable(logging.CRITICAL)
from airflow.models.dagbag import DagBag
bag = DagBag(sys.argv[1], include_examples=False, safe_mode=True)
print(len(bag.dags), len(bag.import_errors))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock and of CPU, and the peak of resident memory of one process in megabytes."""

    wall: float
    cpu: float
    memory: float


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> Cost:
    """What one command costs, its children's CPU included."""
    started = datetime.datetime.now(datetime.UTC)
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**_WITH_BYTECODE, **(environment or {})},
    )
    _, _, usage = os.wait4(process.pid, 0)
    wall = (datetime.datetime.now(datetime.UTC) - started).total_seconds()
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def medians(measures: Mapping[str, Callable[[], Cost]], times: int) -> dict[str, Cost]:
    """The median of each figure; the measures take turns, so that a busy moment hits all of them."""
    costs: dict[str, list[Cost]] = {name: [] for name in measures}
    for _ in range(times):
        for name, measure in measures.items():
            costs[name].append(measure())
    return {name: _median(found) for name, found in costs.items()}


def _median(costs: Sequence[Cost]) -> Cost:
    names = ("wall", "cpu", "memory")
    return Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in names))


def corpus(work: Path) -> list[str]:
    """The texts of the example DAGs that nobody here wrote."""
    for _ in fix_corpus.estates(work):
        pass
    texts = (path.read_text(encoding="utf-8") for path in sorted(work.rglob("*.py")))
    return [text for text in texts if "airflow" in text]


def estate(folder: Path, texts: Sequence[str], count: int) -> Path:
    """An estate of so many files."""
    for number in range(count):
        team = folder / f"team{number // 100:03d}" / "dags"
        team.mkdir(parents=True, exist_ok=True)
        text = _IDS.sub(rf"\1=\2c{number}_", texts[number % len(texts)])
        (team / f"dag_{number:05d}.py").write_text(text, encoding="utf-8")
    return folder


def airshift(*arguments: str) -> list[str]:
    return [str(HERE / "airshift"), *arguments]


def check(folder: Path, *more: str) -> list[str]:
    return airshift("check", str(folder), "-t", "3.3.1", "-q", "-f", "concise", *more)


def ruff(folder: Path, *more: str) -> list[str]:
    options = ("--select", "AIR", "--preview", "--quiet", "--isolated", *more)
    return [str(HERE / "ruff"), "check", *options, str(folder)]


def peers(work: Path, texts: Sequence[str], count: int, times: int) -> dict[str, tuple[Cost, int]]:
    """Cost and number of files of everyone."""
    folder = estate(work / "estate", texts, count)
    changed = next(iter(sorted(folder.rglob("*.py"))))
    cache = {"AIRSHIFT_CACHE": str(work / "cache"), "RUFF_CACHE_DIR": str(work / "ruff")}
    python = str(ensure(Environment("2.10.3", wide=True)))
    home = {"AIRFLOW_HOME": str(work / "airflow"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}

    def one_changed() -> Cost:
        changed.write_text(changed.read_text(encoding="utf-8") + "#\n", encoding="utf-8")
        return run(check(folder, "-j", "1"), cache)

    clean = work / "clean.py"
    clean.write_text("from airflow.sdk import DAG\n\nwith DAG('a', schedule=None):\n    pass\n")
    run(check(folder), cache)
    run(check(clean), cache)
    run(ruff(folder), cache)
    large = medians(
        {
            "airshift check, cold": lambda: run(check(folder, "--no-cache")),
            "airshift check, cold, one process": lambda: run(check(folder, "--no-cache", "-j", "1")),
            "ruff check --select AIR, cold": lambda: run(ruff(folder, "--no-cache")),
            "airshift check, warm": lambda: run(check(folder), cache),
            "ruff check --select AIR, warm": lambda: run(ruff(folder), cache),
            "ruff check --select AIR, warm, concise": lambda: run(
                ruff(folder, "--output-format", "concise"), cache
            ),
            "airshift check, one file changed": one_changed,
        },
        times,
    )
    slow = medians(
        {
            "libcst with names and positions": lambda: run([sys.executable, "-c", LIBCST, str(folder)]),
            "DagBag of Airflow 2.10.3": lambda: run([python, "-c", DAGBAG, str(folder)], home),
        },
        1,
    )
    small = medians(
        {
            "airshift --version": lambda: run(airshift("--version")),
            "airshift check, one clean file": lambda: run(check(clean), cache),
            "airshift check, one clean file, cold": lambda: run(check(clean, "--no-cache")),
        },
        times,
    )
    return {
        **{name: (cost, count) for name, cost in (large | slow).items()},
        **{name: (cost, 1) for name, cost in small.items()},
    }


def growth(work: Path, texts: Sequence[str], counts: Sequence[int]) -> list[tuple[int, Cost]]:
    """Cost of one process for more and more files."""
    found = []
    for count in counts:
        folder = estate(work / f"grown{count}", texts, count)
        found.append((count, run(check(folder, "--no-cache", "-j", "1"))))
        shutil.rmtree(folder)
    return found


def table(found: dict[str, tuple[Cost, int]], lines: int) -> list[str]:
    """Everyone's figures; those of a line are left out where a run is about one small file."""
    rows = [
        "| | files | clock | CPU | CPU a file | CPU a line | peak memory |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, (cost, files) in found.items():
        each = f"{cost.cpu / files * 1000:.2f} ms | " + (
            f"{cost.cpu / lines * 1e6:.1f} µs" if files > 1 else ""
        )
        rows.append(
            f"| {name} | {files:,} | {cost.wall:.2f} s | {cost.cpu:.2f} s | {each} | {cost.memory:.0f} MB |"
        )
    return rows


def ratios(found: dict[str, tuple[Cost, int]], grown: Sequence[tuple[int, Cost]]) -> list[str]:
    """What was promised, and what was measured."""

    def wall(one: str, other: str) -> float:
        return found[one][0].wall / found[other][0].wall

    def a_file(name: str) -> float:
        cost, files = found[name]
        return cost.cpu / files

    cold = a_file("airshift check, cold, one process")
    rows = [
        ("cold, clock against ruff", wall("airshift check, cold", "ruff check --select AIR, cold"), "x", 3.0, False),
        ("warm, clock against ruff", wall("airshift check, warm", "ruff check --select AIR, warm"), "x", 1.5, False),
        ("DagBag against cold, CPU a file", a_file("DagBag of Airflow 2.10.3") / cold, "x", 20.0, True),
        ("libcst against cold, CPU a file", a_file("libcst with names and positions") / cold, "x", 20.0, True),
        ("one changed file, CPU", found["airshift check, one file changed"][0].cpu * 1000, "ms", 300.0, False),
        ("--version, CPU", found["airshift --version"][0].cpu * 1000, "ms", 250.0, False),
        ("one clean file, CPU", found["airshift check, one clean file"][0].cpu * 1000, "ms", 250.0, False),
        ("one clean file, cold, CPU", found["airshift check, one clean file, cold"][0].cpu * 1000, "ms", 250.0, False),
    ]  # fmt: skip
    large = [(count, cost) for count, cost in grown if count >= 1000]
    if len(large) > 1:
        each = [cost.cpu / count for count, cost in large]
        rows.append(("cost a file, largest to smallest estate", max(each) / min(each), "x", 1.15, False))
        count, cost = large[-1]
        rows.append((f"peak memory of {count:,} files", cost.memory, "MB", 300 + count * 5 / 1024, False))
    lines = ["| | measured | limit | |", "| --- | ---: | ---: | --- |"]
    for name, value, unit, limit, at_least in rows:
        holds = value >= limit if at_least else value <= limit
        sign = "≥" if at_least else "≤"
        lines.append(
            f"| {name} | {value:.2f} {unit} | {sign} {limit:g} {unit} | {'holds' if holds else 'missed'} |"
        )
    return lines


def page(
    found: dict[str, tuple[Cost, int]], grown: Sequence[tuple[int, Cost]], times: int, lines: int
) -> str:
    """The results as a page of the documentation."""
    cores = os.cpu_count()
    where = (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {cores} cores, {_load()}, "
        f"Python {platform.python_version()}"
    )
    growing = [
        f"| {count:,} | {cost.cpu / count * 1000:.2f} ms | {cost.memory:.0f} MB |" for count, cost in grown
    ]
    parts = [
        "# Performance",
        f"Written by `python benchmarks/check.py {' '.join(sys.argv[1:])}` ({where}; median of {times} rounds, in "
        f"which all take turns; libcst and DagBag read the files once). The files have {lines:,} lines.",
        (__doc__ or "").split("\n\n")[2].replace("\n", " ").strip(),
        BUSY,
        "\n".join(table(found, lines)),
        "\n".join(ratios(found, grown)),
    ]
    if growing:
        head = ["| files | CPU a file | peak memory |", "| ---: | ---: | ---: |"]
        parts += ["One process, no cache:", "\n".join([*head, *growing])]
    return "\n\n".join(parts) + "\n"


def _load() -> str:
    """How busy the machine was besides: more waiting processes than cores make all of them slower."""
    return f"load {os.getloadavg()[2]:.1f} in the last quarter of an hour"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--growth", default="100,1000", help="numbers of files, by comma")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        texts = corpus(Path(work) / "wheels")
        grown = growth(Path(work), texts, [int(count) for count in options.growth.split(",")])
        lines = sum(texts[number % len(texts)].count("\n") for number in range(options.files))
        text = page(peers(Path(work), texts, options.files, options.times), grown, options.times, lines)
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
