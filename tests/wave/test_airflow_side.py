"""The side of a wave against real servers and schedulers of 2.10.3, 3.0.6 and 3.3.1."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airshift.clients.api import ApiError, Method
from airshift.wave.airflow_side import AirflowSide
from airshift.wave.markers import short_id
from airshift.wave.side import Interval, Marker
from live.pair import Airflow, airflow, until
from live.plain_api import PlainApi

pytestmark = pytest.mark.oracle
DAGS = """
from datetime import datetime, timezone
from airflow import DAG
try:
    from airflow.providers.standard.operators.empty import EmptyOperator
except ImportError:
    from airflow.operators.empty import EmptyOperator
try:
    from airflow.sdk import Asset
except ImportError:
    from airflow.datasets import Dataset as Asset
orders, prices = Asset("s3://shop/orders"), Asset("s3://shop/prices")
with DAG("producer", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc)):
    EmptyOperator(task_id="only", outlets=[orders, prices])
with DAG("report", schedule=[orders, prices], start_date=datetime(2026, 1, 1, tzinfo=timezone.utc)):
    EmptyOperator(task_id="only")
for name in ("l" * 41, "u" * 58, "a_b", "axb", "ticking", "daily", "x.y-z", "six", "manual"):
    schedule = {"ticking": "* * * * *", "manual": None, "u" * 58: None}.get(name, "0 6 * * *")
    with DAG(name, schedule=schedule, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc), catchup=False):
        EmptyOperator(task_id="only")
