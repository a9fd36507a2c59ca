from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from airshift.errors import ServiceError
from airshift.pin.decisions import Release
from airshift.pin.external import (
    PipTools,
    Question,
    Solved,
    Unsolved,
    make_resolver,
    parse_lock,
)
from airshift.pin.gather import gather
from airshift.pin.index_settings import IndexSettings
from airshift.pin.resolver import resolve
from airshift.pin.search import Sources, floor, ladder
from airshift.pin.store import load_bundled
from pin.requests_of import request_of

SOUND = Release(None, wheel=True)
PINS = load_bundled("3.3.1", "3.12").versions


@dataclass
class FakeIndex:
    known: dict[str, dict[str, Release]] = field(default_factory=dict)
    fails: bool = False

    def releases(self, name: str, python: str) -> dict[str, Release]:
        if self.fails:
            raise ServiceError("the package index did not answer")
        return self.known.get(name, {"1.0": SOUND, "2.0": SOUND})


@dataclass
class FakeResolver:
    """Solves anything except what `refuses` says."""

    refuses: dict[str, str] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)

    def solve(self, question: Question) -> Solved | Unsolved:
        self.asked.append(question)
        for line in question.requirements:
            if line in self.refuses:
                return Unsolved(self.refuses[line])
        names = [re.split("[<>=]", line)[0] for line in question.requirements]
        return Solved(dict.fromkeys(names, "2.0"), frozenset())


def run(text: str, resolver: FakeResolver, index: FakeIndex | None = None, *, lock: bool = False):
    request = request_of(text, "3.3.1")
    settings = IndexSettings("https://h/s")
    answers = gather(request, lambda: Sources(index or FakeIndex(), resolver, settings), lock=lock)
    return answers, {decision.name: decision for decision in resolve(request, answers).decisions}


def test_nothing_open_asks_nobody() -> None:
    resolver = FakeResolver()
    answers, _ = run("pandas\n", resolver)
    assert answers.asked
    assert resolver.asked == []


def test_the_question_has_airflow_the_pinned_lines_and_the_constraints() -> None:
    resolver = FakeResolver()
    run("pandas\nown==2.0\napache-airflow==2.10.3\n", resolver)
    (question,) = resolver.asked
    assert question.requirements == ("apache-airflow==3.3.1", "pandas==3.0.5", "own==2.0")
    assert "pandas==3.0.5" in question.constraints
    assert question.python == "3.12"


def test_extras_are_asked_about_although_the_constraints_pin_the_package() -> None:
    resolver = FakeResolver()
    run("smart-open[azure]\napache-airflow[google]\n", resolver)
    assert resolver.asked[0].requirements == (
        "apache-airflow==3.3.1", f"smart-open[azure]=={PINS['smart-open']}", "apache-airflow[google]==3.3.1"
    )  # fmt: skip


def test_an_exact_version_is_lifted_only_for_whom_the_resolver_blames() -> None:
    resolver = FakeResolver({"bad==1.0": "Because bad==1.0 needs x<1. And because you require bad==1.0, no."})
    answers, decisions = run("good==2.0\nbad==1.0\n", resolver)
    assert answers.relaxed == {"bad": "==1.0"}
    assert (decisions["good"].action, decisions["bad"].action) == ("keep", "change")
    assert decisions["bad"].after == "bad==2.0"


def test_who_cannot_be_solved_is_a_conflict_with_both_sides_and_the_rest_is_solved() -> None:
    why = "Because all versions of bad depend on pandas<2 and pandas==3.0.5, no version of bad can be used."
    resolver = FakeResolver({"bad==1.0": why, "bad<2,>=1.0": why, "bad>=1.0": why})
    _, decisions = run("good\nbad==1.0\n", resolver)
    assert decisions["bad"].sides == ("this file: bad==1.0", "constraints of Airflow 3.3.1: pandas==3.0.5")
    assert decisions["bad"].explanation == why
    assert decisions["bad"].after is None
    assert decisions["good"].after == "good==2.0"


def test_a_conflict_that_blames_nobody_ends_and_is_told() -> None:
    resolver = FakeResolver({"apache-airflow==3.3.1": "the index has no such thing"})
    answers, decisions = run("own\n", resolver)
    assert answers.problem == "the index has no such thing"
    assert decisions["own"].kind == "unresolved"
    assert [question.requirements[1:] for question in resolver.asked] == [("own",), ()]


def test_who_makes_the_whole_fail_without_being_blamed_is_found_one_by_one() -> None:
    resolver = FakeResolver({"slow": "the resolver found no answer in 180 seconds"})
    answers, decisions = run("good\nslow\nfine\n", resolver)
    assert answers.failures == {"slow": "the resolver found no answer in 180 seconds"}
    assert [decisions[name].after for name in ("good", "slow", "fine")] == ["good==2.0", None, "fine==2.0"]
    assert resolver.asked[-1].patience < resolver.asked[0].patience


def test_extras_that_the_constraints_rule_out_are_a_conflict_and_the_rest_is_solved() -> None:
    line = f"smart-open[azure]=={PINS['smart-open']}"
    why = (
        f"Because {line} depends on pandas<3.0.0 and you require {line}, your requirements are unsatisfiable."
    )
    _, decisions = run("smart-open[azure]\nown\n", FakeResolver({line: why}))
    assert decisions["smart-open"].action == "conflict"
    assert decisions["smart-open"].after == f"smart-open=={PINS['smart-open']}"
    assert decisions["smart-open"].reason.startswith(
        "the extras azure do not fit Airflow 3.3.1: smart-open[azure]"
    )
    assert decisions["own"].after == "own==2.0"


