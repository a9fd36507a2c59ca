"""The graph page in a real headless Chromium, at 40 and at 3,000 DAGs."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from airshift.estate.graph import Graph, build_graph
from airshift.estate.model import Dag, Edge, EdgeKind, Inventory
from airshift.output.pages import graph_html, inventory_html
from airshift_dev.screenshot import FLAGS

CHROMIUM = os.environ.get("AIRSHIFT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.oracle, pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")]
if CHROMIUM:
    from playwright import sync_api
HOSTILE = '<img src=x onerror="document.title=1">'


def synthetic(count: int) -> Inventory:
    chosen = random.Random(7)
    dags = tuple(
        Dag(f"team{n % 40:02}_{n:04}", f"dags/team{n % 40:02}/p{n}.py", 3, owners=(f"team{n % 40}",))
        for n in range(count)
    )
    edges = tuple(
        Edge(dags[a].dag_id, dags[a + 1].dag_id, EdgeKind.SENSOR, True, dags[a].path, 9)
        for a in sorted(chosen.sample(range(count - 1), count // 2))
    )
    return Inventory(dags=(*dags, Dag(HOSTILE, "dags/x.py", 1)), edges=edges)


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


class Visit:
    def __init__(self, browser: object, folder: Path, text: str) -> None:
        path = folder / "page.html"
        path.write_text(text, encoding="utf-8")
        self.page = browser.new_page(viewport={"width": 1440, "height": 900})  # type: ignore[attr-defined]
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on(
            "request",
            lambda request: None if request.url.startswith("file:") else self.said.append(request.url),
        )
        self.page.goto(path.as_uri())

    def count(self, selector: str) -> int:
        return self.page.locator(selector).count()


def of(count: int) -> Graph:
    return build_graph(synthetic(count))


def test_forty_dags_stand_open_and_focus(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, graph_html(of(40)))
    assert visit.count(".dag") == 41
    visit.page.fill("#search", "0003")
    visit.page.keyboard.press("Enter")
    assert 1 <= visit.count(".dag") < 41
    assert visit.page.locator("#detail-id").inner_text() == "team03_0003"
    assert visit.page.locator(".dag.chosen title").first.text_content() == "team03_0003 (dags/team03/p3.py:3)"
    visit.page.click("#all")
    assert visit.count(".dag") == 41
    assert visit.said == []


def test_three_thousand_dags_start_closed_and_open_by_click(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, graph_html(of(3000)))
    assert (visit.count(".dag"), visit.count(".cluster.closed")) == (0, 41)
    visit.page.locator("[data-cluster='5']").click()
    assert visit.count(".dag") in (1, 75)
    spent = visit.page.evaluate(
        "(() => { const t = performance.now(); document.getElementById('open').click(); return performance.now() - t; })()"
    )
    assert visit.count(".dag") == 3001
    assert spent < 3000
    assert visit.said == []


def test_everything_can_be_reached_by_keyboard(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, graph_html(of(3000)))
    keyboard = visit.page.keyboard
    visit.page.locator("[data-cluster='5']").focus()
    keyboard.press("Enter")
    assert visit.count(".dag") in (1, 75)
    assert visit.page.evaluate("document.activeElement.dataset.cluster") == "5"
    keyboard.press("Enter")
    assert visit.count(".dag") == 0
    keyboard.press("/")
    keyboard.type("team07_00")
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    chosen = visit.page.evaluate("document.activeElement.textContent")
    keyboard.press("Enter")
    assert visit.page.locator("#detail-id").inner_text() == chosen
    keyboard.press("Escape")
    assert visit.count(".cluster") == 41
    assert visit.page.locator("#detail").is_hidden()
    assert visit.said == []


def test_a_kind_can_be_hidden(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, graph_html(of(40)))
    assert visit.count("path.edge") > 0
    visit.page.locator("#kinds input").first.uncheck()
    assert visit.count("path.edge") == 0


def test_zoom_and_pan_move_the_drawing(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, graph_html(of(40)))
    before = visit.page.get_attribute("#world", "transform")
    visit.page.mouse.move(300, 500)
    visit.page.mouse.wheel(0, -300)
    visit.page.wait_for_timeout(100)
    zoomed = visit.page.get_attribute("#world", "transform")
    visit.page.mouse.down()
    visit.page.mouse.move(400, 560)
    visit.page.mouse.up()
    assert len({before, zoomed, visit.page.get_attribute("#world", "transform")}) == 3


def test_hostile_ids_are_text(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, graph_html(of(40), HOSTILE))
    assert visit.page.locator("#detail-id").inner_text() == HOSTILE
    assert visit.count("img") == 0
    assert visit.page.title() == "DAG dependencies"
    assert visit.said == []


def test_the_inventory_filters_and_sorts(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, inventory_html(synthetic(300)))
    assert visit.count("#rows tr") == 200
    visit.page.click("#more")
    assert visit.count("#rows tr") == 301
    visit.page.fill("#search", "team3 0043")
    assert visit.page.locator("#status").inner_text() == "1 of 301 DAGs"
    visit.page.fill("#search", "img")
    assert visit.count("#rows tr") == 1
    assert visit.count("img") == 0
    assert visit.said == []
