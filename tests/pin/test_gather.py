from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from airshift.errors import ServiceError
from airshift.pin.decisions import Release
from airshift.pin.external import (
    PipTools,
    Question,
    Solved,
    Unsolved,
    explain,
    make_resolver,
    parse_lock,
)
from airshift.pin.gather import Sources, blamed_for, gather
from airshift.pin.grammar import Package
from airshift.pin.index_settings import IndexSettings
from airshift.pin.resolver import resolve
from pin.requests_of import request_of

SOUND = Release(None, wheel=True)


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
        names = [line.replace(">=", "==").split("==")[0] for line in question.requirements]
        return Solved(dict.fromkeys(names, "2.0"), frozenset())


def run(text: str, resolver: FakeResolver, index: FakeIndex | None = None, *, lock: bool = False):
    request = request_of(text, "3.3.1")
    settings = IndexSettings("https://h/s")
    answers = gather(request, Sources(index or FakeIndex(), resolver, settings), lock=lock)
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


def test_an_exact_version_is_lifted_only_for_whom_the_resolver_blames() -> None:
    resolver = FakeResolver({"bad==1.0": "Because bad==1.0 needs x<1. And because you require bad==1.0, no."})
    answers, decisions = run("good==2.0\nbad==1.0\n", resolver)
    assert answers.relaxed == {"bad": "==1.0"}
    assert (decisions["good"].action, decisions["bad"].action) == ("keep", "change")
    assert decisions["bad"].after == "bad==2.0"


def test_who_cannot_be_solved_is_a_conflict_with_both_sides_and_the_rest_is_solved() -> None:
    why = "Because all versions of bad need pandas<2 and pandas==3.0.5, no version of bad can be used."
    resolver = FakeResolver({"bad==1.0": why, "bad>=1.0": why})
    _, decisions = run("good\nbad==1.0\n", resolver)
    assert decisions["bad"].sides == ("this file: bad==1.0", why)
    assert decisions["bad"].after is None
    assert decisions["good"].after == "good==2.0"


def test_a_conflict_that_blames_nobody_ends_and_is_told() -> None:
    resolver = FakeResolver({"apache-airflow==3.3.1": "the index has no such thing"})
    answers, decisions = run("own\n", resolver)
    assert answers.problem == "the index has no such thing"
    assert decisions["own"].kind == "unresolved"
    assert len(resolver.asked) == 1


def test_yanked_and_missing_versions_are_lifted_before_asking() -> None:
    resolver = FakeResolver()
    index = FakeIndex(
        {"old": {"1.0": Release("bad", True), "2.0": SOUND}, "gone": {"2.0": SOUND}, "none": {}}
    )
    _, decisions = run("old==1.0\ngone==1.5\nnone\n", resolver, index)
    assert resolver.asked[0].requirements[1:] == ("old>=1.0", "gone>=1.5")
    assert "was yanked: bad" in "; ".join(decisions["old"].notes)
    assert decisions["none"].kind == "not_found"


def test_an_index_that_does_not_answer_leaves_the_rest_done() -> None:
    answers, decisions = run("own==1.0\npandas\n", FakeResolver(), FakeIndex(fails=True))
    assert not answers.asked
    assert decisions["pandas"].action == "pin"
    assert "did not answer" in decisions["own"].reason


@pytest.mark.parametrize(
    ("explanation", "blamed"),
    [
        ("Because a needs x. And because you require b-c, no.", ["b_c"]),
        ("Because aa needs b-c and x. And because you require apache-airflow, no.", ["aa", "b_c"]),
        ("no such thing", []),
    ],
)
def test_blame(explanation: str, blamed: list[str]) -> None:
    packages = [Package("aa"), Package("b_c"), Package("d")]
    assert [package.name for package in blamed_for(explanation, packages)] == blamed


def test_locks_tell_who_needs_airflow() -> None:
    text = (
        "apache-airflow==3.3.1   # via -r in.txt, own-thing\nown-thing[x]==1.0  # via -r in.txt\nsix==1 ; y\n"
    )
    solved = parse_lock(text)
    assert solved.versions == {"apache-airflow": "3.3.1", "own-thing": "1.0", "six": "1"}
    assert solved.needs_airflow == {"own-thing"}
    assert solved.lines[0] == "apache-airflow==3.3.1"


def test_explanations_are_one_line_without_secrets() -> None:
    text = "warning: x\n  \x1b[31m×\x1b[0m No solution\n  ╰─▶ Because a from https://u:hunter2@h/s\n      is b.\n"
    assert explain(text) == "No solution Because a from https://****@h/s is b."
    assert len(explain("because " * 1000)) < 3000


def test_pip_tools_refuses_a_foreign_python() -> None:
    with pytest.raises(ServiceError, match=r"run airshift on Python 3\.99 or install uv"):
        PipTools().solve(Question(("a",), (), "3.99"))


def test_uv_is_the_default_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airshift.pin.external.uv_command", lambda: None)
    assert isinstance(make_resolver(None), PipTools)
