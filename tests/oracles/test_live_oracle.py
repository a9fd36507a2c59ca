"""`inventory --live` against real servers of Airflow 2 and 3."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airshift.cli.app import run
from plan.live_airflow import serving

pytestmark = pytest.mark.oracle
DAGS = """
from datetime import datetime
from airflow import DAG
with DAG("nightly", schedule="0 3 * * *", start_date=datetime(2024, 5, 1), catchup=False, tags=["gold"]):
    pass
for name in ("a", "b"):
    globals()[name] = DAG(f"made_{name}", schedule=None, start_date=datetime(2024, 5, 1))
"""


@pytest.mark.parametrize("version", ["2.10.3", "3.3.1"])
def test_what_the_running_airflow_says_is_joined(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    estate = tmp_path / "estate"
    estate.mkdir()
    (estate / "dags.py").write_text(DAGS + 'DAG("not_deployed")\n')
    monkeypatch.setenv("AIRSHIFT_LIVE_USER", "admin")
    monkeypatch.setenv("AIRSHIFT_LIVE_PASSWORD", "admin")
    with serving(version, tmp_path / "home", {"dags.py": DAGS}) as server:
        assert run(["inventory", str(estate), "--live", server.url, "--format", "json"]) == 0
        monkeypatch.setenv("AIRSHIFT_LIVE_PASSWORD", "wrong-word")
        assert run(["inventory", str(estate), "--live", server.url]) == 3
    said = capsys.readouterr()
    dags = {dag["dag_id"]: dag for dag in json.loads(said.out)["dags"]}
    assert dags.keys() == {"nightly", "made_a", "made_b", "not_deployed"}
    assert dags["nightly"]["live"]["is_paused"] is True
    assert dags["nightly"]["tags"] == ["gold"]
    assert dags["nightly"]["live"]["next_run"] is not None
    assert dags["not_deployed"].get("live") is None
    assert "only static: dag not_deployed" in said.err
    assert "not allowed" in said.err
    assert "wrong-word" not in said.err
