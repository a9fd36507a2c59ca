"""What `airshift fix --unsafe-fixes` makes of example DAGs, judged by the real Airflow that they are meant for."""

from __future__ import annotations

from pathlib import Path

import pytest

from airshift.findings import Applicability
from airshift_dev.fix_corpus import Case, cases
from airshift_dev.fix_oracle import PAGE, TARGETS, judge, table, unfixed

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Case]]:
    work = tmp_path_factory.mktemp("fix") / "source"
    return work, cases(work)


def test_the_corpus_has_what_was_asked_for(corpus: tuple[Path, list[Case]]) -> None:
    names = [case.corpus for case in corpus[1]]
    assert names.count("Airflow 2.10.3") >= 45
    assert names.count("Airflow 1.10.15") >= 40
    assert len(set(names) - {"Airflow 2.10.3", "Airflow 1.10.15"}) >= 6


@pytest.mark.parametrize("target", TARGETS)
def test_examples_are_fixed_for_the_target(
    target: str, corpus: tuple[Path, list[Case]], tmp_path: Path
) -> None:
    outcomes = judge(target, corpus[1], corpus[0], tmp_path)
    need = [outcome for outcome in outcomes if outcome.needs_change]
    left = [outcome for outcome in need if not outcome.is_fixed]
    assert len(need) - len(left) >= 0.97 * len(need), list(unfixed(outcomes))
    assert not [outcome.case.path for outcome in outcomes if outcome.is_broken]
    for outcome in left:
        manual = {finding.applicability for finding in outcome.left}
        assert Applicability.MANUAL in manual, (outcome.case.path, outcome.reason)
    by_ruff = sum(outcome.is_fixed_by_ruff for outcome in need)
    assert by_ruff < len(need) - len(left)
    assert "\n".join(table(target, outcomes)) in PAGE.read_text(), (
        "run python -m airshift_dev.fix_oracle --docs"
    )
