"""What is exported makes the calls that `airshift wave run` would make, and keeps the same guards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from airshift.errors import UsageError
from airshift.estate.model import Dag
from airshift.schedules import Run
from airshift.targets import Target
from airshift.wave.airflow_side import AirflowSide
from airshift.wave.exports import Form, export
from airshift.wave.markers import short_id
from airshift.wave.plan_file import WavePlan
from airshift.wave.rehearsal import rehearse
from airshift.wave.session import Opening
from airshift.wave.settings import Settings, SystemClock
from airshift.wave.states import Progress, State
from airshift_dev.envs import Environment, ensure
from live.plain_api import PlainApi
from live.recording import Change, World, planned, recording, run_of

needs_tools = pytest.mark.skipif(
    not (shutil.which("jq") and shutil.which("curl")), reason="needs curl and jq"
)
GROUP = {"called": "caller", "load": "extract", "report": "extract"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EDGES = (("caller", "called"), ("extract", "load"), ("load", "report"))
NAMES = {"daily": "0 0 * * *", "odd id.x-y": "@hourly", "caller": "0 0 * * *", "called": None,
         "extract": "0 0 * * *", "load": None, "report": "0 0 * * *"}  # fmt: skip


def a_dag(dag_id: str, schedule: object, **more: object) -> Dag:
    return Dag(
        dag_id=dag_id, path="dags/x.py", line=1, schedule=schedule, schedule_given=True, catchup=False, **more
    )


def a_wave(*names: str, **more: object) -> WavePlan:
    """A wave of these DAGs, or of all."""
    dags = {name: a_dag(name, NAMES[name]) for name in names or NAMES}
    edges = tuple(edge for edge in EDGES if dags.keys() >= set(edge))
    base = {"number": 3, "name": 'The "third" wave\n', "dags": dags, "edges": edges, "needed": (), "over": ()}
    return WavePlan(**{**base, "source": Target("2.10.3"), "target": Target("3.3.1"), "digest": "x", **more})


@pytest.fixture
def world() -> World:
    made = World()
    for name, schedule in NAMES.items():
        made.add(name, {None: None, "@hourly": HOUR}.get(schedule, DAY))
    return made


@pytest.fixture
def addresses(world: World) -> Iterator[tuple[str, str]]:
    with recording(world) as found:
        yield found


def by_driver(
    addresses: tuple[str, str], folder: Path, wave: WavePlan, moved: Sequence[Progress] = ()
) -> list[Change]:
    """The dry-run list of `airshift wave run`, or of `rollback` where DAGs have moved."""
    opening = Opening(
        wave, AirflowSide(PlainApi(addresses[0], 2)), AirflowSide(PlainApi(addresses[1], 3)),
        folder / "journal", SystemClock(), Settings(margin=timedelta(seconds=1)), lambda event: None,
    )  # fmt: skip
    found = rehearse(opening, moved, back=[one.dag_id for one in moved])
    return [(call.where.value, call.method, call.path, dict(call.body)) for call in found.calls]


def by_group(changes: list[Change]) -> dict[str, list[Change]]:
    """The calls of each group in their order."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        name = change[2].split("/")[2]
        found.setdefault(GROUP.get(name, name), []).append(change)
    return found


def run_script(
    addresses: tuple[str, str], folder: Path, wave: WavePlan, *arguments: str
) -> subprocess.CompletedProcess[str]:
    path = folder / "wave.sh"
    path.write_text(export(wave, Form.SCRIPT, *addresses, margin=1))
    settings = {
        "PATH": os.environ["PATH"], "BLUE_URL": addresses[0], "BLUE_LOGIN": 'admin:ad"min', "GREEN_URL": addresses[1],
        "GREEN_LOGIN": "admin", "GREEN_PASSWORD": "admin", "SETTLE": "0", "POLL": "0.2", "PATIENCE": "1",
    }  # fmt: skip
    with subprocess.Popen(
        ["bash", str(path), *arguments],
        env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        (folder / "pid").write_text(str(process.pid))
        out, error = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, out, error)


def unpaused(world: World, side: str, wave: WavePlan) -> set[str]:
    return {name for name in wave.dags if not world.dags[side][name]["is_paused"]}


def said(done: subprocess.CompletedProcess[str]) -> list[Change]:
    """The changing calls that a script names."""
    found = []
    for line in done.stderr.splitlines():
        words = line.split(" ", 4)
        if len(words) == 5 and words[2] in ("PATCH", "POST"):
            path, _, body = f"{words[3]} {words[4]}".partition(" {")
            found.append((words[1], words[2], unquote(path), json.loads("{" + body)))
    return found


