"""A check on a Dask cluster gives the same bytes as one in this process, whatever happens to the workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from airshift.checking import check_listing, check_paths, rule_context
from airshift.clients import dask_cluster
from airshift.clients.dask_cluster import DaskCluster
from airshift.errors import ServiceError
from airshift.files import EstateFile, list_files
from airshift.findings import Problem
from airshift.source_version import detect_source
from airshift.targets import parse_target
from clients.slow_judge import slowly

ESTATE = Path(__file__).parents[2] / "examples" / "estate"
HERE = Path(__file__).parents[1]


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and single-threaded workers, as processes of their own."""
    environment = {**os.environ, "PYTHONPATH": str(HERE), "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "0"}
    told = folder / "scheduler.json"

    def start(*command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *command, "--scheduler-file", str(told)],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip

    scheduler = ("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    worker = ("distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard")
    processes = [start(*scheduler)]
    try:
        while not told.exists():
            time.sleep(0.1)
        processes += [start(*worker) for _ in range(workers)]
        from distributed import Client

        with Client(scheduler_file=str(told), set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
            address = client.scheduler.address
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def files(folder: Path, names: Sequence[str]) -> list[EstateFile]:
    found = []
    for name in names:
        (folder / name).write_text(name)
        found.append(EstateFile(folder / name, name))
    return found


@pytest.mark.oracle
def test_the_same_report_and_a_lost_worker(tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    many = files(tmp_path / "many", [f"{number:04}.py" for number in range(400)])
    many.insert(7, EstateFile(tmp_path / "gone.py", "gone.py"))
    with cluster(tmp_path, 2) as (address, workers):
        on_cluster = DaskCluster(address)
        listing = list_files([ESTATE])
        context = rule_context(parse_target("3.3.1"), detect_source(listing))
        found = check_listing(listing, context, workers=on_cluster)
        alone = check_paths([ESTATE], target=parse_target("3.3.1"))
        assert (found.findings, found.problems) == (alone.findings, alone.problems)

        killer = threading.Timer(1.0, lambda: os.kill(workers[0].pid, signal.SIGKILL))
        killer.start()
        told = list(on_cluster.judge(slowly, "x", many))
        killer.join()
        assert workers[0].wait() == -signal.SIGKILL
        assert isinstance(told[7], Problem)
        assert [one for one in told if isinstance(one, str)] == [
            f"x {file.path} 7" for file in many if file.path != "gone.py"
        ]
        on_cluster.close()


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "_PATIENCE", 1)
    with pytest.raises(ServiceError, match="no Dask scheduler answers"):
        DaskCluster("tcp://127.0.0.1:9")


def test_batches_are_bounded_and_keep_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "_BATCH", 2)
    found = files(tmp_path, ["a", "b", "c"])
    found.insert(1, EstateFile(tmp_path / "none", "none"))
    batches = list(dask_cluster._batches(found))
    assert [[path for path, _ in task] for _, task in batches] == [["a", "b"], ["c"]]
    assert [[place is None for place in places] for places, _ in batches] == [[True, False, True], [True]]
