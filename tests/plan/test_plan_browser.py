"""plan.html in a real headless Chromium: quick, silent, usable by keyboard, and nobody else's code runs."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airshift.plan.model import Plan
from airshift.plan.pack import Context, pack
from airshift.plan.planner import make_plan
from airshift.targets import Target
from plan.made_up import Clockwork, edge, estate, member, random_estate, rules
from plan.test_outputs import HOSTILE, hostile_plan

CHROMIUM = os.environ.get("AIRSHIFT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
pytestmark = [pytest.mark.oracle, pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")]
if CHROMIUM:
    from playwright import sync_api

SECONDS = 3.0


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class Visit:
    """A plan's page that was opened, and everything it complained about or asked for."""

    def __init__(
        self, browser: object, folder: Path, plan: Plan, context: Context, **options: object
    ) -> None:
        path = folder / "plan.html"
        path.write_text(dict(pack(plan, context))["plan.html"], encoding="utf-8")
        self.page = browser.new_context(**options).new_page()  # type: ignore[attr-defined]
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append("dialog"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        started = time.perf_counter()
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("#rows tr")
        self.seconds = time.perf_counter() - started

    def ids(self) -> list[str]:
        cells = self.page.locator("#rows tr td:first-child").all_inner_texts()
        return [text.split("\n")[0] for text in cells]

    def quiet(self) -> bool:
        return self.said == [] and all(url.startswith("file://") for url in self.asked)

    def fits(self) -> bool:
        """Whether nothing makes the page itself scroll sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def some() -> tuple[Plan, Context]:
    members = [
        member(f"low_{n}", owners=("growth",), operators=("Bash",), runs_per_day=1.0) for n in range(6)
    ]
    members += [member(f"pay_{n}", owners=("finance",), level=2, history=n == 0) for n in range(3)]
    edges = [edge("low_0", "low_1"), edge("low_1", "pay_0"), edge("pay_1", "pay_2"), edge("broken", "low_2")]
    policy = rules(max_dags_per_wave=3, pilot_size=2)
    broken = member("broken", owners=("ops",))
    plan = make_plan(
        estate(*members, broken, edges=edges, blockers={"broken": ("AS401: open",)}),
        policy,
        Clockwork({"low_2": 5}),
    )
    return plan, Context(policy, Target("3.3.1", "mwaa"), Target("2.10.3"))


def large() -> tuple[Plan, Context]:
    one = random_estate(random.Random(1), 3000, 6000)
    policy = rules(max_dags_per_wave=60, cadence="daily 10:00")
    plan = make_plan(replace(one, decided={}), policy, Clockwork({}))
    return plan, Context(policy, Target("3.3.1"), Target("2.10.3"))


def test_three_thousand_dags_open_quickly(browser: object, tmp_path: Path) -> None:
    plan, context = large()
    assert len(plan.members) == 3000
    visit = Visit(browser, tmp_path, plan, context)
    assert visit.seconds < SECONDS
    assert visit.quiet()
    assert visit.fits()
    visit.page.fill("#search", "d1234")
    assert visit.ids() == ["d1234"] or "d1234" in visit.ids()
    assert visit.page.locator("#bars .bar").count() == len(plan.waves)


def test_the_page_shows_every_wave_with_its_dags_and_reasons(browser: object, tmp_path: Path) -> None:
    plan, context = some()
    visit = Visit(browser, tmp_path, plan, context)
    for wave in plan.waves:
        visit.page.select_option("#wave", label=f"{wave.number}: {wave.name} ({len(wave.dags)})")
        assert visit.ids() == [dag.dag_id for dag in wave.dags]
        text = visit.page.locator("#rows").inner_text()
        assert all(reason in text for dag in wave.dags for reason in dag.reasons)
        assert wave.start.date().isoformat() in visit.page.locator("#about").inner_text()
    assert "broken" in visit.page.locator("#blocked").inner_text()
    assert "low_2 (wave" in visit.page.locator("#blocked").inner_text()
    assert visit.page.locator("#line path").count() == 2
    assert visit.quiet()


def test_the_keyboard_is_enough(browser: object, tmp_path: Path) -> None:
    plan, context = some()
    visit = Visit(browser, tmp_path, plan, context)
    page = visit.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(6):
        page.keyboard.press("Tab")
    assert "bar" in page.evaluate("document.activeElement.getAttribute('class')")
    page.keyboard.press("ArrowRight")
    assert visit.ids() == [dag.dag_id for dag in plan.waves[1].dags]
    assert page.evaluate("document.activeElement.getAttribute('data-place')") == "1"
    page.keyboard.press("End")
    assert visit.ids() == [dag.dag_id for dag in plan.waves[-1].dags]
    page.keyboard.press("Tab")
    page.keyboard.type("low_0")
    assert visit.ids() == ["low_0"] or "low_0" in visit.ids()
    node = page.locator("#drawing .node").first
    node.focus()
    page.keyboard.press("Enter")
    assert visit.quiet()


def test_filters_look_at_all_waves_and_lists(browser: object, tmp_path: Path) -> None:
    plan, context = some()
    visit = Visit(browser, tmp_path, plan, context)
    visit.page.select_option("#owner", "finance")
    assert visit.ids() == ["pay_0", "pay_1", "pay_2"] or sorted(visit.ids()) == ["pay_0", "pay_1", "pay_2"]
    visit.page.check("#seed")
    assert visit.ids() == ["pay_0"]
    visit.page.click("text=Clear")
    visit.page.check("#bridged")
    ends = {name for bridge in plan.bridges for name in (bridge.source, bridge.target)}
    assert set(visit.ids()) == ends
    visit.page.fill("#search", "as401")
    assert visit.ids() == ["broken"]


def test_an_address_names_a_wave(browser: object, tmp_path: Path) -> None:
    plan, context = some()
    visit = Visit(browser, tmp_path, plan, context)
    visit.page.evaluate(f"location.hash = '#wave-{plan.waves[1].number}'")
    visit.page.wait_for_function("document.getElementById('wave').value === '1'")
    assert visit.ids() == [dag.dag_id for dag in plan.waves[1].dags]


def test_foreign_text_stays_text(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, *hostile_plan())
    visit.page.fill("#search", "calc")
    assert HOSTILE in visit.ids()
    assert visit.quiet()
    assert visit.fits()


def test_a_telephone_shows_it_without_scrolling_sideways(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, *some(), viewport={"width": 390, "height": 800})
    assert visit.fits()
    assert visit.quiet()


def test_what_blocks_what_is_short_until_asked(browser: object, tmp_path: Path) -> None:
    members = [member(f"stuck_{n:03}", owners=("ops" if n % 2 else "growth",)) for n in range(120)]
    policy = rules(max_dags_per_wave=10)
    blockers = {one.dag_id: tuple(f"AS40{n}: open" for n in range(1, 6)) for one in members}
    plan = make_plan(estate(*members, member("free"), blockers=blockers), policy, Clockwork({}))
    visit = Visit(browser, tmp_path, plan, Context(policy, Target("3.3.1"), Target("2.10.3")))
    page = visit.page
    rows = page.locator("#blocked tbody tr")
    assert rows.count() == 10
    assert page.locator("#blocked h3").first.inner_text() == "120 blocked DAGs"
    assert page.locator("#blocking").bounding_box()["height"] < 1500
    assert "AS401" in rows.first.inner_text()
    assert "AS405" not in rows.first.inner_text()
    rows.first.locator("summary").press("Enter")
    assert "AS405" in rows.first.inner_text()
    page.fill("#blocking-search", "ops stuck_11")
    assert page.locator("#blocked h3").first.inner_text() == "5 of 120 blocked DAGs"
    assert [text.split("\t")[0] for text in rows.all_inner_texts()] == [
        f"stuck_{n}" for n in range(111, 120, 2)
    ]
    page.fill("#blocking-search", "")
    page.get_by_role("button", name="Show all 120").press("Enter")
    assert rows.count() == 120
    assert visit.quiet()
    assert visit.fits()


def test_a_plan_without_blocked_dags_says_so(browser: object, tmp_path: Path) -> None:
    policy = rules(max_dags_per_wave=10)
    plan = make_plan(estate(member("a"), member("b")), policy, Clockwork({}))
    visit = Visit(browser, tmp_path, plan, Context(policy, Target("3.3.1"), Target("2.10.3")))
    assert visit.page.locator("#blocking-filter").is_hidden()
    assert "blocked DAG" not in visit.page.locator("#blocked").inner_text()
