"""Classes, workers and prices: what fits, what it costs, and what is not known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from airshift.errors import UsageError
from airshift.plan.capacity import CLASSES
from airshift.sizing.classes import Demand, demand_of, fits_of, load_classes, smallest
from airshift.sizing.cloudwatch import read_live
from airshift.sizing.costing import Calendar, costs_of
from airshift.sizing.costs import Side, Wave, bill, overlap, waves_of
from airshift.sizing.environment import Environment, environment_of
from airshift.sizing.prices import load_prices
from sizing.estates import dag, sized

TOKYO = "ap-northeast-1"
SMALL = Side("green", TOKYO, "mw1.small", 5, 1, 10, 2, 2)
PRICES = load_prices()


def chosen(dags: int, peak: int, most_workers: int | None = None, **described: object) -> str | None:
    fits = fits_of(Demand(dags, peak, 1, peak), Environment(**described), most_workers)  # type: ignore[arg-type]
    fit = smallest(fits)
    return None if fit is None else f"{fit.environment_class.name} {fit.min_workers}-{fit.max_workers}"


@pytest.mark.parametrize(
    ("dags", "peak", "expected"),
    [
        (25, 3, "mw1.micro 1-1"),
        (26, 3, "mw1.small 1-1"),
        (25, 4, "mw1.small 1-1"),
        (50, 125, "mw1.small 1-25"),
        (50, 126, "mw1.medium 1-13"),
        (251, 1, "mw1.large 1-1"),
        (4000, 2000, "mw1.2xlarge 1-25"),
        (4001, 1, None),
        (1, 2001, None),
    ],
)
def test_the_smallest_class_has_room_for_dags_and_tasks(dags: int, peak: int, expected: str | None) -> None:
    assert chosen(dags, peak) == expected


def test_a_raised_quota_counts_but_micro_does_not_scale() -> None:
    assert chosen(50, 126, most_workers=40) == "mw1.small 1-26"
    assert chosen(10, 4, most_workers=40) == "mw1.small 1-1"


def test_tasks_per_worker_of_an_environment_count_for_its_own_class() -> None:
    assert chosen(50, 20, environment_class="mw1.small", tasks_per_worker=10) == "mw1.small 1-2"
    assert chosen(50, 20, environment_class="mw1.large", tasks_per_worker=10) == "mw1.small 1-4"


def test_the_aws_example_of_190_tasks_needs_ten_large_workers() -> None:
    large = next(fit for fit in fits_of(Demand(1, 190, 1, 1), Environment()) if fit.tasks_per_worker == 20)
    assert large.max_workers == 10


def test_the_table_agrees_with_the_one_that_plans_waves() -> None:
    known = {one.name: (one.dags, one.tasks_per_worker) for one in load_classes().classes}
    assert known == {one.name: (one.dags, one.tasks_per_worker) for one in CLASSES.values()}


def test_the_demand_has_the_middle_and_the_peak() -> None:
    assert demand_of(3, [0] * 90 + [10] * 10) == Demand(3, 10, 0, 10)
    assert demand_of(3, [4]) == Demand(3, 4, 4, 4)


def test_an_environment_is_read_as_get_environment_describes_it() -> None:
    options = {
        "celery.worker_autoscale": "7,3",
        "core.parallelism": "64",
        "core.max_active_runs_per_dag": "4",
        "core.max_active_tasks_per_dag": "8",
        "core.default_pool_task_slot_count": "100",
        "celery.worker_concurrency": "9",
    }
    found = environment_of(
        {
            "EnvironmentClass": "mw1.medium",
            "MinWorkers": 2,
            "MaxWorkers": 10,
            "Schedulers": 3,
            "AirflowConfigurationOptions": options,
        }
    )
    assert (found.environment_class, found.min_workers, found.max_workers) == ("mw1.medium", 2, 10)
    assert (found.tasks_per_worker, found.running_tasks, found.default_pool) == (7, 192, 100)
    assert (found.most_runs, found.most_tasks) == (4, 8)
    assert "no effect" in found.notes[0]
    assert environment_of({}) == Environment()
    assert environment_of({"AirflowConfigurationOptions": {"core.parallelism": "x"}}) == Environment()


def test_an_hour_costs_what_goes_beyond_the_included() -> None:
    quiet = bill(SMALL, [0] * 60, PRICES)
    assert quiet is not None
    assert (quiet.hourly, quiet.monthly) == (0.49, pytest.approx(357.7))
    busy = bill(SMALL, [15] * 60, PRICES)
    assert busy is not None
    assert busy.hourly == pytest.approx(0.49 + 2 * 0.055)
    larger = bill(replace(SMALL, min_workers=4, schedulers=3, web_servers=4), [0], PRICES)
    assert larger is not None
    assert larger.hourly == pytest.approx(0.49 + 3 * 0.055 + 0.055 + 2 * 0.028)
    capped = bill(replace(SMALL, max_workers=2), [500], PRICES)
    assert capped is not None
    assert capped.workers == 2


@pytest.mark.parametrize(
    ("region", "name"), [("us-east-1", "mw1.small"), (TOKYO, "mw1.2xlarge"), ("", "mw1.small")]
)
def test_a_price_that_is_not_in_the_file_is_not_known(region: str, name: str) -> None:
    assert bill(replace(SMALL, region=region, environment_class=name), [1], PRICES) is None


def test_both_environments_are_counted_by_week() -> None:
    waves = [
        Wave(datetime(2026, 12, 1, 10, tzinfo=UTC), ("a",)),
        Wave(datetime(2026, 12, 9, 10, tzinfo=UTC), ("b", "c")),
    ]
    loads = [[10] * 10, [20] * 10]
    blue = replace(SMALL, name="blue")
    found = overlap(waves, loads, [0] * 10, (blue, SMALL), PRICES, timedelta(days=1), timedelta(days=2))
    assert found is not None
    assert (found.start, found.end) == (
        waves[0].start - timedelta(days=1),
        waves[1].start + timedelta(days=2),
    )
    assert [(week.monday, week.moved) for week in found.weeks] == [
        (date(2026, 11, 30), 1),
        (date(2026, 12, 7), 3),
    ]
    # Six, four and one workers on blue, one, two and six on green, in 24, 192 and 48 hours.
    environments = 2 * 264 * 0.49
    workers = (5 * 24 + 3 * 192 + 0 * 48) * 0.055 + (0 * 24 + 1 * 192 + 5 * 48) * 0.055
    assert found.total == pytest.approx(environments + workers)
    assert found.blue_alone == pytest.approx(264 * (0.49 + 5 * 0.055))
    assert found.extra == pytest.approx(found.total - found.blue_alone)


def test_without_waves_or_prices_there_is_no_overlap() -> None:
    span = timedelta(days=1)
    assert overlap([], [], [0], (SMALL, SMALL), PRICES, span, span) is None
    wave = Wave(datetime(2026, 12, 1, tzinfo=UTC), ())
    far = replace(SMALL, region="us-east-1")
    assert overlap([wave], [[0]], [0], (far, SMALL), PRICES, span, span) is None


def test_waves_are_read_from_a_plan_in_order() -> None:
    rows = [
        {"start": "2026-12-08T10:00:00+01:00", "cutover": None, "dags": ["b"]},
        {
            "start": "2026-12-01T10:00:00+01:00",
            "cutover": {"start": "2026-12-01T11:00:00+01:00", "end": "2026-12-01T11:15:00+01:00"},
            "dags": [{"dag_id": "a"}],
        },
    ]
    assert [(wave.start.isoformat(), wave.dags) for wave in waves_of({"waves": rows})] == [
        ("2026-12-01T10:15:00+00:00", ("a",)),
        ("2026-12-08T09:00:00+00:00", ("b",)),
    ]


def test_what_is_missing_for_a_bill_is_said() -> None:
    found = sized(dag("a"))
    said = costs_of(found, PRICES, "", Calendar()).unknown
    assert ["--blue" in said[0], "region" in said[1]] == [True, True]
    there = Environment("prod", TOKYO, "mw1.2xlarge", 1, 2)
    known = costs_of(sized(dag("a"), environment=there), PRICES, "", Calendar())
    assert known.region == TOKYO
    assert "no price of mw1.2xlarge in ap-northeast-1" in known.unknown[0]
    assert "mw1.micro" in known.unknown[1]


def test_own_prices_replace_the_shipped_ones(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "rules/mwaa-prices.toml").read_text()
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(TOKYO, "mars-1").replace("0.49", "7"))
    prices = load_prices(file)
    assert bill(replace(SMALL, region="mars-1"), [0], prices).hourly == 7  # type: ignore[union-attr]
    assert prices.of(TOKYO, "mw1.small") is None


@pytest.mark.parametrize(
    "text",
    ["price = 1", "[[price]]", "not toml", 'date = 1\ncurrency = "x"\nsource = "y"\n[included]\nworkers = 1'],
)
def test_a_broken_price_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"mine\.toml"):
        load_prices(file)


SERIES = {
    "MetricDataResults": [
        {"Id": "a", "Label": "RunningTasks", "Timestamps": ["2026-11-20T00:00:00Z"], "Values": [3, 40.0]},
        {"Id": "b", "Label": "Executor QueuedTasks", "Timestamps": [], "Values": [7]},
        {"Id": "c", "Label": "CPUUtilization BaseWorker", "Values": [91.0], "Period": 60},
    ]
}
RECORDS = [
    {"namespace": "AmazonMWAA", "name": "RunningTasks", "of": "Executor", "points": 168, "maximum": 40.0},
    {"namespace": "AmazonMWAA", "name": "QueuedTasks", "of": "Executor", "points": 168, "maximum": 7},
    {
        "namespace": "AWS/MWAA",
        "name": "CPUUtilization",
        "of": "Scheduler",
        "points": 168,
        "maximum": 91,
        "last": None,
    },
]
PLAIN = {"RunningTasks": {"max": 40, "average": 2}, "QueuedTasks": 7, "CPUUtilization": 91}


@pytest.mark.parametrize("content", [SERIES, RECORDS, PLAIN])
def test_cloudwatch_figures_are_read_and_raise_the_demand(tmp_path: Path, content: object) -> None:
    file = tmp_path / "cloudwatch.json"
    file.write_text(json.dumps(content))
    live = read_live(file)
    assert live.peak_tasks == 47
    assert len(list(live.notes())) == 1
    found = sized(dag("a"), live=live)
    assert (max(found.now.tasks), found.now.demand.peak) == (1, 47)


@pytest.mark.parametrize(
    "text", ["", "{}", '{"RunningTasks": []}', '{"x": 5}', '[{"Label": "RunningTasks"}]']
)
def test_a_file_without_figures_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cloudwatch.json"
    file.write_text(text)
    with pytest.raises(UsageError, match="cloudwatch"):
        read_live(file)
