"""The simulation page in a real headless Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airshift.estate.model import Dag
from airshift.simulate import simulate
from airshift.simulate.page import simulation_html
from airshift.targets import Target
from airshift_dev.screenshot import FLAGS

CHROMIUM = os.environ.get("AIRSHIFT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.oracle, pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")]
if CHROMIUM:
    from playwright import sync_api
HOSTILE = '<img src=x onerror="document.title=1">'
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sync_api.Page]:
    schedules = ["0 6 * * *", "@hourly", "timedelta(hours=6)", "@weekly", "@monthly"]
    dags = [
        Dag(f"dag_{number:03}", "d.py", 1, schedule=schedules[number % 5], schedule_given=True,
            start_date="datetime(2024, 1, 1)", catchup=number % 7 == 0, uses_date_keys=True)
        for number in range(300)
    ]  # fmt: skip
    dags.append(
        Dag(HOSTILE, "d.py", 1, schedule="@daily", schedule_given=True, start_date="datetime(2024, 1, 1)")
    )
    folder: Path = tmp_path_factory.mktemp("page")
    file = folder / "simulate.html"
    file.write_text(simulation_html(simulate(dags, Target("2.10.3"), Target("3.3.1", "mwaa"), AT)))
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        opened = browser.new_page(viewport={"width": 1300, "height": 900})
        errors: list[str] = []
        opened.on("console", lambda message: errors.append(message.text))
        opened.goto(file.as_uri())
        assert errors == []
        yield opened
        browser.close()


def test_every_dag_has_a_row_and_its_steps_open_by_keyboard(page: sync_api.Page) -> None:
    assert page.locator("tbody tr").count() == 301
    first = page.locator("summary").first
    first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open] li").first.is_visible()
    assert "aws mwaa invoke-rest-api" in page.locator("details[open]").first.inner_text()


def test_the_picture_is_drawn_with_its_own_colours(page: sync_api.Page) -> None:
    colours = page.evaluate(
        "['b', 'k', 'x'].map(name => getComputedStyle(document.querySelector(`circle.${name}`)).fill)"
    )
    assert len(set(colours)) == 3
    box = page.locator(".picture svg").bounding_box()
    assert box is not None
    assert box["width"] > 800
    assert box["height"] > 1000


def test_names_run_nothing(page: sync_api.Page) -> None:
    assert page.title() == "Unpause simulation"
    assert page.locator("td img").count() == 0


def test_no_mark_stands_outside_of_the_time_axis(page: sync_api.Page) -> None:
    places = page.evaluate(
        "Array.from(document.querySelectorAll('svg g circle'), mark => +mark.getAttribute('cx'))"
    )
    assert places
    assert all(250 <= place <= 1010 for place in places)
