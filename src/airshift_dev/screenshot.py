"""Pictures of the report on examples/estate, for the README.

    python -m airshift_dev.screenshot [--out docs/images]

Needs Chromium (Debian's package will do, `AIRSHIFT_CHROMIUM` names another) and playwright.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from airshift.assessing import assess_path
from airshift.report.page import html_report

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZE = (1440, 1010)
Scheme = Literal["light", "dark"]


def chromium() -> str | None:
    """The browser to drive, if there is one."""
    return os.environ.get("AIRSHIFT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def take(page: Path, pictures: Sequence[tuple[Scheme, Path]]) -> None:
    """Photograph a page in the given colour schemes."""
    from playwright.sync_api import sync_playwright

    width, height = SIZE
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        for scheme, picture in pictures:
            tab = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            tab.goto(page.as_uri())
            tab.screenshot(path=picture)
        browser.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write report.png and report-dark.png."""
    parser = argparse.ArgumentParser(description="Photograph the report on examples/estate.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images", help="Folder for the pictures.")
    out: Path = parser.parse_args(arguments).out
    if chromium() is None:
        print("no Chromium found; install the package chromium or set AIRSHIFT_CHROMIUM", file=sys.stderr)
        return 3
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(html_report(assess_path(ROOT / "examples" / "estate")), encoding="utf-8")
        take(page, [("light", out / "report.png"), ("dark", out / "report-dark.png")])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
