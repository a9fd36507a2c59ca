"""What the fuzzer once found stays right, and a few inputs of every target are tried in every run."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from airshift_dev.fuzz.__main__ import NAMES
from airshift_dev.fuzz.mutations import grown
from airshift_dev.fuzz.promises import BrokenPromise, demand
from airshift_dev.fuzz.running import FOUND, known_inputs, run
from airshift_dev.fuzz.targets import TARGETS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")
"""What is parsed here was written by chance."""
CORPUS = sorted(file for file in FOUND.glob("*/*") if file.is_file())


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_an_input_that_once_broke_a_promise_is_answered(file: Path) -> None:
    TARGETS[file.parent.name].run(file.read_bytes())


def test_the_corpus_is_of_known_targets() -> None:
    assert {file.parent.name for file in CORPUS} <= set(TARGETS)


def test_the_command_knows_every_target() -> None:
    assert set(NAMES) == set(TARGETS)


FEW = {"wave": 40, "requirements": 60, "check": 100, "metadata": 100}
"""Where an input costs more than a few milliseconds."""


@pytest.mark.parametrize("name", NAMES)
def test_a_few_inputs_by_chance(name: str) -> None:
    assert run(name, FEW.get(name, 200), 20261121, by_chance=True) == 0


@pytest.mark.parametrize("name", NAMES)
def test_inputs_differ_from_seeds_and_from_each_other(name: str) -> None:
    target, chance = TARGETS[name], random.Random(3)
    known = known_inputs(name, target)
    made = {grown(chance, chance.choice(known), known, target.mutations, target.longest) for _ in range(60)}
    assert len(made - set(known)) > 40
    assert max(map(len, made)) <= target.longest


def test_most_changed_modules_still_parse() -> None:
    import ast

    target, chance = TARGETS["check"], random.Random(5)
    known, readable = known_inputs("check", target), 0
    for _ in range(200):
        try:
            ast.parse(grown(chance, chance.choice(known), known, target.mutations, target.longest))
            readable += 1
        except (ValueError, SyntaxError):
            continue
    assert readable > 70


def test_a_broken_promise_is_kept_as_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from airshift_dev.fuzz import running

    monkeypatch.setattr(running, "FOUND", tmp_path)
    monkeypatch.setitem(TARGETS, "jinja", replace(TARGETS["jinja"], run=lambda raw: demand(False, "broken")))
    with pytest.raises(BrokenPromise):
        run("jinja", 5, 1, by_chance=True)
    assert len(list((tmp_path / "jinja").iterdir())) == 1
