"""The week of 5,000 DAGs is simulated within ten seconds; `python benchmarks/size.py` prints more."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "size.py"

pytestmark = pytest.mark.oracle


def test_five_thousand_dags_take_less_than_ten_seconds() -> None:
    spec = importlib.util.spec_from_file_location("benchmark_of_size", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = benchmark
    spec.loader.exec_module(benchmark)
    building, simulating, tasks, peak, _ = benchmark.measure(benchmark.LIMIT_DAGS)
    assert tasks > 5_000_000
    assert peak > 1000
    assert building + simulating < benchmark.LIMIT_SECONDS == 10
