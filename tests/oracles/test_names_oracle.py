"""What the name rules say about an import is what the import does on a real Airflow."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from airshift.engine.facts import ModuleFacts
from airshift.engine.source import Source
from airshift.findings import Kind, Severity
from airshift.index import Index
from airshift.rules import names
from airshift.rules.move_rows import ANYWHERE, Home
from airshift.rules.moves import move_table
from airshift_dev.envs import ROOT, Environment, ensure
from airshift_dev.importing import Name, outcomes
from rules.checking import context

pytestmark = pytest.mark.oracle
TARGETS = ("3.0.6", "3.1.8", "3.2.1", "3.3.1")
SOURCE = "2.10.3"
_IMPORTS = ("ok", "warn")


def _shared(name: str) -> Path:
    folder = Path(os.environ.get("AIRSHIFT_SHARED") or ROOT.parent / "shared")
    return folder / "facts" / name


def _first_column(name: str) -> Iterator[Name]:
    lines = _shared(name).read_text(encoding="utf-8").splitlines()
    for line in [line for line in lines if not line.startswith("#")][1:]:
        module, _, member = line.partition("\t")[0].partition(":")
        yield module, member or None


@cache
def _known() -> tuple[Name, ...]:
    """Everything that 2.10.3 or its providers offered."""
    found = dict.fromkeys(_first_column("symbol_diff.tsv"))
    found |= dict.fromkeys(_first_column("provider_diff.tsv"))
    index = Index.load()
    for module in sorted({module for module, _ in found if not module.startswith("airflow.providers.")}):
        found |= dict.fromkeys((module, name) for name in index.names(module, SOURCE))
    return tuple(found)


def _verdict(name: Name, target: str) -> str:
    module, member = name
    source = f"from {module} import {member}\n" if member else f"import {module}\n"
    facts = ModuleFacts(Source.from_bytes("dag.py", source.encode()))
    hits = list(names.check(facts, context(target)))
    broken = any(hit.kind is Kind.PARSE and hit.severity is Severity.ERROR for hit in hits)
    return "error" if broken else "ok"


@pytest.mark.parametrize("target", TARGETS)
def test_an_import_is_an_error_exactly_when_it_fails(target: str) -> None:
    real = _real(target)
    known = {name: real[name] for name in _known() if name in real}
    tried = {name: outcome for name, outcome in known.items() if not outcome.startswith("absent:")}
    assert len(tried) > 0.95 * len(_known())
    wrong = {
        name: outcome
        for name, outcome in tried.items()
        if (_verdict(name, target) == "ok") != (outcome in _IMPORTS)
    }
    assert wrong == {}


@cache
def _replacements(target: str) -> dict[Home, Name]:
    """Every home that some row leads to on a target, with an old name that leads there."""
    rules = context(target)
    table = move_table(rules.catalogue)
    found: dict[Home, Name] = {}
    for row in table.rows:
        offered = rules.index.names(row.module, SOURCE)
        members = {row.name} if row.name else {*row.renamed, *(offered if row.module != ANYWHERE else ())}
        for member in sorted(members):
            move = table.resolve(row.module, member, rules.index, rules.target)
            if move.home is not None:
                found.setdefault(move.home, (row.module, member))
    return found


@cache
def _real(target: str) -> dict[Name, str]:
    """What every import of an old name, and of every name that some row leads to, gives on a target."""
    homes: list[Name] = [(home.module, home.name) for home in _replacements(target)]
    return outcomes(ensure(Environment(target, wide=True)), dict.fromkeys([*_known(), *homes]))


@pytest.mark.parametrize("target", TARGETS)
def test_every_replacement_imports(target: str) -> None:
    homes, real = _replacements(target), _real(target)
    tried = {home: real.get((home.module, home.name), "died") for home in homes}
    failed = {
        (str(home), homes[home]): outcome
        for home, outcome in tried.items()
        if outcome not in _IMPORTS and not outcome.startswith("absent:")
    }
    assert failed == {}
    assert len(homes) > 700


@pytest.mark.parametrize("target", TARGETS)
def test_replacements_come_with_the_distribution_that_is_named(target: str) -> None:
    site = next(ensure(Environment(target, wide=True)).parents[1].glob("lib/python3*/site-packages"))
    owner = {
        line.partition(",")[0]: record.parent.name.partition("-")[0].replace("_", "-")
        for record in site.glob("apache_airflow*.dist-info/RECORD")
        for line in record.read_text(encoding="utf-8").splitlines()
    }
    index = Index.load()
    wrong = {}
    for home in _replacements(target):
        if home.module.startswith("airflow.providers."):
            file = home.module.replace(".", "/")
            real = owner.get(f"{file}.py") or owner.get(f"{file}/__init__.py")
            if real is not None and real != index.distribution(home.module):
                wrong[str(home)] = real
    assert wrong == {}


def test_every_row_has_an_effect() -> None:
    """A row is about a name that the source has, and leads somewhere on some target or says what to do."""
    index = Index.load()
    idle = []
    for row in move_table(context().catalogue).rows:
        members = [row.name] if row.name else [*row.renamed, *index.names(row.module, SOURCE)]
        leads = any(home in _homes() for name in members for home in [(row.module, name)])
        if not (row.note or row.inline or leads or not members):
            idle.append((row.table, row.module, row.name))
    assert idle == []


@cache
def _homes() -> frozenset[Name]:
    table = move_table(context().catalogue)
    found = set()
    for target in TARGETS:
        rules = context(target)
        for row in table.rows:
            members = [row.name] if row.name else [*row.renamed, *rules.index.names(row.module, SOURCE)]
            for name in members:
                move = table.resolve(row.module, name, rules.index, rules.target)
                if move.home is not None or move.note:
                    found.add((row.module, name))
    return frozenset(found)


_DAYS_AGO = """
import warnings
warnings.simplefilter("ignore")
import pendulum
from airflow.utils.dates import days_ago
from airflow.serialization.serialized_objects import BaseSerialization as S

pairs = [
    (days_ago(2), pendulum.today("UTC").add(days=-2)),
    (days_ago(0), pendulum.today("UTC").add(days=0)),
    (days_ago(3, hour=4, minute=5), pendulum.today("UTC").add(days=-3).replace(hour=4, minute=5)),
]
for old, new in pairs:
    assert old == new and old.utcoffset() == new.utcoffset(), (old, new)
    assert S.serialize(old) == S.serialize(new), (old, new)
    assert old.isoformat() == new.isoformat(), (old, new)
print("equal")
"""


def test_pendulum_gives_what_days_ago_gave() -> None:
    python = ensure(Environment(SOURCE))
    done = subprocess.run([str(python), "-c", _DAYS_AGO], capture_output=True, text=True, check=False)
    assert done.stdout.split()[-1:] == ["equal"], done.stderr[-2000:]
