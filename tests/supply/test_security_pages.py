"""What the pages on security claim is linked to a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"\[[^\]]+\]\(([^)#]+)\)")


@pytest.mark.parametrize("page", ["THREAT-MODEL.md", "SECURITY.md"])
def test_every_link_leads_to_a_file(page: str) -> None:
    links = _LINK.findall((ROOT / page).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).is_file()] == []


def test_every_row_of_the_threat_model_names_a_test() -> None:
    rows = [
        line
        for line in (ROOT / "THREAT-MODEL.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ][2:]
    assert len(rows) > 10
    for row in rows:
        linked = _LINK.findall(row.split("|")[3])
        assert any(link.startswith("tests/") for link in linked), row
        for link in linked:
            assert not link.startswith("tests/") or "def test_" in (ROOT / link).read_text(encoding="utf-8")
