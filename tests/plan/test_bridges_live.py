"""Bridges and runbooks against the REST APIs of real Airflow servers, 2.10.3 and 3.x."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from airshift.estate.model import EdgeKind
from airshift.plan.bridge_code import bridge_writer
from airshift.plan.model import Bridge
from airshift.plan.pack import Context, pack
from airshift.plan.planner import make_plan
from airshift.targets import Target
from plan.live_airflow import Server, serving
from plan.made_up import NEVER, estate, member, rules

pytestmark = [pytest.mark.oracle, pytest.mark.exhaustive]
BLUE = """
from datetime import datetime
from airflow import DAG
from airflow.datasets import Dataset
for name in ("first", "second"):
    with DAG(name, schedule="0 6 * * *", start_date=datetime(2024, 1, 1), catchup=False):
        pass
with DAG("reader", schedule=[Dataset("s3://shop/orders")], start_date=datetime(2024, 1, 1)):
    pass
"""
GREEN = """
from datetime import datetime
from airflow.sdk import DAG, Asset
for name in ("first", "second"):
    with DAG(name, schedule="0 6 * * *", start_date=datetime(2024, 1, 1), catchup=False):
        pass
with DAG("reader", schedule=[Asset("s3://shop/orders")], start_date=datetime(2024, 1, 1)):
    pass
"""
LOAD = """
import importlib.util, json, sys
from datetime import datetime, timezone
from types import SimpleNamespace
spec = importlib.util.spec_from_file_location("bridge", {path!r})
bridge = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bridge)
"""
TICK = "2026-11-20T06:00:00+00:00"


@pytest.fixture(scope="module")
def blue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving("2.10.3", tmp_path_factory.mktemp("blue"), {"dags.py": BLUE}) as server:
        yield server


@pytest.fixture(scope="module", params=["3.0.6", "3.3.1"])
def green(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(request.param, tmp_path_factory.mktemp("green"), {"dags.py": GREEN}) as server:
        yield server


def sides(blue: Server, green: Server, runs_on_green: bool) -> tuple[Server, dict[str, str]]:
    """The server whose Airflow runs the bridge, and its connection to the other one."""
    if runs_on_green:
        return green, {"AIRFLOW_CONN_AIRSHIFT_BLUE": blue.connection()}
    return blue, {"AIRFLOW_CONN_AIRSHIFT_GREEN": green.connection()}


def written(folder: Path, kind: EdgeKind, source_first: bool) -> str:
    """Python code that loads the generated bridge `first` -> `second`."""
    asset = "s3://shop/orders" if kind is EdgeKind.ASSET else ""
    bridge = Bridge("first", "second", kind, 1, 2, source_first, "dags/first.py", 3, asset, "go")
    path = folder / f"{kind.value}_{source_first}.py"
    path.write_text(bridge_writer(rules(), Target("3.3.1"))(bridge))
    return LOAD.format(path=str(path))


def asked(here: Server, other: Server, folder: Path, script: str) -> str:
    """What the other server answers to the client of a bridge."""
    to_blue = other.version.startswith("2.")
    load = written(folder, EdgeKind.TRIGGER, to_blue)
    name = "AIRFLOW_CONN_AIRSHIFT_BLUE" if to_blue else "AIRFLOW_CONN_AIRSHIFT_GREEN"
    return here.run(f"{load}\n{script}", **{name: other.connection()})


@pytest.mark.parametrize("source_first", [True, False], ids=["to blue", "to green"])
def test_a_trigger_starts_one_run_for_each_run(
    blue: Server, green: Server, source_first: bool, tmp_path: Path
) -> None:
    here, connection = sides(blue, green, source_first)
    run_id = f"manual__{green.version}"
    script = f"""
