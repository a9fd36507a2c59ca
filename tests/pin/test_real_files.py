"""Requirements of public projects of the 2.x era: what `airshift pin` makes of them really installs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from airshift.pin.decisions import Action
from airshift.pin.external import uv_command
from airshift.pin.output import new_text
from airshift.pin.run import Outcome, Wishes, run_pin
from airshift.pin.store import load_bundled
from airshift.targets import parse_target

FILES = sorted((Path(__file__).parent / "real").glob("*.txt"))
TARGETS = ("3.0.6", "3.3.1")
INSTALLED = (("gcp-airflow-foundations-0.3.7", "3.3.1"), ("acceldata-o2a-1.0.0", "3.0.6"))

pytestmark = [pytest.mark.oracle, pytest.mark.network]


@cache
def pinned(file: Path, target: str) -> Outcome:
    return run_pin(Wishes(file, parse_target(target)), None)


def requirements(outcome: Outcome, folder: Path) -> list[str]:
    """Write the new file, its constraint line naming a local copy, and return the arguments of pip."""
    pins = outcome.request.pins
    (folder / "constraints.txt").write_text("\n".join(load_bundled(pins.version, pins.python).lines()))
    text = new_text(outcome.request.documents[0], outcome.resolution)
    assert text.startswith(f"--constraint {outcome.request.constraint_url}")
    local = text.replace(outcome.request.constraint_url, str(folder / "constraints.txt"))
    (folder / "requirements.txt").write_text(local)
    return ["-r", str(folder / "requirements.txt"), f"apache-airflow=={pins.version}"]


def environment(folder: Path) -> Path:
    from airshift_dev.envs import interpreter

    subprocess.run(
        [*uv_command(), "venv", "--quiet", "--python", interpreter("3.12"), str(folder / "venv")], check=True
    )
    return folder / "venv" / "bin" / "python"


def uv(*arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    return subprocess.run(
        [*uv_command(), *arguments], capture_output=True, text=True, env=variables, check=False
    )


def test_there_are_five_files_of_ten_to_sixty_lines() -> None:
    sizes = [sum(line[:1] not in ("#", "\n") for line in file.open()) for file in FILES]
    assert len(FILES) == 5
    assert min(sizes) >= 10
    assert max(sizes) <= 60


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_new_file_installs_with_airflow_under_the_official_constraints(
    file: Path, target: str, tmp_path: Path
) -> None:
    outcome = pinned(file, target)
    assert outcome.resolution.is_complete, outcome.resolution.problems
    for decision in outcome.resolution.decisions:
        if decision.action is Action.CONFLICT:
            assert len(decision.sides) == 2
            assert all(decision.sides)
    python = environment(tmp_path)
    arguments = requirements(outcome, tmp_path)
    command = (
        "pip",
        "install",
        "--dry-run",
        "--python",
        str(python),
        "--index-strategy",
        "unsafe-best-match",
    )
    done = uv(*command, "--offline", *arguments)
    if done.returncode:
        done = uv(*command, *arguments)
    assert done.returncode == 0, done.stderr
    would = dict(re.findall(r"^ \+ ([a-z0-9-]+)==(\S+)$", done.stderr, re.MULTILINE))
    assert would["apache-airflow"] == target
    official = load_bundled(target, "3.12").versions
    assert {name: version for name, version in would.items() if official.get(name, version) != version} == {}


@pytest.mark.parametrize(("name", "target"), INSTALLED)
def test_the_new_file_really_installs(name: str, target: str, tmp_path: Path) -> None:
    file = next(file for file in FILES if file.stem == name)
    outcome = pinned(file, target)
    python = environment(tmp_path)
    arguments = requirements(outcome, tmp_path)
    done = uv("pip", "install", "--python", str(python), "--index-strategy", "unsafe-best-match", *arguments)
    assert done.returncode == 0, done.stderr
    checked = uv("pip", "check", "--python", str(python))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    code = "import airflow, sys; sys.stdout.write(airflow.__version__)"
    variables = {**os.environ, "AIRFLOW_HOME": str(tmp_path / "home")}
    shown = subprocess.run(
        [str(python), "-c", code], capture_output=True, text=True, env=variables, check=True
    )
    assert shown.stdout == target


def test_pip_tools_resolves_for_its_own_python(tmp_path: Path) -> None:
    from airshift.pin.external import PipTools, Question, Solved

    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    question = Question(("dacite>=1.5",), ("dacite==1.8.1",), python)
    solved = PipTools().solve(question)
    assert isinstance(solved, Solved), solved
    assert solved.versions == {"dacite": "1.8.1"}


def test_a_wheelhouse_holds_the_wheels_that_the_image_lacks(tmp_path: Path) -> None:
    import zipfile

    from airshift.cli.app import run

    (tmp_path / "r.txt").write_text("pandas\ndacite==1.5.0\nboto3\ndocopt==0.6.2\n")
    house = tmp_path / "house"
    assert run(["pin", str(tmp_path / "r.txt"), "--target", "mwaa-3.0.6", "--wheelhouse", str(house)]) == 1
    names = zipfile.ZipFile(house / "plugins.zip").namelist()
    assert any(re.match(r"pandas-[\d.]+-cp312-cp312-manylinux", name) for name in names)
    assert any(name.startswith("dacite-") for name in names)
    assert "docopt-0.6.2-py2.py3-none-any.whl" in names
    assert "constraints.txt" in names
    assert not any(name.startswith("boto3-") for name in names)
    assert "--no-index" in (house / "requirements.txt").read_text()
