"""Every breaking change of the catalogue is covered by a rule, or docs/not-detected.md says why not."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from airshift.catalogue import Catalogue

ROOT = Path(__file__).parents[1]


def coverage() -> dict[str, Any]:
    return tomllib.loads((ROOT / "rules" / "coverage.toml").read_text())


def own_list() -> list[str]:
    return [
        f"{group}{number:02}"
        for group, last in coverage()["changes"].items()
        for number in range(1, last + 1)
    ]


def catalogue_file() -> Path:
    return Path(os.environ.get("AIRSHIFT_SHARED") or ROOT.parent / "shared") / "facts" / "breaking.md"


def by_rules() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code, rule in Catalogue.load().rules.items():
        for change in rule.facts:
            found.setdefault(change, set()).add(code)
    for change, codes in coverage()["also"].items():
        found.setdefault(change, set()).update(codes)
    return found


@pytest.mark.skipif(not catalogue_file().exists(), reason="the catalogue is not beside the repository")
def test_the_repository_lists_every_change_of_the_catalogue() -> None:
    ids = re.findall(r"^\| ([A-Z]{2,3}\d\d) \|", catalogue_file().read_text(), re.MULTILINE)
    assert sorted(ids) == sorted(own_list())


def test_every_change_has_a_rule_or_a_reason() -> None:
    undetected = coverage()["undetected"].keys()
    assert set(own_list()) - by_rules().keys() == set(undetected)


def test_rules_name_only_changes_that_exist() -> None:
    assert by_rules().keys() <= set(own_list())


def test_codes_named_in_the_table_exist() -> None:
    named = {code for codes in coverage()["also"].values() for code in codes}
    assert named <= Catalogue.load().rules.keys()


@pytest.mark.parametrize("change", sorted(coverage()["undetected"]))
def test_the_documentation_gives_the_reason(change: str) -> None:
    text = (ROOT / "docs" / "not-detected.md").read_text()
    line = next((line for line in text.splitlines() if line.startswith(f"| {change}:")), "")
    assert len(line.split("|")[2].strip()) > 20