@pytest.mark.oracle
@needs_tools
def test_the_script_makes_the_calls_of_the_driver(
    world: World, addresses: tuple[str, str], tmp_path: Path
) -> None:
    wave = a_wave("odd id.x-y", "extract", "load")
    expected = by_group(by_driver(addresses, tmp_path, wave))
    dry = run_script(addresses, tmp_path, wave)
    assert dry.returncode == 0, dry.stderr
    assert world.changes == [], "a dry run changes nothing"
    assert by_group(said(dry)) == expected
    done = run_script(addresses, tmp_path, wave, "--execute")
    assert done.returncode == 0, done.stderr
    assert by_group(world.changes) == expected
    assert world.was_twice == set() and unpaused(world, "green", wave) == set(wave.dags)
    again = run_script(addresses, tmp_path, wave, "--execute")
    assert (again.returncode, len(world.changes)) == (0, sum(map(len, expected.values()))), again.stderr


def handed_over(world: World, wave: WavePlan) -> list[Progress]:
    """All DAGs have moved to green; what the engine remembers of that."""
    kept = []
    for name in wave.dags:
        period = {None: None, "@hourly": HOUR}.get(NAMES[name], DAY)
        tick = world.hand_over(name, period)
        last = Run(tick - period, tick - 2 * period, tick - period) if tick and period else None
        unpaused = tick - timedelta(minutes=5) if tick else datetime.now(UTC)
        kept.append(Progress(name, State.DONE, blue_last=last, unpaused_at=unpaused))
    return kept


@pytest.mark.oracle
@needs_tools
def test_the_script_goes_back_as_the_driver_does(
    world: World, addresses: tuple[str, str], tmp_path: Path
) -> None:
    wave = a_wave("odd id.x-y", "extract", "load")
    kept = handed_over(world, wave)
    expected = by_group(by_driver(addresses, tmp_path, wave, kept))
    assert [one[1] for one in expected["odd id.x-y"]] == ["PATCH", "POST", "PATCH", "PATCH"]
    done = run_script(addresses, tmp_path, wave, "--rollback", "--execute")
    assert done.returncode == 0, done.stderr
    made = by_group(world.changes)
    assert [sorted(made[name], key=repr) for name in made] == [
        sorted(expected[name], key=repr) for name in made
    ], "seeds of one DAG may lie before the unpause of another"
    assert made["odd id.x-y"] == expected["odd id.x-y"]
    assert world.was_twice == set() and unpaused(world, "blue", wave) == set(wave.dags)


@pytest.mark.oracle
@needs_tools
def test_each_tick_that_green_caught_up_with_is_marked_on_blue(
    world: World, addresses: tuple[str, str], tmp_path: Path
) -> None:
    """Green has done three hours and failed in one of them, which blue has to run."""
    name = "odd id.x-y"
    start = datetime.now(UTC) - 9 * HOUR
    dag = replace(a_dag(name, "@hourly"), catchup=True, start_date=start.isoformat())
    wave = a_wave(dags={name: dag}, edges=())
    tick = world.hand_over(name, HOUR)
    assert tick is not None
    first = tick - 3 * HOUR
    world.runs["green"] = [
        {
            **run_of(name, first + n * HOUR, first + n * HOUR),
            "run_after": (first + n * HOUR).isoformat(),
            "state": "failed" if n == 1 else "success",
        }
        for n in range(4)
    ]
    world.dags["blue"][name] |= planned(first - HOUR, first, "next_dagrun", "next_dagrun_create_after")
    last = Run(first - HOUR, first - 2 * HOUR, first - HOUR)
    moved = Progress(name, State.DONE, blue_last=last, unpaused_at=first - timedelta(minutes=5))
    expected = by_driver(addresses, tmp_path, wave, [moved])
    done = run_script(addresses, tmp_path, wave, "--rollback", "--execute")
    assert done.returncode == 0, done.stderr
    assert world.changes == expected
    marked = [body["data_interval_end"] for _, method, _, body in expected if method == "POST"]
    assert [datetime.fromisoformat(one) for one in marked] == [first, first + 2 * HOUR, tick]


