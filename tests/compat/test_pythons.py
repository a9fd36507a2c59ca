"""The same results on every Python that airshift supports, byte for byte."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from airshift.folders import cache_folder
from airshift.pin.external import uv_command
from airshift.verify.interpreters import interpreter

pytestmark = pytest.mark.oracle
ROOT = Path(__file__).parents[2]
OTHERS = ("3.12", "3.13", "3.14")


def environment(python: str) -> Path:
    """An interpreter of that version with the locked packages, made once and kept."""
    uv, found = uv_command(), interpreter(python)
    assert uv is not None
    if found is None:
        pytest.skip(f"no Python {python} on this machine")
    lock = ROOT / "requirements.lock"
    place = Path(os.environ.get("AIRSHIFT_ENVS") or cache_folder() / "envs")
    folder = place / f"python-{python}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    made = folder / "bin" / "python"
    if not (folder / "ready").is_file():
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", found, str(folder)], check=True)
        install = [
            *uv,
            "pip",
            "install",
            "--quiet",
            "--python",
            str(made),
            "--require-hashes",
            "-r",
            str(lock),
        ]
        subprocess.run(install, check=True, capture_output=True)
        (folder / "ready").touch()
    return made


def results(python: Path, folder: Path) -> dict[str, bytes]:
    """What check, assess and fix give for the example estate, without the times in it."""
    estate = folder / "estate"
    shutil.copytree(ROOT / "examples" / "estate", estate)
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "AIRSHIFT_CACHE": str(folder / "cache")}
    found: dict[str, bytes] = {}
    for name, arguments in {
        "check": ["check", "estate", "--format", "json"],
        "inventory": ["inventory", "estate", "--format", "json"],
        "assess": ["assess", "estate", "--out", "report", "--exit-zero", "--quiet"],
        "fix": ["fix", "estate", "--unsafe-fixes", "--format", "json"],
    }.items():
        command = [str(python), "-m", "airshift", *arguments]
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, check=False)
        assert done.returncode in (0, 1, 3), done.stderr.decode()
        found[name] = done.stdout
    report = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    found["report.json"] = re.sub(rb'"generated_at": "[^"]*"', b"", json.dumps(report).encode())
    for file in sorted(estate.rglob("*")):
        if file.is_file():
            found[file.relative_to(folder).as_posix()] = file.read_bytes()
    return found


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return results(Path(sys.executable), tmp_path_factory.mktemp("ours"))


@pytest.mark.parametrize("python", OTHERS)
def test_another_python_gives_the_same_bytes(python: str, ours: dict[str, bytes], tmp_path: Path) -> None:
    theirs = results(environment(python), tmp_path)
    assert theirs.keys() == ours.keys()
    assert [name for name in ours if theirs[name] != ours[name]] == []
    assert b"AS" in ours["check"]
