"""The generated pages are up to date, and the links of the written ones lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airshift.catalogue import Catalogue
from airshift_dev import docs

ROOT = Path(__file__).parents[1]
WRITTEN = sorted(path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_generated_pages_are_up_to_date() -> None:
    assert [path.as_posix() for path in docs.stale()] == [], "run `make docs`"


def test_a_stale_page_is_noticed_and_written(tmp_path: Path) -> None:
    changed = docs.write(tmp_path)
    assert Path("rules.md") in changed
    assert docs.stale(tmp_path) == []
    (tmp_path / "cli.md").write_text("old")
    (tmp_path / "rules" / "AS000.md").write_text("a rule that is gone")
    assert docs.stale(tmp_path) == [Path("cli.md"), Path("rules/AS000.md")]
    docs.write(tmp_path)
    assert docs.stale(tmp_path) == []
    assert not (tmp_path / "rules" / "AS000.md").exists()


@pytest.mark.parametrize("code", Catalogue.load().rules)
def test_every_rule_has_a_page_with_its_example(code: str) -> None:
    rule = Catalogue.load().rule(code)
    page = docs.rule_page(rule)
    assert rule.before.strip("\n") in page
    assert rule.reference in page
    assert f"ignore[{code}]" in page or rule.silence in page
    assert f"rules/{code}.md" in docs.rule_index(list(Catalogue.load().rules.values()))


def test_every_command_is_described() -> None:
    page = docs.command_page()
    for command in ("assess", "check", "explain", "fix", "inventory", "pin", "rules", "constraints list"):
        assert f"## airshift {command}\n" in page
    assert "-h, --help" in page


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_lead_to_files(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []
