"""DAGs read off dag-factory's YAML, against what dag-factory 1.1.0 made of it on Airflow 2.10.3.

`real.json` is the answer of `airshift_dev/truth_worker.py` in such an install, with `HERE` set to the folder.
"""

from __future__ import annotations

import json
from pathlib import Path

from airshift_dev.inventory_truth import compare_with
from airshift_dev.parsing import Parsed

HERE = Path(__file__).with_name("dag_factory")


def test_everything_is_found_and_nothing_else() -> None:
    answer = json.loads((HERE / "real.json").read_text(encoding="utf-8"))
    real = Parsed(Path(answer["path"]), answer["error"], {dag["dag_id"]: dag for dag in answer["dags"]})
    truth = compare_with("dag-factory", HERE / "dags", {answer["path"]: real})
    assert truth.scores["DAGs"].real == 6
    for name, score in truth.scores.items():
        assert (name, score.wrong) == (name, [])
        assert (name, score.found) == (name, score.real)
    assert (truth.exact, truth.exact_wrong, truth.missing) == (6, [], [])
