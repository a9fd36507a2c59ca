"""Time and peak memory of inventory and graph on made-up estates of growing size.

python benchmarks/inventory.py [1000 3000 10000]
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from airshift.cli.progress import progress_bar
from airshift.estate.graph import build_graph
from airshift.estate.inventory import build_inventory
from airshift.files import list_files
from airshift.output.pages import graph_html

SIZES = (1000, 3000, 10_000)
Answer = tuple[float, float, float, int, int]
GROWTH = 1.3
"""Times the cost of a DAG may grow from the first to the last size and still count as linear."""
TEMPLATE = '''"""A made-up pipeline."""
from datetime import datetime, timedelta
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sensors.external_task import ExternalTaskSensor

with DAG("team{team:02}_{number:05}", schedule_interval=timedelta(hours=6), start_date=datetime(2024, 1, 1),
         default_args={{"owner": "team{team}"}}, catchup=False) as dag:
    wait = ExternalTaskSensor(task_id="wait", external_dag_id="{before}")
    parts = [BashOperator(task_id=f"part_{{n}}", bash_command="echo {{{{ ds }}}}") for n in range(8)]
    wait >> parts >> TriggerDagRunOperator(task_id="next", trigger_dag_id="{after}")
'''


def write_estate(folder: Path, size: int) -> None:
    """Write `size` DAG files in forty folders, each linked with two others."""

    def name(number: int) -> str:
        return f"team{number % size % 40:02}_{number % size:05}"

    for number in range(size):
        path = folder / f"team{number % 40:02}" / f"dag_{number:05}.py"
        path.parent.mkdir(exist_ok=True)
        text = TEMPLATE.format(
            team=number % 40, number=number, before=name(number * 7 + 1), after=name(number + 40)
        )
        path.write_text(text, encoding="utf-8")


def measure(folder: str, answers: multiprocessing.SimpleQueue[Answer]) -> None:
    """Inventory and graph one estate.

    Answers seconds, seconds of processors, peak MiB of this process and a worker, DAGs and edges.
    """
    started = time.perf_counter()
    with progress_bar("Reading DAGs", quiet=False) as progress:
        found, _ = build_inventory(list_files([Path(folder)]), progress)
    graph_html(build_graph(found))
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    peak = sum(usage.ru_maxrss for usage in usages) / 1024
    spent = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    answers.put((time.perf_counter() - started, spent, peak, len(found.dags), len(found.edges)))


def main(arguments: Sequence[str]) -> int:
    """Print one line for each size, and whether the last size cost more for each DAG than the first."""
    print("DAG files      DAGs     edges   seconds  CPU ms/DAG  peak MiB   KiB/DAG")
    context = multiprocessing.get_context("spawn")
    each: list[tuple[float, float]] = []
    for size in [int(text) for text in arguments] or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            write_estate(Path(folder), size)
            answers: multiprocessing.SimpleQueue[Answer] = context.SimpleQueue()
            process = context.Process(target=measure, args=(folder, answers))
            process.start()
            process.join()
            seconds, spent, peak, dags, edges = answers.get()
        each.append((1000 * spent / dags, 1024 * peak / dags))
        print(
            f"{size:9} {dags:9} {edges:9} {seconds:9.1f} {each[-1][0]:11.2f} {peak:9.0f} {each[-1][1]:9.1f}",
            flush=True,
        )
    time_ratio, memory_ratio = (last / first for first, last in zip(each[0], each[-1], strict=True))
    print(
        f"a DAG of the last size costs {time_ratio:.2f} times the time and {memory_ratio:.2f} times the memory"
    )
    return 0 if max(time_ratio, memory_ratio) < GROWTH else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
