"""The example DAG that assesses repositories is a DAG on the Airflow of before and on that of after."""

from __future__ import annotations

import pytest

from airshift_dev.envs import ROOT
from airshift_dev.parsing import parse_files

pytestmark = pytest.mark.oracle
EXAMPLE = ROOT / "examples" / "scaling" / "assess_repositories.py"


@pytest.mark.parametrize("version", ["2.10.3", "3.3.1"])
def test_the_example_is_a_dag(version: str) -> None:
    found = parse_files(version, [EXAMPLE])[EXAMPLE]
    assert found.error is None
    tasks = found.dags["assess_repositories"]["tasks"]
    assert {name: task["downstream"] for name, task in tasks.items()} == {
        "repositories": ["assess"],
        "assess": ["merge"],
        "merge": [],
    }
