"""What ruff's AIR3 rules flag in Airflow's own sources and examples, the rules here flag too.

Where they do not, ruff is wrong: the name is defined in the very file, or a real install shows that it
works, or the place is in the table below with its reason.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from airshift.engine.facts import ModuleFacts
from airshift.engine.source import Source
from airshift.judge import find_hits
from airshift.rules.base import Hit
from airshift_dev.envs import Environment, ensure, envs_folder
from airshift_dev.importing import outcomes
from airshift_dev.wheels import unpacked_wheel
from rules.checking import context

pytestmark = pytest.mark.oracle
TARGET = "3.3.1"
_SYMBOL = re.compile(r"`([\w.]+)`")

DIFFERENCES = {
    ("airflow/models/dag.py", "AIR301"): "`dag()` passes arguments to the DAG class of the same file",
    ("airflow/models/dag.py", "AIR311"): "`dag()` passes arguments to the DAG class of the same file",
    ("airflow/example_dags/example_datasets.py", "AIR311"): (
        "the keyword `datasets` is part of the finding about DatasetOrTimeSchedule at its import"
    ),
    ("airflow/example_dags/example_sensors.py", "AIR304"): (
        "`target_time` of TimeSensor is not stored with the DAG; test_structure_oracle.py serializes it twice"
    ),
    ("airflow/providers/databricks/plugins/databricks_workflow.py", "AIR303"): (
        "the signature get_link(self, operator, dttm=None, *, ti_key=None) takes Airflow 3's call "
        "get_link(operator, ti_key=...); test_the_old_link_signature_still_works calls it"
    ),
}
"""Places that only ruff flags, with the reason why it is wrong there."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One AIR3 finding of ruff's."""

    code: str
    file: Path
    row: int
    symbol: str


def _corpora() -> Iterator[tuple[Path, Path]]:
    """(root that dotted names start from, folder to check)."""
    wheels = envs_folder() / "wheels"
    old = unpacked_wheel("apache-airflow==1.10.15", wheels)
    yield old, old / "airflow" / "example_dags"
    yield old, old / "airflow" / "contrib" / "example_dags"
    new = unpacked_wheel("apache-airflow==2.10.3", wheels)
    yield new, new / "airflow"
    environment = ensure(Environment("2.10.3", wide=True)).parents[1]
    packages = next(environment.glob("lib/python3*/site-packages"))
    yield packages, packages / "airflow" / "providers"


def _claims(folder: Path) -> list[Claim]:
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--preview", "--select", "AIR3"]
    command += ["--no-cache", "--exit-zero", "--output-format", "json", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = []
    for entry in json.loads(done.stdout):
        symbol = _SYMBOL.match(entry["message"])
        found.append(
            Claim(
                entry["code"],
                Path(entry["filename"]),
                entry["location"]["row"],
                symbol.group(1) if symbol else "",
            )
        )
    return found


def _agrees(claim: Claim, facts: ModuleFacts, hits: list[Hit]) -> bool:
    """A finding on the same line, or one about the same name where it is imported."""
    last = claim.symbol.rpartition(".")[2]
    for hit in hits:
        place = facts.source.place(*hit.span)
        if place.line <= claim.row <= place.end_line:
            return True
        if hit.symbol and hit.code.startswith("AS1"):
            same = claim.symbol.startswith(f"{hit.symbol}.") or hit.symbol.rpartition(".")[2] == last
            if same or hit.symbol == claim.symbol:
                return True
    return False


def _module(root: Path, file: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_nothing_that_ruff_flags_is_missed() -> None:
    total, only_ruff = 0, []
    for root, folder in _corpora():
        by_file: dict[Path, list[Claim]] = {}
        for claim in _claims(folder):
            by_file.setdefault(claim.file, []).append(claim)
        for file, claims in by_file.items():
            facts = ModuleFacts(Source.from_bytes(file.name, file.read_bytes()))
            hits = find_hits(facts, context(TARGET))
            own = _module(root, file)
            for claim in claims:
                total += 1
                defined_here = claim.symbol.startswith(f"{own}.")
                listed = (str(file.relative_to(root)), claim.code) in DIFFERENCES
                if not (defined_here or listed or _agrees(claim, facts, hits)):
                    only_ruff.append(claim)
    assert total > 2000
    symbols = {claim.symbol for claim in only_ruff}
    names = [tuple(symbol.rpartition(".")[::2]) for symbol in symbols]
    real = outcomes(ensure(Environment(TARGET, wide=True)), names)
    works = {".".join(part for part in name if part) for name, outcome in real.items() if outcome == "ok"}
    assert sorted(symbols - works) == []


_LINK = """
from airflow.sdk import BaseOperatorLink
from airflow.sdk.bases.operator import BaseOperator

class Link(BaseOperatorLink):
    name = "link"

    def get_link(self, operator, dttm=None, *, ti_key=None):
        return f"{operator.task_id}/{ti_key}"

print(Link().get_link(BaseOperator(task_id="a"), ti_key="key"))
"""


def test_the_old_link_signature_still_works() -> None:
    python = ensure(Environment(TARGET, wide=True))
    done = subprocess.run([str(python), "-c", _LINK], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "a/key"