run = SimpleNamespace(run_id={run_id!r}, conf={{"day": "2026-11-20"}})
bridge.trigger_second(dag_run=run)
bridge.trigger_second(dag_run=run)
found = bridge.call("GET", "/dags/second/dagRuns/bridge__" + run.run_id)
print(json.dumps([found["conf"], found["state"], bool(found["logical_date"])]))
"""
    answer = json.loads(here.run(written(tmp_path, EdgeKind.TRIGGER, source_first) + script, **connection))
    assert answer == [{"day": "2026-11-20"}, "queued", True]


@pytest.mark.parametrize("source_first", [True, False], ids=["on blue", "on green"])
def test_a_sensor_sees_the_run_that_was_due_with_its_own(
    blue: Server, green: Server, source_first: bool, tmp_path: Path
) -> None:
    here, connection = sides(blue, green, not source_first)
    load = written(tmp_path, EdgeKind.SENSOR, source_first)
    run = {"dag_run_id": f"tick_{green.version}"}
    if source_first:
        run |= {"logical_date": TICK, "run_after": TICK}
    else:
        interval = {"data_interval_start": "2026-11-19T06:00:00+00:00", "data_interval_end": TICK}
        run |= {"logical_date": f"2026-11-19T06:00:00.{green.version.replace('.', '')}+00:00", **interval}
    script = f"""
tick = datetime.fromisoformat({TICK!r})
def seen(moment):
    return bridge.has_finished_first(data_interval_end=moment, dag_run=SimpleNamespace(run_after=moment))
before = seen(tick)
bridge.call("POST", "/dags/first/dagRuns", {run!r})
queued = seen(tick)
bridge.call("PATCH", "/dags/first/dagRuns/{run["dag_run_id"]}", {{"state": "success"}})
print(json.dumps([before, queued, seen(tick), seen(tick.replace(day=19))]))
"""
    before, queued, after, other = json.loads(here.run(load + script, **connection))
    assert (after, other) == (True, False)
    assert not queued or before, "a run that goes on is no finished one"


@pytest.mark.parametrize("source_first", [True, False], ids=["to blue", "to green"])
def test_an_asset_event_arrives(blue: Server, green: Server, source_first: bool, tmp_path: Path) -> None:
    here, connection = sides(blue, green, source_first)
    events = "/datasets/events" if source_first else "/assets/events"
    script = f"""
before = bridge.call("GET", {events!r})["total_entries"]
bridge.repeat_event({{"bridged_from": "run"}})
found = bridge.call("GET", {events!r}, query={{"order_by": "-timestamp", "limit": 1}})
print(json.dumps([found["total_entries"] - before, found[{"dataset_events" if source_first else "asset_events"!r}][0]["extra"]["bridged_from"]]))
"""
    assert json.loads(here.run(written(tmp_path, EdgeKind.ASSET, source_first) + script, **connection)) == [
        1,
        "run",
    ]


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="runbooks need curl and jq")
def test_a_runbook_moves_a_wave(blue: Server, green: Server, tmp_path: Path) -> None:
    policy = rules(pilot_size=0)
    plan = make_plan(estate(member("first", kind="cron"), member("reader", kind="asset")), policy, NEVER)
    files = dict(pack(plan, Context(policy, Target(green.version), Target("2.10.3"))))
    blocks = re.findall(r"```bash\n(.*?)```", files["runbooks/wave-01.md"], re.DOTALL)
    settings = {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "BLUE_URL": blue.url, "BLUE_LOGIN": "admin:admin",
        "GREEN_URL": green.url, "GREEN_LOGIN": "admin", "GREEN_PASSWORD": "admin",
    }  # fmt: skip
    script = "set -e\n" + "\n".join(blocks)
    done = subprocess.run(
        ["bash", "-c", script], env=settings, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert json.loads((tmp_path / "before-first.json").read_text())["total_entries"] >= 0
    assert '"is_paused": true' in done.stdout.replace('"is_paused":true', '"is_paused": true')
    show = 'print(json.dumps([bridge.call("GET", "/dags/first")["is_paused"], bridge.call("GET", "/dags/first/dagRuns", query={"limit": 100})]))'
    is_paused, runs = json.loads(asked(blue, green, tmp_path, show))
    assert is_paused is True, "the runbook ends with its rollback: green is paused again"
    seeded = [run for run in runs["dag_runs"] if run["dag_run_id"].startswith("migrated__")]
    assert [run["state"] for run in seeded] == ["success"]
    is_paused, _ = json.loads(asked(green, blue, tmp_path, show))
    assert is_paused is False
