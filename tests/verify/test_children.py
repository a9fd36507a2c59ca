"""A child may do whatever it likes: one answer comes back and no process stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airshift.verify.inside.airshift_parser import children
from airshift.verify.inside.airshift_parser.children import Limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found through /proc")
LIMITS = Limits(seconds=5, memory_mb=300)


def loop() -> dict[str, Any]:
    while True:
        pass


def eat() -> dict[str, Any]:
    held = []
    while True:
        held.append(bytearray(20_000_000))


def leave() -> dict[str, Any]:
    sys.exit(3)


def vanish() -> dict[str, Any]:
    os._exit(4)


def kill() -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def fail() -> dict[str, Any]:
    raise ValueError("no")


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (loop, "stopped after 1 s"),
        (eat, "MemoryError: it needed more than 300 MB"),
        (leave, "SystemExit: 3"),
        (vanish, "the process ended itself (exit code 4)"),
        (kill, "the process was ended by SIGKILL"),
        (fail, "ValueError: no"),
    ],
)
def test_whatever_happens_is_an_answer(work: Callable[[], dict[str, Any]], said: str) -> None:
    limits = Limits(1, 300) if work is loop else LIMITS
    assert children.answer_of(work, limits) == {"error": said}


_SPOILS = """
import os
from airshift.verify.inside.airshift_parser import children

def spoil():
    for descriptor in range(64):
        try:
            os.write(descriptor, b'\\xff\\x00{"dags": 1}\\n')
        except OSError:
            continue
    return {"fine": True}

own = os.open(os.devnull, os.O_WRONLY)
print(children.answer_of(spoil, children.Limits(5, 0, (own,))))
"""


def test_garbage_in_every_open_file_does_not_reach_the_answer() -> None:
    done = subprocess.run([sys.executable, "-c", _SPOILS], capture_output=True, check=True)
    assert done.stdout == b"{'fine': True}\n"


def test_forks_and_daemons_are_ended_with_the_child(tmp_path: Path) -> None:
    note = tmp_path / "pids"

    def fork() -> dict[str, Any]:
        for _ in range(3):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    with note.open("a") as file:
                        file.write(f"{os.getpid()}\n")
                    time.sleep(60)
                time.sleep(60)
        while len(note.read_text().split() if note.exists() else []) < 3:
            time.sleep(0.01)
        return {"fine": True}

    children.adopt_orphans()
    assert children.answer_of(fork, LIMITS) == {"fine": True}
    pids = [int(line) for line in note.read_text().split()]
    assert len(pids) == 3
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_a_fork_that_returns_from_the_work_gives_no_second_answer() -> None:
    def fork() -> dict[str, Any]:
        return {"child": os.fork() == 0}

    assert children.answer_of(fork, LIMITS) == {"child": False}
