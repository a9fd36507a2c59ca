"""Every operator, sensor, hook and transfer that Airflow 1.10.15 defines has a successor that imports, or a reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from airshift.index import NameStatus
from airshift.rules.moves import move_table
from airshift_dev.envs import Environment, ensure, envs_folder
from airshift_dev.importing import outcomes
from airshift_dev.wheels import unpacked_wheel
from rules.checking import context

pytestmark = pytest.mark.oracle
_KINDS = ("Operator", "Sensor", "Hook", "Transfer", "Executor")
_WORKS = (NameStatus.IMPORTABLE, NameStatus.DEPRECATED)
_INTERNAL = (
    "airflow.api",
    "airflow.bin",
    "airflow.cli",
    "airflow.migrations",
    "airflow.utils.tests",
    "airflow.www",
)

WITHOUT = {
    ("airflow.contrib.operators.dataproc_operator", "DataprocOperationBaseOperator"): "internal base class",
}


@cache
def _defined() -> tuple[tuple[str, str], ...]:
    return tuple(_classes())


def _classes() -> Iterator[tuple[str, str]]:
    root = unpacked_wheel("apache-airflow==1.10.15", envs_folder() / "wheels")
    for file in sorted((root / "airflow").rglob("*.py")):
        module = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        if "example_dags" in module or module.startswith(_INTERNAL):
            continue
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name.endswith(_KINDS):
                yield module, node.name


@pytest.mark.parametrize("target", ["3.0.6", "3.3.1"])
def test_every_class_leads_somewhere(target: str) -> None:
    rules = context(target, "1.10.15")
    table = move_table(rules.catalogue)
    lost, homes = [], {}
    for module, name in _defined():
        if rules.index.status(module, name, target) in _WORKS:
            continue
        move = table.resolve(module, name, rules.index, rules.target)
        if move.home is not None:
            homes[move.home.module, move.home.name] = (module, name)
        elif not move.note and (module, name) not in WITHOUT:
            lost.append((module, name))
    assert len(_defined()) > 400
    assert len(homes) > 300
    assert lost == []
    real = outcomes(ensure(Environment(target, wide=True)), list(homes))
    works = ("ok", "warn")
    wrong = {h: (homes[h], o) for h, o in real.items() if o not in works and not o.startswith("absent:")}
    assert wrong == {}
