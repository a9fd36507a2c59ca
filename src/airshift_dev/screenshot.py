"""Pictures of the pages that airshift writes for examples/estate, for README and documentation.

    python -m airshift_dev.screenshot [--out docs/images] [--only report]

Needs Chromium (Debian's package will do, `AIRSHIFT_CHROMIUM` names another) and playwright.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import airshift
from airshift.estate.graph import build_graph
from airshift.history.page import trend_html
from airshift.history.reading import read_snapshots
from airshift.output.pages import graph_html
from airshift.report.document import json_report
from airshift.report.page import html_report

ROOT = Path(__file__).parents[2]
ESTATE = ROOT / "examples" / "estate"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START = datetime(2026, 9, 7, 9, tzinfo=UTC)
POLICY = """\
[plan]
start = 2026-12-01
cadence = "weekly tue 10:00"
timezone = "Europe/Berlin"
freeze = [{start = "2026-12-18", end = "2027-01-04", reason = "year end"}]
max_dags_per_wave = 10
block = "decisions"
"""
WEEKS: tuple[Mapping[str, Any], ...] = (
    {},
    {"select": ["AS104", "AS201"]},
    {"select": ["AS1"]},
    {"select": ["AS1", "AS2"]},
    {"select": ["AS1", "AS2", "AS3"]},
    {},
    {"unsafe": True},
)
"""What a team lets airshift fix from week to week, for a trend with something to see."""
Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Picture:
    """The upper part of a page in one colour scheme."""

    name: str
    page: str
    scheme: Scheme = "light"
    height: int = 1010


PICTURES = (
    Picture("report", "report"),
    Picture("report-dark", "report", "dark"),
    Picture("plan", "plan"),
    Picture("graph", "graph", height=900),
    Picture("trend", "trend", height=860),
)


def chromium() -> str | None:
    """The browser to drive, if there is one."""
    return os.environ.get("AIRSHIFT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def page_makers(folder: Path) -> dict[str, Callable[[], str]]:
    """What writes each page; the estate is copied to `folder` where it has to be changed."""
    return {
        "report": lambda: html_report(airshift.assess(ESTATE)),
        "plan": lambda: _plan(folder),
        "graph": _graph,
        "trend": lambda: _trend(folder),
    }


def _plan(folder: Path) -> str:
    airshift.plan(ESTATE, policy=_policy(folder)).write(folder / "plan")
    return (folder / "plan" / "plan.html").read_text(encoding="utf-8")


def _policy(folder: Path) -> Path:
    policy = folder / "policy.toml"
    policy.write_text(POLICY, encoding="utf-8")
    return policy


def _graph() -> str:
    return graph_html(build_graph(airshift.inventory(ESTATE).inventory))


def _trend(folder: Path) -> str:
    for week, files in enumerate(weeks(folder / "estate", _policy(folder))):
        for name, text in files.items():
            path = folder / "history" / str(week) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return trend_html(read_snapshots(folder / "history")[0])


def weeks(copy: Path, policy: Path) -> Iterator[dict[str, str]]:
    """The estate fixed week by week and moved wave by wave: the files of each report."""
    shutil.copytree(ESTATE, copy)
    for number, fixes in enumerate(WEEKS):
        if number:
            airshift.fix(copy, write=True, **fixes)
        yield {"report.json": _report(airshift.assess(copy, ruff=False), number)}
    plan, assessment = airshift.plan(copy, policy=policy).document(), airshift.assess(copy, ruff=False)
    for number, wave in enumerate(plan["waves"], len(WEEKS)):
        wave["state"] = "finished"
        yield {"report.json": _report(assessment, number), "plan.json": json.dumps(plan)}


def _report(assessment: airshift.Assessment, week: int) -> str:
    return json_report(replace(assessment, generated_at=START + timedelta(weeks=week)))


def take(pages: Mapping[str, Path], pictures: Sequence[Picture], out: Path) -> None:
    """Photograph pages."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        for picture in pictures:
            size = {"width": 1440, "height": picture.height}
            tab = browser.new_page(viewport=size, color_scheme=picture.scheme)  # type: ignore[arg-type]
            tab.goto(pages[picture.page].as_uri())
            tab.screenshot(path=out / f"{picture.name}.png")
            tab.close()
        browser.close()


_COUNT_UNLIKE = """async ([one, other]) => {
  const pixels = async (address) => {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0);
    return pen.getImageData(0, 0, image.width, image.height);
  };
  const [a, b] = [await pixels(one), await pixels(other)];
  if (a.width !== b.width || a.height !== b.height) return 1;
  let unlike = 0;
  for (let at = 0; at < a.data.length; at += 4)
    unlike += [0, 1, 2].some((part) => Math.abs(a.data[at + part] - b.data[at + part]) > 40);
  return unlike * 4 / a.data.length;
}"""


def unlike(pairs: Sequence[tuple[Path, Path]]) -> Iterator[float]:
    """For each pair of pictures the share of pixels that are plainly of another colour."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        tab = browser.new_page()
        for pair in pairs:
            yield tab.evaluate(_COUNT_UNLIKE, [_address(picture) for picture in pair])
        browser.close()


def _address(picture: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description="Photograph what airshift writes for examples/estate.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images", help="Folder for the pictures.")
    parser.add_argument("--only", action="append", help="Name of a picture; several may be given.")
    options = parser.parse_args(arguments)
    if chromium() is None:
        print("no Chromium found; install the package chromium or set AIRSHIFT_CHROMIUM", file=sys.stderr)
        return 3
    pictures = [one for one in PICTURES if not options.only or one.name in options.only]
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        makers = page_makers(folder)
        pages = {page: folder / f"{page}.html" for page in dict.fromkeys(one.page for one in pictures)}
        for page, path in pages.items():
            path.write_text(makers[page](), encoding="utf-8")
        take(pages, pictures, options.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
