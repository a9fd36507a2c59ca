from __future__ import annotations

from pathlib import Path

import pytest

from airshift.estate.inventory import build_inventory
from airshift.estate.model import Dag, Unknown
from airshift.files import list_files

PREAMBLE = """
import datetime as dt
import os
from datetime import datetime, timedelta
import pendulum
from pendulum import datetime as pdt
from airflow import DAG
HOURS = 6
ZONE = pendulum.timezone("Europe/Berlin")
"""


def dag(tmp_path: Path, arguments: str) -> Dag:
    (tmp_path / "d.py").write_text(PREAMBLE + f"DAG('d', {arguments})\n")
    found, _ = build_inventory(list_files([tmp_path]))
    return found.dags[0]


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("timedelta(days=1)", "timedelta(days=1)"),
        ("timedelta(hours=HOURS)", "timedelta(hours=6)"),
        ("timedelta(minutes=60 * HOURS)", "timedelta(minutes=360)"),
        ("dt.timedelta(hours=2)", "dt.timedelta(hours=2)"),
        ("'0 6 * * *'", "0 6 * * *"),
        ("None", None),
    ],
)
def test_a_schedule_is_text_without_variables(tmp_path: Path, written: str, spelled: str | None) -> None:
    assert dag(tmp_path, f"schedule={written}").schedule == spelled


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("datetime(2024,1,1)", "datetime(2024,1,1)"),
        ("pdt(2024, 1, 1, tz=ZONE)", 'datetime(2024, 1, 1, tz=pendulum.timezone("Europe/Berlin"))'),
        ("datetime(2024, 1, 1) + timedelta(days=HOURS)", "datetime(2024, 1, 1) + timedelta(days=6)"),
        ("datetime.now()", "datetime.now()"),
    ],
)
def test_dates_are_text_without_variables(tmp_path: Path, written: str, spelled: str) -> None:
    found = dag(tmp_path, f"start_date={written}, end_date={written}")
    assert (found.start_date, found.end_date) == (spelled, spelled)


def test_a_date_of_default_args_counts_too(tmp_path: Path) -> None:
    found = dag(
        tmp_path, "default_args={'start_date': datetime(2024, 1, 1), 'end_date': datetime(2025, 1, 1)}"
    )
    assert (found.start_date, found.end_date) == ("datetime(2024, 1, 1)", "datetime(2025, 1, 1)")


def test_what_only_the_code_knows_stays_unknown(tmp_path: Path) -> None:
    assert dag(tmp_path, "schedule=os.environ['S']").schedule == Unknown("os.environ['S']")