@pytest.mark.oracle
@needs_tools
@pytest.mark.parametrize(
    ("number", "after", "then"),
    [
        (3, True, "--rollback"),
        pytest.param(1, True, "--resume", marks=pytest.mark.exhaustive),
        pytest.param(5, False, "--resume", marks=pytest.mark.exhaustive),
    ],
)
def test_a_script_that_was_killed_goes_on_or_back(
    world: World, addresses: tuple[str, str], tmp_path: Path, number: int, after: bool, then: str
) -> None:
    wave = a_wave("extract", "load")
    killed: list[int] = []

    def kill(when: str) -> bool:
        # The world has noted the change before it takes place.
        if not killed and (len(world.changes), when == "after") == (number, after):
            killed.append(int((tmp_path / "pid").read_text()))
            os.killpg(killed[0], signal.SIGKILL)
        return False

    world.at_change = kill
    assert run_script(addresses, tmp_path, wave, "--execute").returncode == -signal.SIGKILL
    assert killed
    again = run_script(addresses, tmp_path, wave, "--execute", "--resume", *({then} - {"--resume"}))
    assert again.returncode == 0, again.stderr
    there, left = ("blue", "green") if then == "--rollback" else ("green", "blue")
    assert unpaused(world, there, wave) == set(wave.dags) and unpaused(world, left, wave) == set()
    active = [run for runs in world.runs.values() for run in runs if run["state"] in ("queued", "running")]
    assert active == [] and world.was_twice == set()


@pytest.mark.oracle
@pytest.mark.exhaustive
@needs_tools
def test_a_frozen_run_is_let_go_on(world: World, addresses: tuple[str, str], tmp_path: Path) -> None:
    world.freezes.add("daily")
    done = run_script(addresses, tmp_path, a_wave("daily"), "--execute")
    assert done.returncode == 0, done.stderr
    paused = [body["is_paused"] for side, _, path, body in world.changes if side == "blue"]
    assert paused == [True, False, True] and world.was_twice == set()