"""
LONG, LONGER = "l" * 41, "u" * 58
NAMES = {LONG, LONGER, "a_b", "axb", "ticking", "daily", "x.y-z", "six", "manual", "producer", "report"}
DAY = timedelta(days=1)


@dataclass
class Running:
    """A server, and the side that is tested on it."""

    airflow: Airflow
    api: PlainApi
    side: AirflowSide


@pytest.fixture(scope="module", params=["2.10.3", "3.0.6", "3.3.1"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    files = {"dags.py": DAGS, "broken.py": "from airflow import DAG\nimport nothing_of_that_name\n"}
    paused = {"AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True"}
    with airflow(request.param, tmp_path_factory.mktemp("side"), files, **paused) as one:
        one.wait_until_ready()
        api = PlainApi(one.url, 3 if one.third else 2)
        until(lambda: one.dag_ids() >= NAMES, "all DAGs parsed")
        yield Running(one, api, AirflowSide(api))


def marker_of(moment: datetime, length: timedelta = DAY) -> Marker:
    return Marker(
        f"migrated__{moment.isoformat()}", moment, Interval(moment, moment + length), moment + length
    )


def test_it_says_who_it_is_and_how_it_is(running: Running) -> None:
    side = running.side
    assert side.identity().version == running.airflow.version
    until(lambda: side.health().scheduler, "a healthy scheduler")
    health = side.health()
    assert health.metadatabase and health.dag_processor is not False
    now = side.now()
    assert now is not None and abs(datetime.now(UTC) - now) < timedelta(minutes=1)


def test_a_dag_is_seen_with_what_it_runs_next(running: Running) -> None:
    daily = running.side.dag("daily")
    assert daily is not None and daily.parsed and daily.paused and not daily.import_error
    assert daily.file.endswith("dags.py") and daily.last_parsed is not None
    assert daily.next_run_after is not None and daily.next_run_after <= datetime.now(UTC)
    assert daily.next_interval is not None and daily.next_logical_date == daily.next_interval.start
    assert running.side.dag("missing") is None
    assert running.side.active_runs("missing") == ()
    assert running.side.latest_automated_run("missing") is None


def test_many_dags_are_the_same_in_few_calls(running: Running) -> None:
    running.api.calls.clear()
    found = running.side.dags({*NAMES, "missing"})
    assert len(running.api.calls) == 3, "the DAGs, their runs, and the events that report waits for"
    assert dict(found) == {name: running.side.dag(name) for name in NAMES}
    assert set(running.side.dags({"daily", "missing"})) == {"daily"}


def test_exactly_one_dag_is_unpaused_even_where_its_name_is_a_pattern(running: Running) -> None:
    running.side.set_paused("a_b", False)
    try:
        assert {name for name, paused in running.airflow.paused().items() if not paused} == {"a_b"}
    finally:
        running.side.set_paused("a_b", True)
    assert all(running.airflow.paused().values())


def test_a_marker_run_is_a_success_however_often_it_is_asked_for(running: Running) -> None:
    marker = marker_of(datetime(2026, 11, 18, 6, tzinfo=UTC))
    for _ in range(3):
        running.side.seed_run("x.y-z", marker)
    found = running.side.run("x.y-z", marker.run_id)
    assert found is not None
    assert (found.state, found.logical_date, found.interval) == (
        "success",
        marker.logical_date,
        marker.interval,
    )
    assert found.run_after == marker.run_after
    other = Marker("migrated__another", marker.logical_date, marker.interval, marker.run_after)
    running.side.seed_run("x.y-z", other)
    assert [run.run_id for run in running.airflow.runs("x.y-z")] == [marker.run_id]
    assert running.side.run("x.y-z", other.run_id) is None


def test_a_marker_that_was_created_only_becomes_a_success(running: Running) -> None:
    marker = marker_of(datetime(2026, 11, 17, 6, tzinfo=UTC))
    body = {"dag_run_id": marker.run_id, "logical_date": marker.logical_date.isoformat()}
    running.api.call(Method.POST, "/dags/x.y-z/dagRuns", body=body)
    assert [run.run_id for run in running.side.active_runs("x.y-z")] == [marker.run_id]
    running.side.seed_run("x.y-z", marker)
    assert running.side.active_runs("x.y-z") == ()


def test_a_run_of_somebody_else_is_not_taken_for_a_marker(running: Running) -> None:
    date = datetime(2026, 11, 16, 6, tzinfo=UTC)
    running.api.call(
        Method.POST, "/dags/six/dagRuns", body={"dag_run_id": "theirs", "logical_date": date.isoformat()}
    )
    with pytest.raises(ApiError) as refused:
        running.side.seed_run("six", marker_of(date))
    assert refused.value.status == 409 and "theirs" in str(refused.value)
    assert [run.state for run in running.side.active_runs("six")] == ["queued"]
    active = running.side.dags(NAMES)["six"].active_runs
    assert [(run.run_id, run.run_type) for run in active] == [("theirs", "manual")]


def test_long_ids_within_the_paths_of_mwaa(running: Running) -> None:
    class Mwaa:
        """The same server with MWAA's limit."""

        label, major = "mwaa:x", running.api.major

        def call(self, method: Method, path: str, **given: Any) -> Any:
            assert len(path) <= 64
            return running.api.call(method, path, **given)

    side, at = AirflowSide(Mwaa()), datetime(2026, 6, 1, 6, tzinfo=UTC)
    assert (side.objection(LONG, seeded=True), side.objection(LONGER, seeded=False)) == ("", "")
    for _ in range(2):
        side.seed_run(LONG, marker_of(at))
    (made,) = running.side.runs(LONG, at)
    assert (made.run_id, made.state, made.run_after) == (short_id(at), "success", at + DAY)
    assert made.logical_date == at and made.interval == Interval(at, at + DAY)
    assert side.runs(LONG, at) == (made,) and side.run(LONG, made.run_id) == made
    side.set_paused(LONGER, False)
    running.api.call(Method.POST, f"/dags/{LONGER}/dagRuns", body={"dag_run_id": "by_hand"} | _dated(running))
    until(lambda: [run.state for run in side.runs(LONGER, at)] == ["success"], "a run by hand", 60)
    assert side.runs(LONGER, at) == running.side.runs(LONGER, at)
    assert side.run(LONGER, "by_hand") == running.side.run(LONGER, "by_hand")
    assert side.latest_automated_run(LONGER) is None
    side.set_paused(LONGER, True)
    assert side.dag(LONGER) == running.side.dag(LONGER)
    assert side.dag("u" * 57) is None and side.dag("u" * 59) is None


def _dated(running: Running) -> dict[str, str | None]:
    return {"logical_date": datetime.now(UTC).isoformat()} if running.airflow.third else {}


def test_an_unknown_dag_cannot_be_changed(running: Running) -> None:
    for change in (
        lambda: running.side.set_paused("missing", True),
        lambda: running.side.seed_run("missing", marker_of(datetime(2026, 11, 17, tzinfo=UTC))),
    ):
        with pytest.raises(ApiError) as refused:
            change()
        assert refused.value.status == 404


