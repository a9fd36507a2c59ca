"""The page in a real headless Chromium: it works, is silent on the console, runs nobody else's code."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from airshift.findings import Applicability
from airshift.report.model import Assessment
from airshift.report.page import html_report
from report.estate_of_tests import HOSTILE, assessed, dag, finding, hostile, large

CHROMIUM = os.environ.get("AIRSHIFT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = [pytest.mark.oracle, pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")]
if CHROMIUM:
    from playwright import sync_api


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class Visit:
    """A page that was opened, and everything it complained about or asked for."""

    def __init__(self, browser: object, folder: Path, assessment: Assessment, **options: object) -> None:
        path = folder / "report.html"
        path.write_text(html_report(assessment), encoding="utf-8")
        self.page = browser.new_context(**options).new_page()  # type: ignore[attr-defined]
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def _dialog(self, dialog: object) -> None:
        self.said.append("dialog: " + dialog.message)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    def ids(self) -> list[str]:
        return self.page.locator("#dag-table .dag-id").all_inner_texts()

    def status(self) -> str:
        return self.page.locator("#dag-status").inner_text()

    def quiet(self) -> bool:
        return self.said == [] and all(url.startswith("file://") for url in self.asked)


def some() -> Assessment:
    dags = [
        dag("ledger", "dags/finance/ledger.py", owners=("finance",)),
        dag("ads", "dags/growth/ads.py", owners=("growth",)),
        dag("crawl", "dags/growth/crawl.py", owners=("growth",)),
    ]
    found = [
        finding("dags/finance/ledger.py", code="AS401", applicability=Applicability.MANUAL, effort=90),
        finding("dags/growth/ads.py", code="AS101"),
        finding("dags/growth/ads.py", code="AS101", line=8),
    ]
    return assessed(found, dags)


def test_filter_search_and_sort(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, some())
    page = visit.page
    assert visit.ids() == ["ledger", "ads", "crawl"]
    for words, expected in (("growth ADS", ["ads"]), ("as401", ["ledger"]), ("nothing like it", [])):
        page.fill("#dag-search", words)
        sync_api.expect(page.locator("#dag-table .dag-id")).to_have_text(expected)
        assert visit.status() == f"{len(expected)} of 3 DAGs"
    page.fill("#dag-search", "")
    sync_api.expect(page.locator("#dag-status")).to_have_text("3 DAGs")
    page.click("#dag-verdicts [data-verdict=ready]")
    assert visit.ids() == ["crawl"]
    page.click("#dag-verdicts [data-verdict=auto_fixable]")
    assert sorted(visit.ids()) == ["ads", "crawl"]
    page.select_option("#dag-owner", "finance")
    assert (visit.ids(), visit.status()) == ([], "0 of 3 DAGs")
    page.select_option("#dag-owner", "")
    page.click("#dag-verdicts [data-verdict=ready]")
    page.click("#dag-verdicts [data-verdict=auto_fixable]")
    page.click("[data-sort=id]")
    assert visit.ids() == ["ads", "crawl", "ledger"]
    page.click("[data-sort=id]")
    assert visit.ids() == ["ledger", "crawl", "ads"]
    assert page.get_attribute("th:has([data-sort=id])", "aria-sort") == "descending"
    assert visit.quiet()


def test_details_rules_and_files_open(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, some())
    page = visit.page
    page.locator(".dag-id", has_text="ads").press("Enter")
    assert "2 places, first" in page.locator(".detail").inner_text()
    page.locator(".detail a.code").click()
    rule = page.locator("#rule-AS101")
    assert rule.get_attribute("open") is not None
    assert rule.locator(".finding").count() == 2
    page.select_option("#file-fix", "manual")
    assert page.locator("#file-status").inner_text() == "1 finding in 1 file"
    page.locator("#file-list summary").click()
    assert "line 3, column 1" in page.locator("#file-list .finding").inner_text()
    assert visit.quiet()


def test_a_verdict_in_the_summary_leads_to_its_dags(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, some())
    visit.page.click(".verdict[data-verdict=blocked]")
    assert visit.ids() == ["ledger"]
    assert visit.page.get_attribute(".chip[data-verdict=blocked]", "aria-pressed") == "true"


def test_hostile_names_are_inert(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, hostile())
    page = visit.page
    assert HOSTILE in visit.ids()
    for opener in page.locator(".dag-id").all() + page.locator("summary").all():
        opener.click()
    page.wait_for_timeout(300)
    assert page.locator("script").count() == 2
    assert page.locator("img").count() == 0
    assert page.evaluate("document.querySelectorAll('[onerror],[onclick],[onmouseover]').length") == 0
    assert page.evaluate("[...document.links].every(a => /^(https?|file):/.test(a.href))")
    assert visit.quiet()


def test_injected_script_would_not_run(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, some())
    visit.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title=1\">')"
    )
    visit.page.wait_for_timeout(200)
    assert visit.page.title().startswith("Airflow 2.10.3")
    assert any("Content Security Policy" in line for line in visit.said)


@pytest.mark.parametrize("width", [360, 400, 768, 1180, 1600])
def test_nothing_sticks_out(browser: object, tmp_path: Path, width: int) -> None:
    for assessment in (some(), hostile()):
        visit = Visit(browser, tmp_path, assessment, viewport={"width": width, "height": 900})
        for opener in visit.page.locator(".dag-id").all()[:2]:
            opener.click()
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_theme_follows_the_system_and_the_button(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, some(), color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = visit.page.evaluate(background)
    visit.page.click("#theme")
    light = visit.page.evaluate(background)
    assert (dark, light) == ("rgb(13, 19, 24)", "rgb(244, 246, 248)")
    visit.page.reload()
    assert visit.page.evaluate(background) == light
    assert visit.quiet()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(browser: object, tmp_path: Path, scheme: str) -> None:
    visit = Visit(browser, tmp_path, hostile(), color_scheme=scheme)
    for opener in visit.page.locator(".dag-id").all()[:1] + visit.page.locator("summary").all()[:2]:
        opener.click()
    assert visit.page.evaluate(_LOW_CONTRAST) == []


def test_it_prints_every_dag(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, large(120, 10))
    assert len(visit.ids()) == 50
    pdf = visit.page.pdf()
    assert pdf.startswith(b"%PDF")
    assert len(visit.ids()) == 120


def test_a_large_estate_answers_quickly(browser: object, tmp_path: Path) -> None:
    visit = Visit(browser, tmp_path, large(3000, 50_000))
    page = visit.page
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
    assert ready < 5000
    spent = page.evaluate(
        """() => { const start = performance.now();
        const box = document.querySelector('#dag-owner'); box.value = 'team-3';
        box.dispatchEvent(new Event('change')); return performance.now() - start; }"""
    )
    assert spent < 500
    assert 0 < len(visit.ids()) <= 50
    page.locator("#rule-list summary").first.click()
    sync_api.expect(page.locator("#rule-list .finding")).to_have_count(50)
    assert page.locator("#rule-list .more button").count() == 1
    assert page.evaluate("document.querySelectorAll('*').length") < 20_000
    assert visit.quiet()


_LOW_CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== 'none') return null;
      const color = parse(style.backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
      if (color[3] > 0) return null;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim()) continue;
    if (parent.closest('script, style, svg, .visually-hidden')) continue;
    if (!parent.checkVisibility() || parent.getClientRects().length === 0) continue;
    const back = behind(parent);
    if (!back) continue;
    const [a, b] = [light(parse(getComputedStyle(parent).color)), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.push(parent.className + ' ' + ratio.toFixed(2));
  }
  return [...new Set(low)];
}"""
