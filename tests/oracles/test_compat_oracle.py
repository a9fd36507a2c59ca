"""What `airshift fix --compat` writes parses on both versions, with the same tasks, edges and schedules."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift_dev.fix_corpus import cases
from airshift_dev.fix_oracle import TARGETS, judge_both, one_sided

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("target", TARGETS)
def test_the_examples_parse_on_both_versions(target: str, tmp_path: Path) -> None:
    found = cases(tmp_path / "source")
    outcomes = judge_both(target, found, tmp_path / "source", tmp_path / target)
    assert not [outcome.case.path for outcome in outcomes if not outcome.is_kept]
    left = [outcome for outcome in outcomes if not outcome.is_fixed]
    assert all(outcome.left for outcome in left), list(one_sided(outcomes))
    assert len(left) <= 0.03 * len(outcomes), list(one_sided(outcomes))