def test_runs_of_the_scheduler_are_told_from_those_by_hand(running: Running) -> None:
    side, since = running.side, datetime.now(UTC) - timedelta(minutes=3)
    old = marker_of(since.replace(second=0, microsecond=0) - timedelta(minutes=30), timedelta(minutes=1))
    side.seed_run("ticking", old)
    side.set_paused("ticking", False)
    until(lambda: running.airflow.runs("ticking")[1:], "a run of the scheduler")
    side.set_paused("ticking", True)
    by_hand = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    running.api.call(
        Method.POST, "/dags/ticking/dagRuns", body={"dag_run_id": "hand", "logical_date": by_hand}
    )
    latest = side.latest_automated_run("ticking")
    rows = [run for run in running.airflow.runs("ticking") if run.run_type == "scheduled"]
    assert latest is not None and latest.run_id == rows[-1].run_id
    assert (latest.run_after, latest.logical_date) == (rows[-1].run_after, rows[-1].logical)
    assert latest.run_after == latest.interval.end
    seen = side.runs("ticking", since)
    assert {run.run_id for run in seen} == {*(run.run_id for run in rows), "hand"}
    assert [run.run_after for run in seen] == sorted(run.run_after for run in seen)
    assert old.run_id in {run.run_id for run in side.runs("ticking", old.run_after)}


def test_one_of_many_who_create_a_note_at_once_has_created_it(running: Running) -> None:
    side = running.side
    before = side.pools()
    for number in range(3):
        name = f"airshift_wave_{number}"
        with ThreadPoolExecutor(6) as pool:
            apis = [PlainApi(running.airflow.url, side.major) for _ in range(6)]
            asked = [pool.submit(AirflowSide(api).create_note, name, str(n)) for n, api in enumerate(apis)]
            created = [one.result() for one in asked]
        assert created.count(True) == 1
        assert side.note(name) == str(created.index(True))
    side.write_note("airshift_wave_1", '{"owner": "somebody else", "at": "2026-11-21"}')
    assert side.notes("airshift_wave_1") == {
        "airshift_wave_1": '{"owner": "somebody else", "at": "2026-11-21"}'
    }
    assert side.pools() == before and "default_pool" in before
    for number in (0, 1, 2, 2):
        side.delete_note(f"airshift_wave_{number}")
    assert side.notes("airshift") == {} and side.note("airshift_wave_0") is None


def test_events_that_wait_for_others_are_counted(running: Running) -> None:
    side = running.side
    assert (side.dag("report").queued_events, side.dag("producer").queued_events) == (0, 0)
    side.set_paused("report", False)
    if side.major == 2:
        event, path = {"dataset_uri": "s3://shop/orders"}, "/datasets/events"
    else:
        assets = running.api.call(Method.GET, "/assets")["assets"]
        number = next(asset["id"] for asset in assets if asset["uri"] == "s3://shop/orders")
        event, path = {"asset_id": number}, "/assets/events"
    running.api.call(Method.POST, path, body=event)
    until(lambda: side.dag("report").queued_events == 1, "the event")
    assert side.dags(NAMES)["report"].queued_events == 1
    side.set_paused("report", True)


def test_names_of_variables_and_connections_and_masks_stored_by_mistake(running: Running) -> None:
    for key, value in (("region", "***"), ("my_api_key", "a value"), ("plain", "x")):
        running.api.call(Method.POST, "/variables", body={"key": key, "value": value})
    for connection, host in (("lake", "***"), ("shop", "example.org")):
        body = {"connection_id": connection, "conn_type": "http", "host": host, "password": "hidden"}
        running.api.call(Method.POST, "/connections", body=body)
    assert running.side.variables() == {"region", "my_api_key", "plain"}
    assert running.side.connections() >= {"lake", "shop"}
    assert running.side.masked() == {"variable region", "connection lake"}


def test_a_broken_file_is_named_with_its_error(running: Running) -> None:
    until(running.side.import_errors, "the import error")
    (problem,) = running.side.import_errors()
    assert problem.file.endswith("broken.py")
    assert problem.message == "ModuleNotFoundError: No module named 'nothing_of_that_name'"
