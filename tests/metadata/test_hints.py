"""What `airshift metadata` says beside its result: that a dry run wrote nothing, what is missing, what would settle it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airshift.cli.app import run
from metadata.fake_airflow import FakeAirflow

BLUE = FakeAirflow(
    "2.10.3",
    label="mwaa:blue",
    variables=[{"key": "api_key", "value": "sesame"}],
    connections=[{"connection_id": "pg", "conn_type": "postgres", "password": "sesame"}],
)
MOVE = ["metadata", "import", "mwaa:blue", "mwaa:green"]


@pytest.fixture
def green(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeAirflow:
    green = FakeAirflow("3.3.1", label="mwaa:green")
    sides = {"mwaa:blue": BLUE, "mwaa:green": green}
    monkeypatch.setattr("airshift.metadata.carrying.connected", lambda where, side: sides[where])
    monkeypatch.setattr("airshift.metadata.carrying._backend_of", lambda where: "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.json").write_text(json.dumps({"pg": {"conn_type": "postgres", "password": "sesame"}}))
    return green


def test_a_dry_run_says_so(green: FakeAirflow, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*MOVE, "--secrets", "c.json"]) == 1
    assert "a dry run, nothing was written; --execute writes" in capsys.readouterr().err
    assert run([*MOVE, "--secrets", "c.json", "--quiet"]) == 1
    assert not capsys.readouterr().err
    assert not green.calls


@pytest.mark.parametrize(
    ("options", "said"), [([], "--execute would write nothing"), (["--execute"], "nothing was written")]
)
def test_what_is_missing_is_said_with_and_without_execute(
    options: list[str], said: str, green: FakeAirflow, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*MOVE, *options]) == 3
    assert f"{said}: 1 cannot be written; give values with --secrets" in capsys.readouterr().err
    assert not green.calls


def test_nothing_to_do_needs_no_hint(green: FakeAirflow, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*MOVE, "--secrets", "c.json", "--execute", "--yes"]) == 0
    capsys.readouterr()
    assert run([*MOVE, "--secrets", "c.json"]) == 0
    assert not capsys.readouterr().err
    Path("airshift-import.jsonl").unlink()


def test_a_diff_says_what_would_settle_masked_values(
    green: FakeAirflow, capsys: pytest.CaptureFixture[str]
) -> None:
    run([*MOVE, "--secrets", "c.json", "--execute", "--yes"])
    capsys.readouterr()
    diff = ["metadata", "diff", "mwaa:blue", "mwaa:green", "--secrets", "c.json"]
    assert run(diff) == 3
    assert "--green-secrets" in capsys.readouterr().err
    assert run([*diff, "--format", "json"]) == 3
    assert not capsys.readouterr().err
    Path("all.json").write_text(
        json.dumps(
            {"connections": json.loads(Path("c.json").read_text()), "variables": {"api_key": "sesame"}}
        )
    )
    assert run([*diff, "--green-secrets", "all.json"]) == 0
    assert not capsys.readouterr().err
