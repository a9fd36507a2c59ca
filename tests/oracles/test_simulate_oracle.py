"""What airshift predicts, real Airflow computes: first runs, logical dates and data intervals."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from airshift.estate.inventory import build_inventory
from airshift.estate.model import Dag
from airshift.files import list_files
from airshift.schedules import Run, Unreadable, next_run, schedule_of
from airshift.simulate import Action, Forecast, simulate
from airshift.targets import Target
from airshift_dev.envs import Environment, ensure

pytestmark = pytest.mark.oracle

PREAMBLE = """
from datetime import datetime, timedelta, timezone
import pendulum
from dateutil.relativedelta import relativedelta
from airflow import DAG
from airflow.timetables.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable
from airflow.timetables.events import EventsTimetable
BERLIN = pendulum.timezone("Europe/Berlin")
"""
NEWER = "from airflow.timetables.trigger import DeltaTriggerTimetable, MultipleCronTriggerTimetable\n"

SCHEDULES = [
    "",
    "schedule=None",
    "schedule='@once'",
    "schedule='@continuous', max_active_runs=1",
    *(f"schedule='@{name}'" for name in ("hourly", "daily", "weekly", "monthly", "quarterly", "yearly")),
    "schedule='0 6 * * *'",
    "schedule='30 2 * * *'",
    "schedule='*/15 * * * *'",
    "schedule='*/15 1-3 * * *'",
    "schedule='15 */2 * * *'",
    "schedule='0 6 * * 1-5'",
    "schedule='0 3 1,15 * *'",
    "schedule='0 4 1 * 1'",
    "schedule='0 0 29 2 *'",
    "schedule='0 6 L * *'",
    "schedule='0 6 * * 5#2'",
    "schedule='30 6 * * MON 15'",
    "schedule=timedelta(hours=6)",
    "schedule=timedelta(days=1)",
    "schedule=timedelta(days=7)",
    "schedule=timedelta(minutes=90)",
    "schedule=relativedelta(days=2)",
    "schedule=relativedelta(months=1)",
    "schedule=CronDataIntervalTimetable('30 2 * * *', timezone=BERLIN)",
    "schedule=CronDataIntervalTimetable('0 0 * * 1', timezone='America/New_York')",
    "schedule=DeltaDataIntervalTimetable(timedelta(hours=5))",
    "schedule=DeltaDataIntervalTimetable(relativedelta(months=1))",
    "schedule=CronTriggerTimetable('0 * * * *', timezone=BERLIN)",
    "schedule=CronTriggerTimetable('30 2 * * *', timezone='America/New_York', interval=timedelta(days=1))",
    "schedule=EventsTimetable(event_dates=[pendulum.datetime(2024, 3, 9, 7), pendulum.datetime(2024, 11, 3)])",
]
ONLY_NEWER = [
    "schedule=CronTriggerTimetable('0 6 * * *', timezone='UTC', run_immediately=True)",
    "schedule=CronTriggerTimetable('0 6 * * *', timezone='UTC', run_immediately=timedelta(hours=7))",
    "schedule=CronTriggerTimetable('0 6 * * *', timezone='UTC', run_immediately=None)",
    "schedule=DeltaTriggerTimetable(timedelta(hours=6))",
    "schedule=DeltaTriggerTimetable(timedelta(hours=6), interval=timedelta(hours=1))",
    "schedule=MultipleCronTriggerTimetable('0 1 * * *', '30 2 * * *', timezone=BERLIN)",
    "schedule=MultipleCronTriggerTimetable('0 1 * * *', '30 2 * * *', timezone='UTC', interval=timedelta(days=1))",
]
STARTS = [
    "",
    "start_date=datetime(2024, 3, 1)",
    "start_date=datetime(2024, 3, 8, 7, 10)",
    "start_date=datetime(2025, 1, 1)",
    "start_date=pendulum.datetime(2024, 2, 1, tz='Europe/Berlin')",
    "start_date=datetime(2024, 1, 31, tzinfo=pendulum.timezone('America/New_York'))",
    "start_date=datetime(2024, 3, 1, tzinfo=timezone(timedelta(hours=5, minutes=30)))",
    "start_date=datetime(2024, 3, 1), end_date=datetime(2024, 3, 10, 12)",
]
CATCHUP = ["", "catchup=True", "catchup=False"]
MOMENTS = [
    "2024-03-10T06:00:00+00:00",  # on a tick of the daily schedules; New York's clocks go forward an hour later
    "2024-03-31T01:20:00+00:00",  # just after Berlin's clocks went forward
    "2024-10-27T00:40:00+00:00",  # within Berlin's repeated hour
    "2024-11-03T05:59:59.250000+00:00",  # just before New York's clocks go back
    "2024-06-15T12:34:56+00:00",
]
COUNT = 4


def sources(schedules: list[str], starts: list[str]) -> list[str]:
    found = itertools.product(schedules, starts, CATCHUP)
    return [
        f"DAG('d{number}', {', '.join(part for part in parts if part)})" for number, parts in enumerate(found)
    ]


def real(
    version: str,
    preamble: str,
    dags: list[str],
    folder: Path,
    moments: list[str] = MOMENTS,
    **settings: str,
) -> list[object]:
    python = ensure(Environment(version, wide=version == "3.2.1"))
    out = folder / "answer.json"
    question = {"preamble": preamble, "dags": dags, "moments": moments, "count": COUNT}
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(folder / "home"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "TZ": "UTC",
        **settings,
    }
    command = [str(python), str(Path(__file__).with_name("next_runs.py")), str(out)]
    done = subprocess.run(
        command, input=json.dumps(question), capture_output=True, text=True, env=environment, check=False
    )
    assert out.exists(), done.stderr[-3000:]
    found: list[object] = json.loads(out.read_text())
    return found


def read(preamble: str, dags: list[str], folder: Path) -> dict[str, Dag]:
    estate = folder / "dags"
    estate.mkdir()
    (estate / "all.py").write_text(preamble + "\n".join(dags) + "\n")
    found, problems = build_inventory(list_files([estate]))
    assert not problems
    return {dag.dag_id: dag for dag in found.dags}


def predicted(dag: Dag, version: str, intervals: bool | None) -> object:
    """None where airshift says that the version refuses the DAG."""
    answers = []
    for moment in map(datetime.fromisoformat, MOMENTS):
        schedule = schedule_of(dag, Target(version), moment, intervals=intervals)
        if isinstance(schedule.timetable, Unreadable):
            assert "refuses" in schedule.timetable.reason, (dag, schedule.timetable)
            return None
        runs: list[Run] = []
        while len(runs) < COUNT and (run := next_run(schedule, runs[-1] if runs else None, moment)):
            runs.append(run)
        answers.append([times(run) for run in runs])
    return answers


def times(run: Run) -> list[datetime]:
    return [run.run_after, run.data_interval_start, run.data_interval_end]


def parsed(answer: object) -> object:
    if not isinstance(answer, list):
        return None
    return [[[datetime.fromisoformat(text) for text in run] for run in runs] for runs in answer]


def compare(
    version: str,
    folder: Path,
    dags: list[str],
    *,
    preamble: str = PREAMBLE,
    intervals: bool | None = None,
    **settings: str,
) -> None:
    """Fail with the first DAGs whose runs are not the predicted ones."""
    answers = real(version, preamble, dags, folder, **settings)
    read_dags = read(preamble, dags, folder)
    wrong = [
        f"{source}\n  Airflow {answer}\n  airshift {mine}"
        for number, (source, answer) in enumerate(zip(dags, answers, strict=True))
        if (mine := predicted(read_dags[f"d{number}"], version, intervals)) != parsed(answer)
    ]
    assert not wrong, f"{len(wrong)} of {len(dags)}:\n" + "\n".join(wrong[:5])
    assert sum(isinstance(answer, list) and any(answer) for answer in answers) >= 60


@pytest.mark.parametrize("version", ["2.10.3", "3.0.6", "3.2.1", "3.3.1"])
def test_predicted_runs_are_those_of_airflow(version: str, tmp_path: Path) -> None:
    if version == "2.10.3":
        compare(version, tmp_path, sources(SCHEDULES, STARTS))
    else:
        compare(version, tmp_path, sources(SCHEDULES + ONLY_NEWER, STARTS), preamble=PREAMBLE + NEWER)


PLAIN = sources([text for text in SCHEDULES if "Timetable" not in text], STARTS[1:3])


@pytest.mark.parametrize("version", ["3.0.6", "3.3.1"])
def test_the_interval_option_brings_the_old_timetables_back(version: str, tmp_path: Path) -> None:
    compare(version, tmp_path, PLAIN, intervals=True, AIRFLOW__SCHEDULER__CREATE_CRON_DATA_INTERVALS="True")


def test_the_delta_option_of_airflow_3_changes_nothing(tmp_path: Path) -> None:
    compare("3.3.1", tmp_path, PLAIN, AIRFLOW__SCHEDULER__CREATE_DELTA_DATA_INTERVALS="True")


AT = "2024-06-15T12:34:56+00:00"


def advised(found: Forecast) -> str:
    """The DAG with the code of its steps."""
    code = [line for step in found.steps for line in step.code]
    written = {line.partition("=")[0]: line for line in code if line.startswith(("schedule=", "start_date="))}
    dag = found.dag
    schedule = dag.schedule if dag.schedule is None or "(" in str(dag.schedule) else repr(dag.schedule)
    arguments = {"schedule": f"schedule={schedule}", "start_date": f"start_date={dag.start_date}"} | written
    catchup = [] if dag.catchup is None else [f"catchup={dag.catchup}"]
    return f"DAG({dag.dag_id!r}, {', '.join([*arguments.values(), *catchup])})"


@pytest.mark.parametrize("version", ["3.0.6", "3.3.1"])
def test_the_advice_lets_green_go_on_where_blue_stops(version: str, tmp_path: Path) -> None:
    clocks = [text for text in SCHEDULES if not any(kind in text for kind in ("Events", "@once", "@cont"))]
    dags = read(PREAMBLE, sources(clocks, STARTS[1:3] + STARTS[4:7]), tmp_path).values()
    using_dates = [replace(dag, uses_date_keys=True) for dag in dags]
    at = datetime.fromisoformat(AT)
    done = simulate(using_dates, Target("2.10.3"), Target(version), at).forecasts
    steps = [{step.kind for step in found.steps} for found in done]
    kept = [
        (found, Action.SEED in kinds)
        for found, kinds in zip(done, steps, strict=True)
        if found.then is not None and Action.WAIT not in kinds
    ]
    answers = real(version, PREAMBLE, [advised(found) for found, _ in kept], tmp_path, [AT])
    wrong = []
    for (found, is_seeded), answer in zip(kept, answers, strict=True):
        runs = parsed(answer)
        assert isinstance(runs, list), answer
        first = runs[0][1 if is_seeded else 0]
        assert found.then is not None
        if first != times(found.then) or found.then != found.blue.coming:
            wrong.append(f"{advised(found)}\n  Airflow {first}\n  airshift {found}")
    assert not wrong, f"{len(wrong)} of {len(kept)}:\n" + "\n".join(wrong[:5])
    assert len(kept) >= 60
