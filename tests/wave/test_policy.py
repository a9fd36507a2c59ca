"""What the policy says about watching, through the engine, and the way of the progress into the next plan."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from airshift.cli.app import run
from airshift.settings import load_settings
from airshift.wave.plan_file import read_wave, write_progress
from airshift.wave.settings import Settings
from airshift.wave.states import Progress, State
from airshift.wave.watch import Thresholds, read_thresholds
from airshift_dev.wave_faults import Kind

from .setting import Setting

PROPOSAL = " (go back with airshift wave rollback 1 --dag d)"


def thresholds(folder: Path, policy: str) -> Thresholds:
    (folder / "airshift.toml").write_text(f"[wave]\n{policy}\n")
    return read_thresholds(load_settings(folder, None).table("wave"))


@pytest.mark.parametrize(
    ("policy", "auto", "state", "proposal"),
    [
        ("failures = 2", True, State.ROLLED_BACK, ""),
        ("failures = 2", False, State.GREEN_UNPAUSED, PROPOSAL),
        ("failures = 2\nrollback_on = ['missing']", True, State.GREEN_UNPAUSED, ""),
        ("failures = 50\ndeadline_minutes = 600", True, State.GREEN_UNPAUSED, None),
        ("failure_rate = 1.0\ndeadline_minutes = 600", True, State.GREEN_UNPAUSED, None),
        ("failures = 50\ndeadline_minutes = 10", True, State.ROLLED_BACK, ""),
    ],
)
def test_thresholds_lead_to_a_proposal_or_a_way_back(
    tmp_path: Path, policy: str, auto: bool, state: State, proposal: str | None
) -> None:
    settings = Settings(auto_rollback=auto, watch=timedelta(minutes=30))
    setting = Setting(tmp_path, settings=settings).add("d", Kind("*/5 * * * *"), seconds=5.0)
    setting.world.pass_time(12 * 60)
    setting.world.green.dags["d"].failing = True
    progress = setting.move(thresholds=thresholds(tmp_path, policy))
    assert progress["d"].state is state
    assert setting.states() == {"d": (state is State.GREEN_UNPAUSED, state is not State.GREEN_UNPAUSED)}
    concerns = setting.steps("d", "concern")
    assert bool(concerns) is (proposal is not None)
    assert all(text.endswith(proposal or "") for text in concerns)


def test_concerns_about_the_environment_propose_the_whole_wave(tmp_path: Path) -> None:
    setting = Setting(tmp_path).add("d").add("daily", Kind("30 6 * * *"))
    setting.world.pass_time(12 * 60)
    side = setting.opening().green
    health = side.health()

    class Dead:
        def __getattr__(self, name: str) -> object:
            moved = not setting.world.green.dags["daily"].paused
            return (lambda: replace(health, scheduler=not moved)) if name == "health" else getattr(side, name)

    setting.move(green=Dead())
    (text,) = setting.steps("", "concern")
    assert text == "concern green's scheduler gives no sign of life (go back with airshift wave rollback 1)"


ESTATE = """
from datetime import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator

for name in ("orders", "prices"):
    with DAG(name, schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
        EmptyOperator(task_id="only")
"""


def test_the_progress_gets_into_the_next_plan_and_its_page(tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "two.py").write_text(ESTATE)
    (tmp_path / "airshift.toml").write_text("[plan]\npilot_size = 0\n")
    command = ["plan", str(tmp_path), "--source", "2.10.3", "--target", "3.3.1", "-q", "--out"]
    assert run([*command, str(tmp_path / "first")]) == 0
    plan = tmp_path / "first" / "plan.json"
    wave = read_wave(plan, 1)
    states = {"orders": State.DONE, "prices": State.GREEN_UNPAUSED}
    assert not write_progress(plan, wave, {name: Progress(name, state) for name, state in states.items()})
    assert read_wave(plan, 1).digest == wave.digest, "progress is no change of the plan"
    assert run([*command, str(tmp_path / "next"), "--state", str(plan)]) == 0
    page = (tmp_path / "next" / "plan.html").read_text()
    assert "now: done" in page and "now: green_unpaused" in page
    again = tmp_path / "next" / "plan.json"
    assert write_progress(again, wave, {name: Progress(name, State.DONE) for name in states})
    assert {one["state"] for one in json.loads(again.read_text())["waves"]} == {"finished"}
    assert run([*command, str(tmp_path / "last"), "--state", str(again)]) == 0
    assert "finished" in (tmp_path / "last" / "plan.html").read_text()
