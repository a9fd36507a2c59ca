"""A killed `airshift fix` leaves whole files: each is as it was or as it shall be."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from airshift.atomic import STALE, remove_leftovers

TEMPORARY = re.compile(r"\.dag_\d+\.py\.[a-z0-9_]{8}\.airshift")


def before(number: int) -> bytes:
    return (
        b"from airflow.operators.dummy_operator import DummyOperator\n\n"
        b"DummyOperator(task_id='t%d')\n" % number + b"# filler\n" * (number % 50)
    )


def after(number: int) -> bytes:
    return (
        before(number)
        .replace(b"airflow.operators.dummy_operator", b"airflow.providers.standard.operators.empty")
        .replace(b"DummyOperator", b"EmptyOperator")
    )


def estate(root: Path, size: int) -> list[Path]:
    files = [root / f"dag_{number:04}.py" for number in range(size)]
    for number, file in enumerate(files):
        file.write_bytes(before(number))
    return files


def start(root: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "airshift", "fix", str(root), "--quiet", "--target", "3.3.1"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def kill_when_reached(process: subprocess.Popen[bytes], file: Path, old: int, jitter: float) -> bool:
    """Kill the run a moment after it wrote `file`; False when it had already ended."""
    while process.poll() is None:
        if file.stat().st_ino != old:
            time.sleep(jitter)
            process.kill()
            return process.wait() == -9
        time.sleep(0.002)
    return False


def killed_runs(root: Path, size: int, runs: int, seed: int = 20) -> int:
    """Kill `runs` runs at random points; return how many of them had written some files and not all."""
    files = estate(root, size)
    chance = random.Random(seed)
    halfway = 0
    for _ in range(runs):
        reached = files[chance.randrange(size * 9 // 10)]
        process = start(root)
        assert kill_when_reached(process, reached, reached.stat().st_ino, chance.random() / 200)
        new = 0
        for number, file in enumerate(files):
            content = file.read_bytes()
            if content == before(number):
                continue
            assert content == after(number), file
            new += 1
            file.write_bytes(before(number))
        halfway += 0 < new < size
        others = {entry.name for entry in root.iterdir()} - {file.name for file in files}
        assert all(TEMPORARY.fullmatch(name) for name in others), others
    return halfway


def test_a_killed_run_leaves_whole_files(tmp_path: Path) -> None:
    assert killed_runs(tmp_path, 150, 3) == 3


@pytest.mark.oracle
@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(5))
def test_fifty_killed_runs_of_two_thousand_files_leave_whole_files(seed: int, tmp_path: Path) -> None:
    assert killed_runs(tmp_path, 2000, 10, seed) >= 9


def test_the_next_run_removes_what_an_old_one_left(tmp_path: Path) -> None:
    files = estate(tmp_path, 2)
    stale, young = tmp_path / ".dag_0000.py.abcd_123.airshift", tmp_path / ".dag_0000.py.abcd1234.airshift"
    mine = tmp_path / "notes.airshift"
    for file in (stale, young, mine):
        file.write_bytes(b"from airflow")
    for file in (stale, mine):
        os.utime(file, (time.time() - STALE - 60,) * 2)
    assert start(tmp_path).wait() == 0
    assert {file.name for file in tmp_path.iterdir()} == {f.name for f in (*files, young, mine)}
    assert [file.read_bytes() for file in files] == [after(0), after(1)]


def test_links_are_not_removed(tmp_path: Path) -> None:
    target, link = tmp_path / "a", tmp_path / ".a.abcd1234.airshift"
    target.write_bytes(b"")
    os.utime(target, (0, 0))
    link.symlink_to(target)
    assert remove_leftovers([link]) == 0
    assert link.is_symlink()
