"""`airshift verify` on real Airflows: Airflow's own example DAGs, and files that behave badly."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from airshift.cli.app import run
from airshift_dev.envs import ROOT, Environment, ensure, envs_folder
from airshift_dev.parsing import parse_files, site_packages

pytestmark = pytest.mark.oracle
SCHEMA = json.loads((ROOT / "docs/schemas/verify.schema.json").read_text())
SOURCE, TARGET = "2.10.3", "3.3.1"


@pytest.fixture(autouse=True)
def _kept_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRSHIFT_CACHE", str(envs_folder() / "verify"))


def verify(estate: Path, tmp_path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    output = tmp_path / "verified.json"
    command = ["verify", str(estate), "--source", SOURCE, "--target", TARGET, "-q", "-f", "json"]
    code = run([*command, "-o", str(output), *options])
    document: dict[str, Any] = json.loads(output.read_text())
    Draft202012Validator(SCHEMA).validate(document)
    return code, document


def pythons() -> list[str]:
    source, target = (str(ensure(Environment(version, wide=True))) for version in (SOURCE, TARGET))
    return ["--source-python", source, "--target-python", target]


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples of 2.10.3 as an estate: what they import from each other is the estate's own."""
    estate = tmp_path_factory.mktemp("examples")
    packaged = site_packages(Environment(SOURCE, wide=True)) / "airflow" / "example_dags"
    shutil.copytree(packaged, estate / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    for file in (estate / "dags").glob("*.py"):
        file.write_text(file.read_text().replace("airflow.example_dags.subdags", "subdags"))
    return estate


def test_as_is_exactly_the_files_that_fail_on_the_target_are_told(examples: Path, tmp_path: Path) -> None:
    code, found = verify(examples, tmp_path, "--as-is", *pythons())
    failing = {one["path"] for one in found["files"] if one["target"] not in ("ok", "not read")}
    both = {one["path"] for one in found["files"] if one["source"] != "ok"}
    files = [examples / one["path"] for one in found["files"]]
    real = parse_files(TARGET, files, root=examples / "dags")
    expected = {file.relative_to(examples).as_posix() for file, one in real.items() if one.error}
    assert code == 1
    assert failing - both == expected - both
    assert both == {"dags/example_workday_timetable.py"}
    assert len(failing) > 10


def test_after_fix_the_dags_are_equal(examples: Path, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("virtualenv\n")
    _, found = verify(examples, tmp_path, "--pin-behaviour", "--requirements", str(requirements))
    verdicts = Counter(dag["verdict"] for dag in found["dags"])
    assert sum(verdicts.values()) > 70
    assert (verdicts["equal"] + verdicts["intended"]) / sum(verdicts.values()) >= 0.97
    assert all(
        one["intended"] for dag in found["dags"] if dag["verdict"] == "intended" for one in dag["differences"]
    )


def test_static_findings_predict_every_failure_and_nothing_else(
    examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verify(examples, tmp_path, "--as-is", *pythons())
    capsys.readouterr()
    assert (
        run(["check", str(examples), "-t", TARGET, "-q", "--calibrate", str(tmp_path / "verified.json")]) == 0
    )
    assert "precision 100.0%, recall 100.0%" in capsys.readouterr().out


HOSTILE = {
    "loops.py": ("while True: pass", "stopped after 5 s"),
    "memory.py": ("x = []\nwhile True: x.append(bytearray(50_000_000))", "MemoryError"),
    "leaves.py": ("import sys\nsys.exit(3)", "SystemExit: 3"),
    "vanishes.py": ("import os\nos._exit(0)", "the process ended itself (exit code 0)"),
    "kills.py": ("import os\nos.kill(os.getpid(), 9)", "ended by SIGKILL"),
    "garbage.py": ("import os\nfor n in range(40):\n    try: os.write(n, b'\\xff\\x00{}\\n')\n    except OSError: pass\n1/0", "ZeroDivisionError"),
    "forks.py": ("import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nraise ValueError('parent')", "ValueError: parent"),
}  # fmt: skip


def test_files_that_behave_badly_are_one_failed_row_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    estate = tmp_path / "estate"
    estate.mkdir()
    for name, (code, _) in HOSTILE.items():
        (estate / name).write_text(f"from airflow import DAG\n{code}\n")
    (estate / "fine.py").write_text('from airflow import DAG\nDAG("fine", schedule=None)\n')
    limits = ["--timeout", "5", "--memory", "300"]
    _, found = verify(estate, tmp_path, "--as-is", "--no-cache", *limits, *pythons())
    said = {one["path"]: one for one in found["files"]}
    assert set(said) == {*HOSTILE, "fine.py"}
    for name, (_, error) in HOSTILE.items():
        assert error in said[name]["source"], name
        assert error in said[name]["target"], name
    assert (said["fine.py"]["source"], said["fine.py"]["target"]) == ("ok", "ok")
    assert _processes(tmp_path) == []


def _processes(scratch: Path) -> list[str]:
    """What is left of the workers whose order stands below a folder, and of their children."""
    lines = [_command(process) for process in Path("/proc").glob("[0-9]*")]
    return [line for line in lines if "airshift_parser" in line and str(scratch) in line]


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:
        return ""


_SPY = """
import os, subprocess, urllib.request
from airflow import DAG
found = [os.environ.get("AWS_SECRET_ACCESS_KEY")]
for path in (os.path.expanduser("~/.aws/credentials"), "{home}/.aws/credentials", f"/proc/{{os.getppid()}}/environ"):
    try:
        found.append(open(path).read())
    except OSError as error:
        found.append(type(error).__name__)
found.append(subprocess.run(["cat", "{home}/.aws/credentials"], capture_output=True, text=True).stdout)
try:
    urllib.request.urlopen("http://127.0.0.1:9", timeout=2)
except OSError as error:
    found.append(type(error).__name__)
raise RuntimeError(repr(found))
"""


def test_a_file_finds_no_secret_and_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, estate = tmp_path / "home", tmp_path / "estate"
    (home / ".aws").mkdir(parents=True)
    estate.mkdir()
    (home / ".aws" / "credentials").write_text("canary-in-file")
    (estate / "spy.py").write_text(_SPY.format(home=home))
    options = pythons()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-in-environment")
    _, found = verify(estate, tmp_path, "--as-is", "--no-cache", *options)
    (row,) = found["files"]
    for side in ("source", "target"):
        assert "RuntimeError: [None, 'FileNotFoundError'" in row[side]
        assert "'URLError'" in row[side]
        assert "canary-in" not in row[side]
    assert "canary-in" not in json.dumps(found)


_LOOKS_UP = """
import not_installed_here
from airflow import DAG
from airflow.models import Variable
from airflow.hooks.base import BaseHook
from airflow.operators.bash import BashOperator
host = BaseHook.get_connection("db").host
with DAG(f"d_{Variable.get('team')}", schedule=None, catchup=False, tags=[not_installed_here.answer(42)]) as dag:
    BashOperator(task_id=Variable.get("name", default_var="fallback"), bash_command=f"echo {host} {{{{ var.value.path }}}}")
"""


def test_look_ups_and_missing_modules_get_the_same_answers_on_both_sides(tmp_path: Path) -> None:
    estate = tmp_path / "estate"
    estate.mkdir()
    (estate / "d.py").write_text(_LOOKS_UP)
    given = tmp_path / "given.json"
    given.write_text('{"variables": {"team": "blue"}}')
    options = ["--no-cache", "--stub-missing", "--placeholders", str(given), *pythons()]
    code, found = verify(estate, tmp_path, *options)
    assert code == 0
    assert [(dag["dag_id"], dag["verdict"]) for dag in found["dags"]] == [("d_blue", "equal")]
    assert found["caveats"] == [
        "stand-ins for modules that are not installed: not_installed_here",
        "answered with placeholders: connection db, variable path",
    ]


def test_a_dag_of_local_operators_runs_on_the_target(examples: Path, tmp_path: Path) -> None:
    wanted = ["--run", "tutorial_dag", "--run", "example_sensors", "--run", "no_such_dag"]
    _, found = verify(examples, tmp_path, *wanted, *pythons())
    states = {one["dag_id"]: one["state"] for one in found["runs"]}
    assert states == {"tutorial_dag": "success", "example_sensors": "", "no_such_dag": ""}
    reasons = {one["dag_id"]: one["reason"] for one in found["runs"]}
    assert "may leave this machine" in reasons["example_sensors"]
    assert "not among the DAGs" in reasons["no_such_dag"]


def test_an_interrupted_run_goes_on_where_it_was(examples: Path, tmp_path: Path) -> None:
    """The second run takes its answers from the first: nothing is parsed again."""
    _, first = verify(examples, tmp_path, "--as-is", *pythons())
    _, again = verify(examples, tmp_path, "--as-is", *pythons())
    assert [one["seconds"] for one in first["files"]] == [one["seconds"] for one in again["files"]]
    for one in first["files"]:
        taken = one["parse_seconds"]["target"]
        assert taken is None or 0 < taken <= one["seconds"]["target"]
    assert any(one["parse_seconds"]["target"] for one in first["files"])
