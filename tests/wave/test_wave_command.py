"""`airshift wave` as people call it: exit codes, one clear sentence for a mistake, and no secret anywhere."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from airshift.cli import wave_moving
from airshift.cli.app import run
from airshift.wave.carrying import Result
from airshift.wave.states import Progress, State
from live.recording import World, recording

PAIR = ("--blue", "http://127.0.0.1:9", "--green", "http://127.0.0.1:9")
ESTATE = """
from datetime import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG("orders", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    EmptyOperator(task_id="only")
with DAG("quick", schedule="* * * * *", start_date=datetime(2024, 1, 1), catchup=False):
    EmptyOperator(task_id="only")
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan with `orders` and `quick` in wave 1."""
    folder = tmp_path_factory.mktemp("estate")
    (folder / "dags").mkdir()
    (folder / "dags" / "two.py").write_text(ESTATE)
    (folder / "airshift.toml").write_text("[plan]\npilot_size = 0\nfrequent_runs_per_day = 100000\n")
    out = folder.parent / "plan"
    assert run(["plan", str(folder), "--source", "2.10.3", "--target", "3.3.1", "--out", str(out), "-q"]) == 0
    return out / "plan.json"


@pytest.fixture
def world() -> World:
    made = World()
    made.add("orders", timedelta(days=1))
    made.add("quick", timedelta(minutes=1))
    return made


@pytest.fixture
def pair(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The options for two servers that answer as Airflows."""
    for side in ("BLUE", "GREEN"):
        monkeypatch.setenv(f"AIRSHIFT_{side}_USER", "admin")
        monkeypatch.setenv(f"AIRSHIFT_{side}_PASSWORD", "hunter2")
    with recording(world) as (blue, green):
        yield ["--blue", blue, "--green", green]


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr."""
    out, error = capsys.readouterr()
    assert out == "" and error.count("\n") == 1 and "Traceback" not in error
    return error


@pytest.mark.parametrize("command", ["preflight", "run", "resume", "rollback", "verify", "fill"])
@pytest.mark.parametrize(
    ("number", "file", "reason"),
    [
        ("7", "plan.json", "there is no wave 7; it has 1"),
        ("1", "nowhere.json", "nowhere.json"),
        ("1", "other.json", "other.json"),
    ],
)
def test_a_wave_that_is_none(
    plan: Path, capsys: pytest.CaptureFixture[str], command: str, number: str, file: str, reason: str
) -> None:
    (plan.parent / "other.json").write_text('{"schema_version": 1}')
    assert run(["wave", command, number, "--plan", str(plan.parent / file), *PAIR]) == 2
    assert reason in said(capsys)


def test_a_wave_number_is_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["wave", "run", "one", *PAIR]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("command", ["preflight", "run", "rollback", "verify"])
def test_a_side_that_is_not_there(
    plan: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("airshift.clients.running.BACKOFF", 0.0)
    monkeypatch.setenv("AIRSHIFT_LIVE_TOKEN", "hunter2")
    assert run(["wave", command, "1", "--plan", str(plan), *PAIR]) == 3
    error = said(capsys)
    assert "http://127.0.0.1:9" in error and "hunter2" not in error


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("mwaa:", "names no environment"),
        ("blue.example.org", "is no address"),
        ("https://admin:hunter2@blue.example.org", "no user or password"),
    ],
)
@pytest.mark.parametrize("command", [("run",), ("export", "--as", "script")])
def test_a_place_that_is_none(
    plan: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], where: str, reason: str
) -> None:
    name, *more = command
    options = ["--blue", where, "--green", "https://green.example.org", "--plan", str(plan)]
    assert run(["wave", name, "1", *more, *options]) == 2
    error = said(capsys)
    assert reason in error and "hunter2" not in error


def test_a_margin_that_never_finds_a_gap(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["wave", "run", "1", "--plan", str(plan), "--margin", "60", *PAIR]) == 2
    assert "quick runs every 60 seconds, so that it would never have a gap; 15 does" in said(capsys)


def test_nothing_has_begun(plan: Path, capsys: pytest.CaptureFixture[str], pair: list[str]) -> None:
    for command in (["status"], ["resume", "1", *pair], ["fill", "1", *pair]):
        assert run(["wave", *command, "--plan", str(plan)]) == 2
        assert "no wave of this plan has begun" in said(capsys)


@pytest.mark.parametrize(("command", "function"), [("run", "carry_out"), ("rollback", "roll_back")])
def test_an_interruption_says_how_to_go_on(
    plan: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    pair: list[str],
    command: str,
    function: str,
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"airshift.wave.carrying.{function}", interrupted)
    options = ["--plan", str(plan), "--execute", "--yes", "--quiet"]
    assert run(["wave", command, "1", *options, *pair]) == 130
    assert said(capsys).startswith("interrupted: airshift wave resume 1 goes on")


@pytest.mark.parametrize(
    ("states", "left", "code", "note"),
    [
        ({"a": State.DONE}, (), 0, ""),
        ({"a": State.DONE, "b": State.ROLLED_BACK}, (), 1, ""),
        (
            {"a": State.DONE, "b": State.GREEN_UNPAUSED},
            (),
            3,
            "1 first runs on green are to come: airshift wave verify 3",
        ),
        ({"a": State.DRAINED, "b": State.GREEN_UNPAUSED}, (), 3, "not finished: airshift wave resume 3"),
        ({"a": State.GREEN_UNPAUSED}, ("put the code in place",), 3, "not finished: airshift wave resume 3"),
    ],
)
def test_what_is_left_is_told(
    capsys: pytest.CaptureFixture[str], states: dict[str, State], left: tuple[str, ...], code: int, note: str
) -> None:
    result = Result({name: Progress(name, state) for name, state in states.items()}, left)
    job = SimpleNamespace(opening=SimpleNamespace(plan=SimpleNamespace(number=3)))
    assert wave_moving.code(result, job) == code  # type: ignore[arg-type]
    assert capsys.readouterr().err.strip() == note


def test_a_dry_run_as_json(plan: Path, capsys: pytest.CaptureFixture[str], pair: list[str]) -> None:
    assert run(["wave", "run", "1", "--plan", str(plan), "--json", *pair]) == 0
    out, error = capsys.readouterr()
    found = [json.loads(line) for line in out.splitlines()]
    assert error == "" and found[-1]["step"] == "forecast"
    assert {one["dag_id"] for one in found if one["step"] == "would_call"} == {"orders", "quick"}
    assert "hunter2" not in out


@pytest.mark.parametrize("form", ["runbook", "dag", "script"])
def test_an_export_is_written_to_a_file(plan: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"wave.{form}"
    where = ["--blue", "mwaa:blue", "--green", "mwaa:green"]
    assert run(["wave", "export", "1", "--as", form, "--plan", str(plan), "--out", str(out), *where]) == 0
    text = out.read_text()
    assert "orders" in text and "quick" in text and text.endswith("\n") and not text.endswith("\n\n")
    assert os.access(out, os.X_OK) == (form == "script")
    if form == "dag":
        compile(text, str(out), "exec")
        assert "MARGIN = timedelta(seconds=15)" in text
    if form == "script":
        assert subprocess.run(["bash", "-n", str(out)], check=False).returncode == 0
        assert "MARGIN=${MARGIN:-15}" in text


def test_a_file_that_cannot_be_written(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    where = ["--blue", "mwaa:blue", "--green", "mwaa:green", "--out", str(tmp_path / "file" / "in it")]
    assert run(["wave", "export", "1", "--as", "script", "--plan", str(plan), *where]) == 2
    assert "cannot be written" in said(capsys)
