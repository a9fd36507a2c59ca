"""The documentation site builds without a warning, holds every page, and fetches nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from airshift.cli.app import run
from airshift_dev import screenshot
from airshift_dev.site import SECTIONS, navigation
from documentation.consoles import ROOT, blocks

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stderr
    return folder


def build(root: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """`make site`, into another folder."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, env=environment)


def test_every_page_is_built(site: Path) -> None:
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    assert {path for path in pages if not (site / path).is_file()} == set()


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    fetched = re.compile(
        r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?(?:https?:)?//|<link\b[^>]*\bhref=\"?(?:https?:)?//"
    )
    for page in site.rglob("*.html"):
        assert fetched.findall(page.read_text(encoding="utf-8")) == [], page
    for style in site.rglob("*.css"):
        assert (
            re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", style.read_text(encoding="utf-8")) == []
        ), style


def test_a_broken_link_fails_the_build(tmp_path: Path) -> None:
    for name in ("mkdocs.yml", "src/airshift_dev/site.py", "docs/stylesheets/extra.css"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "docs" / "index.md").write_text("# Here\n\n[there](#here)\n")
    assert build(tmp_path, tmp_path / "site").returncode == 0
    for link in ("[nowhere](nowhere.md)", "[no such part](#there)", "![no picture](images/none.png)"):
        (tmp_path / "docs" / "index.md").write_text(f"# Here\n\n{link}\n")
        assert build(tmp_path, tmp_path / "site").returncode == 1, link


def test_no_page_is_lost(tmp_path: Path) -> None:
    for name in ("index.md", "tutorial.md", "plan.md", "brand-new.md", "rules/AS101.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("# A page\n")
    assert navigation(tmp_path) == [
        {"Start": [{"Overview": "index.md"}, {"Tutorial": "tutorial.md"}]},
        {"Topics": [{"Plan waves": "plan.md"}]},
        {"More": ["brand-new.md"]},
    ]
    listed = [page for pages in SECTIONS.values() for page in pages.values()]
    assert len(set(listed)) == len(listed)


def test_the_example_of_resolved_names_is_true(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = (block.body for block in blocks(DOCS / "names.md") if block.kind == "python")
    (tmp_path / "dag.py").write_text(code)
    run(
        [
            "check",
            str(tmp_path),
            "--target",
            "3.3.1",
            "--select",
            "AS1",
            "--format",
            "concise",
            "--isolated",
            "-q",
        ]
    )
    found = re.findall(r"dag\.py:(\d+):\d+: (AS\d+)", capsys.readouterr().out)
    lines = code.splitlines()
    assert [code for _, code in found] == ["AS104"]
    assert "bash_operator as ops" in lines[int(found[0][0]) - 1]


def test_every_picture_of_the_documentation_can_be_taken_again() -> None:
    named = {
        name
        for page in DOCS.rglob("*.md")
        for name in re.findall(r"images/([\w-]+)\.png\)", page.read_text())
    }
    assert named <= {picture.name for picture in screenshot.PICTURES}


CHANGED = 0.04
"""Share of pixels: a count that is another one changes less, another order or look changes more."""


@pytest.mark.oracle
@pytest.mark.skipif(screenshot.chromium() is None, reason="no Chromium on this machine")
def test_the_pictures_show_what_the_pages_look_like_today() -> None:
    """They are taken into out/pictures; with AIRSHIFT_PICTURES=1 those in docs/images are taken anew."""
    kept = DOCS / "images"
    out = kept if os.environ.get("AIRSHIFT_PICTURES") else ROOT / "out" / "pictures"
    assert screenshot.main(["--out", str(out)]) == 0
    names = [f"{picture.name}.png" for picture in screenshot.PICTURES]
    for name in names:
        data = (out / name).read_bytes()
        assert data.startswith(b"\x89PNG")
        assert int.from_bytes(data[16:20]) == 1440
        assert len(data) > 40_000, "an empty page"
    found = dict(zip(names, screenshot.unlike([(out / name, kept / name) for name in names]), strict=True))
    assert {name: share for name, share in found.items() if share > CHANGED} == {}, (
        "AIRSHIFT_PICTURES=1 takes them anew"
    )
    (another,) = screenshot.unlike([(kept / "report.png", kept / "plan.png")])
    assert another > CHANGED, "pictures of different pages are told apart"
