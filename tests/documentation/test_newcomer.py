"""The path of a newcomer: a clean clone, the demo, an own repository, a first pull request, CI with a baseline, a plan.

Nothing here says what to type: the commands are those of README.md and docs/tutorial.md.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from documentation.consoles import ROOT, Command, commands, complaints, run
from documentation.test_how_tos import TUTORIAL, surroundings

README = ROOT / "README.md"
ELSEWHERE = {
    "pip install .": "the tutorial's `make demo` has installed it",
    "make test": "this is part of it",
    "airshift pin": "asks the package index; its own tests have one",
    "airshift verify": "needs two Airflow installs; its own tests have them",
}
"""Commands of the README that are not run here, and why."""

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean clone; what is not committed yet comes along, so that changes can be tried."""
    folder = tmp_path_factory.mktemp("newcomer") / "airshift"
    git = ["git", "-C", str(ROOT)]
    subprocess.run([*git, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)], check=True)
    changed = subprocess.run(
        [*git, "ls-files", "-mdo", "--exclude-standard", "-z"], capture_output=True, check=True
    )
    for name in filter(None, changed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)
    return folder


def newcomer(home: Path) -> dict[str, str]:
    """A reader's shell without airshift; uv takes packages from where `make setup` has put them before.

    `DEV` leaves the development tools out, which the path does not need.
    """
    tools = home / "tools"
    tools.mkdir(exist_ok=True)
    if not (tools / "uv").exists():
        (tools / "uv").symlink_to(Path(sys.executable).parent / "uv")
    python = Path(sys.base_prefix) / "bin"
    cache = os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache" / "uv")
    return surroundings(home) | {
        "PATH": f"{tools}:{python}:/usr/local/bin:/usr/bin:/bin",
        "PYTHON": str(python / "python3"),
        "UV_OFFLINE": "1",
        "DEV": "",
        "UV_CACHE_DIR": cache,
    }


def test_the_tutorial_leads_from_a_clone_to_a_plan(clone: Path) -> None:
    todo = commands(TUTORIAL)
    assert todo[0].text == "make demo" in README.read_text(encoding="utf-8")
    outcomes = run(todo, clone, newcomer(clone.parent))
    assert "\n\n".join(complaints(outcomes)) == ""
    beside = clone.parent
    assert (clone / "out" / "demo" / "report.html").is_file()
    assert (beside / "plan" / "plan.html").is_file()
    assert list((beside / "plan" / "runbooks").glob("wave-*.md"))
    log = subprocess.run(
        ["git", "-C", str(beside / "orders"), "log", "--oneline"], capture_output=True, check=True
    )
    assert len(log.stdout.splitlines()) == 4


def readme_commands() -> list[str]:
    """The commands in README's code blocks, comments left out."""
    fences = re.findall(r"^```\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)
    lines = (line.split(" #")[0].strip() for fence in fences for line in fence.splitlines())
    return [line for line in lines if line.startswith(("make ", "pip ", "airshift "))]


def test_the_commands_of_the_readme_run(clone: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "estate", tmp_path / "path" / "to" / "repo")
    found = readme_commands()
    assert {name for name in ELSEWHERE if not any(line.startswith(name) for line in found)} == set()
    todo = [line for line in found if not line.startswith((*ELSEWHERE, "make "))]
    assert len(todo) > 4
    path = f"{clone / '.venv' / 'bin'}:{surroundings(tmp_path)['PATH']}"
    outcomes = run([Command(line, ()) for line in todo], tmp_path, surroundings(tmp_path) | {"PATH": path})
    usage = [
        outcome for outcome in outcomes if outcome.code not in (0, 1, 3) or "Traceback" in outcome.printed
    ]
    assert [(outcome.command.text, outcome.printed) for outcome in usage] == []
    assert (tmp_path / "report" / "report.html").is_file()
    assert (tmp_path / "plan" / "plan.html").is_file()
