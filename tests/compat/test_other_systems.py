"""What does not exist on Windows is not needed to import or run airshift, and terminals may know few characters."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest

from airshift.cli.app import run
from airshift.file_lock import hold
from airshift.files import _relative, root_of

WITHOUT = """
import importlib.abc, importlib.util, os, pkgutil, sys, warnings
BLOCKED = {"fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "syslog", "readline", "crypt", "spwd", "nis"}
for name in BLOCKED & set(sys.modules):
    del sys.modules[name]

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
import asyncio, multiprocessing, subprocess, concurrent.futures.process, getpass, uuid, tempfile, shutil, pathlib, selectors
for name in ("fork", "getuid", "geteuid", "getgid", "getegid", "killpg", "setsid", "getpgid", "chown", "mkfifo"):
    if hasattr(os, name):
        delattr(os, name)
"""
IMPORTS = """
import airshift
count = 0
for found in pkgutil.walk_packages(airshift.__path__, "airshift."):
    if found.name.startswith("airshift.verify.inside.") or found.name.endswith((".__main__", ".probe_dag")):
        continue  # runs within an Airflow, which has no Windows
    if found.name.startswith("airshift.lsp.") or found.name == "airshift.clients.dask_cluster":
        continue  # needs an extra
    importlib.import_module(found.name)
    count += 1
assert count > 300, count
"""
RUNS = """
from airshift.cli.app import run
code = run(sys.argv[1:])
sys.stdout.flush()
os._exit(code)
"""


def without_posix(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    text = textwrap.dedent(WITHOUT) + "import importlib\n" + program
    command = [sys.executable, "-c", text, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_every_module_imports_without_what_only_posix_has() -> None:
    done = without_posix(IMPORTS)
    assert done.returncode == 0, done.stderr[-2000:]


OLD = "from airflow.operators.bash_operator import BashOperator\r\nx = BashOperator(task_id='a')\r\n"


@pytest.mark.parametrize(
    ("command", "code"),
    [("check", 1), ("inventory", 0), ("doctor", None), ("fix", 0)],
)
def test_commands_run_without_what_only_posix_has(command: str, code: int | None, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(OLD.encode())
    done = without_posix(RUNS, command, str(tmp_path))
    assert "internal error" not in done.stderr
    assert done.returncode == code or (code is None and done.returncode in (0, 1)), done.stderr[-2000:]


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(OLD.encode())
    assert run(["fix", str(file), "--quiet"]) == 0
    assert file.read_bytes() != OLD.encode()
    assert file.read_bytes().count(b"\n") == file.read_bytes().count(b"\r\n")


@pytest.mark.parametrize(
    ("file", "root", "shown"),
    [
        (r"C:\estate\dags\a.py", r"C:\estate", "dags/a.py"),
        (r"c:\Estate\DAGs\a.py", r"C:\estate", "DAGs/a.py"),
        (r"D:\other\a.py", r"C:\estate", "D:/other/a.py"),
        (r"\\server\share\dags\a.py", r"\\server\share", "dags/a.py"),
        (r"C:\estate\größer\日本.py", r"C:\estate", "größer/日本.py"),
    ],
)
def test_paths_of_windows_are_shown_with_slashes(file: str, root: str, shown: str) -> None:
    assert _relative(PureWindowsPath(file), PureWindowsPath(root)) == shown  # type: ignore[arg-type]


def test_folders_on_two_drives_have_the_first_as_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def apart(paths: object) -> str:
        raise ValueError("Paths don't have the same drive")

    monkeypatch.setattr("os.path.commonpath", apart)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert root_of([tmp_path / "one", tmp_path / "two"]) == tmp_path / "one"


def test_a_held_file_is_held_against_others(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    program = (
        f"import os; from airshift.file_lock import hold; hold(os.open({str(file)!r}, os.O_RDWR), wait=False)"
    )
    with file.open("w") as mine:
        hold(mine.fileno(), wait=False)
        assert (
            subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 1
        )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


DAG = """\
from airflow import DAG
from airflow.operators.bash_operator import BashOperator
from datetime import datetime
with DAG("größer_日本_\U0001f600", schedule_interval="@daily", start_date=datetime(2024, 1, 1)) as dag:
    a = BashOperator(task_id="ä", bash_command="echo 'größer \U0001f600' {{ execution_date }}")
    b = BashOperator(task_id="ö", bash_command="日本", provide_context=True)
    a >> b
"""
COMMANDS = """
check {estate}
check {estate} --format concise
check {estate} --format json
check {estate} --format markdown
check {estate} --format html
check {estate} --format github
check {estate} --statistics
fix {estate} --diff
fix {estate}
inventory {estate}
inventory {estate} --format json
graph {estate}
graph {estate} --format mermaid
simulate {estate}
serverless {estate}
size {estate}
assess {estate} --out {out} --exit-zero
plan {estate} --out {out}
plan {estate} --why größer_日本_\U0001f600
pin {estate}/requirements.txt --offline
doctor {estate}
config show {estate}
explain AS101
rules
constraints list
constraints diff 2.10.3 3.3.1
cache dir
--help
check --help
no-such-cömmand
check {estate}/größer
"""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("line", COMMANDS.strip().splitlines())
def test_a_terminal_that_knows_few_characters_is_enough(
    line: str, encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = tmp_path / "Größe \U0001f600".replace(" ", "_")
    estate.mkdir()
    (estate / "größer_日本.py").write_text(DAG, encoding="utf-8")
    (estate / "requirements.txt").write_text(
        "# größer \U0001f600\napache-airflow==2.10.3\nnö\n", encoding="utf-8"
    )
    streams: dict[str, Any] = {
        "stdout": io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict"),
        "stderr": io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace"),
    }
    for name, value in {
        "TERM": "dumb",
        "LANG": "C",
        "LC_ALL": "C",
        "AIRSHIFT_CACHE": str(tmp_path / "cache"),
    }.items():
        monkeypatch.setenv(name, value)
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    code = run([word.format(estate=estate, out=tmp_path / "oüt") for word in line.split()])
    for stream in streams.values():
        stream.flush()
    said = {name: stream.buffer.getvalue().decode(encoding, "replace") for name, stream in streams.items()}
    assert "internal error" not in said["stderr"]
    assert code in (0, 1, 2, 3)
    assert said["stdout"] or said["stderr"] or code == 0
    assert "\x1b" not in said["stdout"]
