"""Pages that airshift writes, and its documentation, in a real browser: axe finds nothing, and nothing is cut off.

Each page is looked at in light and dark, 400 and 1600 pixels wide. axe judges two of the four: every scheme and every
width once, since colours do not depend on the width nor structure on the colours.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from airshift_dev import screenshot
from documentation.consoles import ROOT
from documentation.test_site import build

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(screenshot.chromium() is None, reason="no Chromium on this machine"),
]
if screenshot.chromium():
    from playwright import sync_api

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WRITTEN = {
    "inventory": ["inventory", "{estate}", "--format", "html"],
    "simulation": ["simulate", "{estate}/dags", "--at", "2026-12-01T10:00+01:00", "--format", "html"],
    "check": ["check", "{estate}/dags", "--format", "html", "--exit-zero"],
    "size": ["size", "{estate}", "--week", "2026-11-23", "--format", "html"],
    "difference": ["report", "diff", "{history}/0", "{history}/11", "--format", "html"],
}
DOCUMENTS = ("index", "tutorial", "rules", "plan", "howto/ci-baseline", "rules/AS101")
OPEN = {
    "report": [".dag-id >> nth=0", "#rule-list summary >> nth=0", "#file-list summary >> nth=0"],
    "simulation": ["summary >> nth=0"],
    "check": ["summary >> nth=1"],
}
"""What is opened on a page before it is looked at."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every page, by name."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, make in screenshot.page_makers(folder).items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(make(), encoding="utf-8")
    for name, arguments in WRITTEN.items():
        found[name] = folder / f"{name}.html"
        words = [word.format(estate=screenshot.ESTATE, history=folder / "history") for word in arguments]
        command = [sys.executable, "-m", "airshift", *words, "--output", str(found[name])]
        subprocess.run(command, check=False, capture_output=True, cwd=folder)
    assert build(ROOT, folder / "site").returncode == 0
    return found | {f"site/{name}": folder / "site" / f"{name}.html" for name in DOCUMENTS}


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=screenshot.chromium(), args=list(screenshot.FLAGS)
        )
        yield chromium
        chromium.close()


NAMES = [
    *(picture.page for picture in screenshot.PICTURES),
    *WRITTEN,
    *(f"site/{name}" for name in DOCUMENTS),
]


LOOKS: tuple[tuple[int, screenshot.Scheme, bool], ...] = (
    (1600, "light", False),
    (1600, "dark", True),
    (400, "dark", False),
    (400, "light", True),
)
"""Width, scheme, and whether axe judges, too."""


@pytest.mark.parametrize("name", list(dict.fromkeys(NAMES)))
def test_everybody_can_read_it(pages: dict[str, Path], browser: sync_api.Browser, name: str) -> None:
    page = browser.new_page(reduced_motion="reduce")
    loaded = 0
    for width, scheme, judged in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        if width != loaded:
            page.goto(pages[name].as_uri())
            for selector in OPEN.get(name, ()):
                page.locator(selector).click()
            loaded = width
        if judged:
            page.evaluate(AXE)
            found = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", RULES)
            assert [_told(violation) for violation in found["violations"]] == [], f"{width} pixels, {scheme}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, scheme
        assert page.evaluate(_CUT_OFF) == [], f"{width} pixels, {scheme}"
    page.close()


def _told(violation: dict[str, object]) -> str:
    nodes: list[dict[str, object]] = violation["nodes"]  # type: ignore[assignment]
    places = "; ".join(f"{node['target']} {str(node['failureSummary'])[:200]}" for node in nodes[:4])
    return f"{violation['id']} ({len(nodes)}): {places}"


def test_axe_notices_what_is_wrong(browser: sync_api.Browser, tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text("<html><body><img src=x><p style='color:#ccc'>pale</p></body></html>")
    page = browser.new_page()
    page.goto((tmp_path / "bad.html").as_uri())
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert {"image-alt", "color-contrast", "html-has-lang"} <= {one["id"] for one in found["violations"]}
    page.set_content(
        "<p style='width:90px;overflow:hidden;white-space:nowrap'>text that is much too long</p>"
    )
    assert page.evaluate(_CUT_OFF) == ["text that is much too long"]


_CUT_OFF = """() => {
  const cut = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, holder = text.parentElement;
    if (!text.textContent.trim() || !holder.checkVisibility({ visibilityProperty: true })) continue;
    if (holder.closest('.md-header, .md-skip, svg, script, style')) continue;  // the theme's bar repeats the title
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    for (let above = holder; above && above !== document.body; above = above.parentElement) {
      const overflow = getComputedStyle(above).overflowX;
      if (overflow === 'auto' || overflow === 'scroll') break;
      if (overflow === 'visible') continue;
      const edge = above.getBoundingClientRect();
      if (edge.width <= 2) break;  // for screen readers only
      if (box.width && box.right > edge.right + 1) cut.push(text.textContent.trim().slice(0, 60));
    }
  }
  return [...new Set(cut)];
}"""