def test_a_bound_that_cannot_hold_is_a_conflict_that_names_what_would_fit() -> None:
    why = "Because bad>=1.1 depends on pandas<2 and you require bad<2, your requirements are unsatisfiable."
    _, decisions = run("bad>=1.1,<2\nother<3\n", FakeResolver({"bad<2,>=1.1": why}))
    assert decisions["bad"].action == "conflict"
    assert "without the upper bound 2.0 fits" in decisions["bad"].notes
    assert "bad>=1.1 needs pandas<2, pinned is 3.0.5" in decisions["bad"].reason
    assert decisions["other"].after == "other==2.0"


def test_the_nearest_step_is_tried_first() -> None:
    assert ladder("==5.28.0") == ["<6,>=5.28.0", ">=5.28.0"]
    assert ladder(">=1") == ladder("===odd") == ladder("") == []
    assert [floor(text) for text in ("~=4.0", ">=1,<2,!=1.5", "<8", "==1.*")] == [">=4.0", ">=1", "", ""]


def test_a_package_that_stands_twice_or_has_an_odd_version_ends_the_search() -> None:
    why = "Because you require bad==1.0, no."
    resolver = FakeResolver({"bad==1.0": why, "bad[x]==1.0": why, "bad<2,>=1.0": why, "bad>=1.0": why})
    _, decisions = run("bad==1.0\nbad[x]==1.0\nodd===one\n", resolver)
    assert decisions["bad"].action == "conflict"
    assert decisions["odd"].after == "odd==2.0"


def test_a_version_without_a_wheel_gives_way_to_one_of_its_major_release_that_has_one() -> None:
    built, resolver = Release(None, wheel=False, source=True), FakeResolver()
    known = {"1.0": built, "1.1": SOUND, "2.0": SOUND}
    _, decisions = run(
        "a==1.0\nb==1.0\nc==1.0\n", resolver, FakeIndex({"a": known, "b": {"1.0": built, "2.0": SOUND}})
    )
    assert resolver.asked[0].requirements[1:] == ("a<2,>=1.0", "b==1.0", "c==1.0")
    assert resolver.asked[0].wheels_only == ("a",)
    assert decisions["a"].kind == "no_wheel"


def test_yanked_and_missing_versions_are_lifted_before_asking() -> None:
    resolver = FakeResolver()
    index = FakeIndex(
        {"old": {"1.0": Release("bad", True), "2.0": SOUND}, "gone": {"2.0": SOUND}, "none": {}}
    )
    _, decisions = run("old==1.0\ngone==1.5\nnone\n", resolver, index)
    assert resolver.asked[0].requirements[1:] == ("old<2,>=1.0", "gone<2,>=1.5")
    assert "was yanked: bad" in "; ".join(decisions["old"].notes)
    assert decisions["none"].kind == "not_found"


def test_an_index_that_does_not_answer_leaves_the_rest_done() -> None:
    answers, decisions = run("own==1.0\npandas\n", FakeResolver(), FakeIndex(fails=True))
    assert not answers.asked
    assert decisions["pandas"].action == "pin"
    assert "did not answer" in decisions["own"].reason


def test_locks_tell_who_needs_airflow() -> None:
    text = (
        "apache-airflow==3.3.1   # via -r in.txt, own-thing\nown-thing[x]==1.0  # via -r in.txt\nsix==1 ; y\n"
    )
    solved = parse_lock(text)
    assert solved.versions == {"apache-airflow": "3.3.1", "own-thing": "1.0", "six": "1"}
    assert solved.needs_airflow == {"own-thing"}
    assert solved.lines[0] == "apache-airflow==3.3.1"


def test_pip_tools_refuses_a_foreign_python() -> None:
    with pytest.raises(ServiceError, match=r"run airshift on Python 3\.99 or install uv"):
        PipTools().solve(Question(("a",), (), "3.99"))


def test_uv_is_the_default_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airshift.pin.external.uv_command", lambda: None)
    assert isinstance(make_resolver(None), PipTools)


def test_a_resolver_that_takes_too_long_is_ended_with_all_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    from airshift.pin import external

    code = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    question = Question(("a",), (), "3.12", patience=0.5)
    outcome = external._run((sys.executable, "-c", f"{code}; time.sleep(60)"), question)
    assert outcome == Unsolved("the resolver found no answer in 0 seconds")


def test_uv_looks_into_its_cache_first_for_what_cannot_be_solved(tmp_path: Path) -> None:
    from airshift.pin.external import Uv

    fake = tmp_path / "uv.py"
    fake.write_text(
        "import pathlib, sys\n"
        "asked, offline = pathlib.Path('in.txt').read_text().strip(), '--offline' in sys.argv\n"
        f"with open({str(tmp_path / 'log')!r}, 'a') as log: log.write(f'{{asked}} {{offline}}\\n')\n"
        "if asked == 'bad': sys.exit('No solution found: because bad needs x')\n"
        "if asked == 'new' and offline: sys.exit('No solution found. hint: the network was disabled')\n"
        "print(f'{asked}==1.0')\n"
    )
    uv = Uv((sys.executable, str(fake)))
    outcomes = [uv.solve(Question((name,), (), "3.12")) for name in ("a", "bad", "new", "b")]
    assert [outcome.versions if isinstance(outcome, Solved) else None for outcome in outcomes] == [
        {"a": "1.0"}, None, {"new": "1.0"}, {"b": "1.0"}
    ]  # fmt: skip
    assert (tmp_path / "log").read_text().splitlines() == [
        "a False", "bad True", "new True", "new False", "b True", "b False"
    ]  # fmt: skip