@pytest.mark.oracle
@needs_tools
def test_the_script_for_mwaa_sends_short_paths(
    world: World, addresses: tuple[str, str], tmp_path: Path
) -> None:
    """The AWS CLI is played by a script that refuses what Amazon MWAA refuses."""
    name = "an_id_of_forty_one_characters_for_a_dag__"
    world.add(name, DAY)
    wave = a_wave(dags={name: a_dag(name, "0 0 * * *")}, edges=())
    (tmp_path / "aws").write_text(AWS.format(*addresses))
    (tmp_path / "aws").chmod(0o755)
    script = tmp_path / "wave.sh"
    script.write_text(export(wave, Form.SCRIPT, "mwaa:blue", "mwaa:green@eu-west-1"))
    settings = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SETTLE": "0", "POLL": "0.2", "PATIENCE": "1"}
    done = subprocess.run(
        ["bash", str(script), "--execute"], env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    tick = datetime.fromisoformat(world.dags["green"][name]["next_dagrun_data_interval_start"])
    assert [(side, method) for side, method, _, _ in world.changes] == [
        ("blue", "PATCH"), ("green", "POST"), ("green", "PATCH"), ("green", "PATCH")
    ]  # fmt: skip
    assert world.changes[1][3]["dag_run_id"] == short_id(tick)
    assert unpaused(world, "green", wave) == {name} and world.was_twice == set()


@pytest.mark.oracle
@pytest.mark.exhaustive
@needs_tools
def test_a_group_that_finds_no_gap_stays_and_the_others_move(
    world: World, addresses: tuple[str, str], tmp_path: Path
) -> None:
    wave = a_wave("caller", "called", "daily")
    world.runs["blue"].append({**world.runs["blue"][0], "dag_id": "called", "state": "running"})
    done = run_script(addresses, tmp_path, wave, "--execute")
    assert done.returncode == 1 and "waited 1 seconds for a gap of caller called" in done.stderr
    assert unpaused(world, "green", wave) == {"daily"} and unpaused(world, "blue", wave) == {
        "caller",
        "called",
    }


@pytest.mark.oracle
@needs_tools
def test_what_cannot_be_seeded_goes_back(world: World, addresses: tuple[str, str], tmp_path: Path) -> None:
    """Green's next interval begins before the last one of blue ends, and is not due yet."""
    wave = a_wave("extract", "load", "report")
    tick = datetime.fromisoformat(world.dags["green"]["report"]["next_dagrun_run_after"])
    world.dags["green"]["report"] |= planned(
        tick - HOUR, tick + 2 * DAY, "next_dagrun_logical_date", "next_dagrun_run_after"
    )
    done = run_script(addresses, tmp_path, wave, "--execute")
    assert done.returncode == 1 and "set a start_date" in done.stderr
    assert unpaused(world, "blue", wave) == set(wave.dags) and unpaused(world, "green", wave) == set()
    assert world.was_twice == set()


@needs_tools
def test_nobody_else_s_pause_is_undone(world: World, addresses: tuple[str, str], tmp_path: Path) -> None:
    world.dags["blue"]["daily"]["is_paused"] = True
    world.dags["green"]["odd id.x-y"]["is_paused"] = False
    done = run_script(addresses, tmp_path, a_wave("daily", "odd id.x-y"), "--execute")
    assert done.returncode == 1 and world.changes == []
    assert "daily is paused on blue" in done.stderr and "odd id.x-y is not seen paused" in done.stderr


AWS = """#!/usr/bin/env bash
declare -A given=()
shift 2
while (($#)); do given[$1]=$2; shift 2; done
[[ "${{given[--query]}} ${{given[--output]}}" == "RestApiResponse json" ]] || exit 252
((${{#given[--path]}} <= 64)) || exit 252
case ${{given[--name]}},${{given[--region]:-}} in
  blue,) base={0}/api/v1 ;;
  green,eu-west-1) base={1}/api/v2 ;;
  *) exit 254 ;;
esac
if [[ -n ${{given[--query-parameters]:-}} ]]; then jq -e 'type == "object"' <<<"${{given[--query-parameters]}}" >/dev/null || exit 252; fi
if [[ -n ${{given[--body]:-}} ]]; then body=(--data "${{given[--body]}}"); fi
curl -sS --fail-with-body -H 'Authorization: role' -H 'Content-Type: application/json' -X "${{given[--method]}}" "${{body[@]}}" \
  "$base${{given[--path]}}"
"""
PLAY = """
import importlib.util, json, logging, sys
spec = importlib.util.spec_from_file_location("wave", {path!r})
wave = importlib.util.module_from_spec(spec)
spec.loader.exec_module(wave)
wave.POLL, wave.SETTLE, wave.PATIENCE = 0.1, 0.0, 1.0
logged = []
wave.log.info = lambda text, *values: logged.append(values)
stayed = []
for group in wave.GROUPS:
    try:
        wave.Mover({dry}).move(*group)
    except (wave.Stays, wave.Refused) as error:
        stayed.append(str(error))
from airflow.models import DagBag
dags = DagBag({folder!r})
tasks = [sorted(task.task_id for task in dag.tasks) for dag in dags.dags.values()]
print(json.dumps([logged, stayed, list(dags.dags), tasks, dict(dags.import_errors)]))
"""


def play_dag(
    addresses: tuple[str, str], folder: Path, wave: WavePlan, version: str, *, dry: bool
) -> tuple[list[Change], list[str]]:
    """The changing calls that the tasks of the DAG log on a real Airflow, and who stayed; the DAG is parsed, too."""
    (folder / "dags").mkdir(exist_ok=True)
    path = folder / "dags" / "wave.py"
    path.write_text(export(wave, Form.DAG, *addresses, margin=1))
    connections = {
        f"AIRFLOW_CONN_AIRSHIFT_{word}": address.replace("http://", "http://admin:ad%22min@") + "/http"
        for word, address in zip(("BLUE", "GREEN"), addresses, strict=True)
    }
    home = {"AIRFLOW_HOME": str(folder), "HOME": str(folder), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    done = subprocess.run(
        [str(ensure(Environment(version))), "-c", PLAY.format(path=str(path), folder=str(path.parent), dry=dry)],
        env={"PATH": os.environ["PATH"], "PYTHONWARNINGS": "ignore", **home, **connections},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    logged, stayed, dag_ids, tasks, errors = json.loads(done.stdout.strip().splitlines()[-1])
    assert (dag_ids, errors) == (["airshift_wave_03"], {})
    assert tasks == [[f"group_{number}" for number in range(1, 1 + len({*by_group_of(wave)}))]]
    return [(side, method, unquote(path), json.loads(body)) for side, method, path, body in logged], stayed


def by_group_of(wave: WavePlan) -> set[str]:
    return {GROUP.get(name, name) for name in wave.dags}


@pytest.mark.oracle
@pytest.mark.parametrize("version", ["2.10.3", "3.3.1"])
def test_the_dag_makes_the_calls_of_the_driver(
    world: World, addresses: tuple[str, str], tmp_path: Path, version: str
) -> None:
    wave = a_wave()
    expected = by_group(by_driver(addresses, tmp_path, wave))
    assert by_group(play_dag(addresses, tmp_path, wave, version, dry=True)[0]) == expected
    assert world.changes == []
    world.freezes.add("daily")
    world.runs["blue"].append({**world.runs["blue"][0], "dag_id": "called", "state": "running"})
    _, stayed = play_dag(addresses, tmp_path, wave, version, dry=False)
    assert stayed == ["waited 0 minutes for a gap"]
    assert unpaused(world, "blue", wave) == {"caller", "called"} and world.was_twice == set()
    assert unpaused(world, "green", wave) == set(wave.dags) - {"caller", "called"}
    made = by_group(world.changes)
    assert made["extract"] == expected["extract"] and made["odd id.x-y"] == expected["odd id.x-y"]
    assert [body["is_paused"] for side, _, path, body in made["daily"] if side == "blue"] == [
        True,
        False,
        True,
    ]


def test_the_script_is_bash(tmp_path: Path) -> None:
    for where in (("mwaa:blue", "mwaa:green@eu-west-1"), ("https://blue.example", "https://green.example")):
        path = tmp_path / "wave.sh"
        path.write_text(
            export(a_wave(dags={"o'neil; $(x)": a_dag("o'neil; $(x)", None)}, edges=()), Form.SCRIPT, *where)
        )
        assert subprocess.run(["bash", "-n", str(path)], capture_output=True, check=False).returncode == 0
        path.write_text(export(a_wave(), Form.SCRIPT, *where))
        shellcheck = Path(sys.executable).with_name("shellcheck")
        done = subprocess.run([shellcheck, str(path)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")
    text = export(a_wave(), Form.SCRIPT, "mwaa:blue", "mwaa:green@eu-west-1")
    assert "--name green --region eu-west-1" in text and "curl" not in text


def test_names_stay_names(tmp_path: Path) -> None:
    hostile = 'a"""\n\\x$(touch y)'
    wave = a_wave(name=hostile, dags={hostile: a_dag(hostile, None)}, edges=())
    code = export(wave, Form.DAG, f"https://{hostile}", "https://green.example")
    compile(code, "wave.py", "exec")
    path = tmp_path / "wave.sh"
    path.write_text(export(wave, Form.SCRIPT, f"https://{hostile}", "https://green.example"))
    assert subprocess.run(["bash", "-n", str(path)], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("form", Form)
def test_no_secret_is_written(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    for side in ("BLUE", "GREEN", "LIVE"):
        for what in ("TOKEN", "USER", "PASSWORD"):
            monkeypatch.setenv(f"AIRSHIFT_{side}_{what}", "hunter2")
    for where in (
        ("mwaa:blue", "mwaa:green"),
        ("https://blue.example", "https://green.example?token=hunter2"),
    ):
        assert "hunter2" not in export(a_wave(), form, *where)
    with pytest.raises(UsageError, match="no user or password") as caught:
        export(a_wave(), form, "https://admin:hunter2@blue.example", "https://green.example")
    assert "hunter2" not in str(caught.value)


def test_mwaa_takes_no_long_path() -> None:
    name = "a" * 51
    wave = a_wave(dags={name: a_dag(name, None)}, edges=())
    with pytest.raises(UsageError, match=name):
        export(wave, Form.SCRIPT, "mwaa:blue", "mwaa:green")
    assert name in export(wave, Form.SCRIPT, "https://blue.example", "https://green.example")
    export(a_wave(dags={"a" * 50: a_dag("a" * 50, None)}, edges=()), Form.DAG, "mwaa:blue", "mwaa:green")


def test_one_way_to_both_sides() -> None:
    with pytest.raises(UsageError, match="in one way"):
        export(a_wave(), Form.SCRIPT, "mwaa:blue", "https://green.example")


def test_the_runbook_has_the_same_order() -> None:
    text = export(a_wave(), Form.RUNBOOK, "mwaa:blue", "mwaa:green")
    part = text[text.index("`extract`") : text.index("## Group 4")]
    pauses = [part.index(f'/dags/{name}" --query-parameters') for name in ("extract", "load", "report")]
    assert pauses == sorted(pauses)
    unpauses = [
        part.index(f'--name green --method PATCH --path "/dags/{name}" --query-p')
        for name in ("report", "load", "extract")
    ]
    assert unpauses == sorted(unpauses) and unpauses[0] > pauses[-1]
    assert text.count("jq -e .is_paused") == 2 * len(NAMES), "one look before each unpause, there and back"
