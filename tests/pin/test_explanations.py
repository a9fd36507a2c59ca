from __future__ import annotations

import pytest

from airshift.pin.explanations import blamed_for, clashes, explain, short
from airshift.pin.grammar import Package

PINS = {"pandas": "3.0.5", "structlog": "26.1.0", "isodate": "0.7.2", "protobuf": "4.25.8"}


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


def test_explanations_are_one_line_without_secrets() -> None:
    text = "warning: x\n  \x1b[31m×\x1b[0m No solution\n  ╰─▶ Because a from https://u:hunter2@h/s\n      is b.\n"
    assert explain(text) == "No solution Because a from https://****@h/s is b."
    assert len(explain("because " * 1000)) < 3000


@pytest.mark.parametrize(
    ("explanation", "found"),
    [
        (
            "Because gx>=1.0.0 depends on structlog<25.5.0 and apache-airflow-core==3.3.1 depends on structlog==26.1.0",
            ["gx>=1.0.0 needs structlog<25.5.0, pinned is 26.1.0"],
        ),
        (
            "Because a>=1.1,<=1.7.20 depends on isodate>=0.6,<0.7 and a>=1.8,<=1.9 depends on isodate>=0.5,<0.6.",
            ["a>=1.8,<=1.9 needs isodate>=0.5,<0.6, pinned is 0.7.2"],
        ),
        (
            "all of: b[x]>=1.6.3,<=1.6.7 b[x]>=1.7.0,<=1.7.1 depend on pandas[s3]<2, we can conclude that",
            ["b[x]>=1.7.0,<=1.7.1 needs pandas<2, pinned is 3.0.5"],
        ),
        ("c 1.0 depends on protobuf>=6.0", ["c 1.0 needs protobuf>=6.0, pinned is 4.25.8"]),
        ("d depends on pandas>=2 and on unknown<1; e depends on one of: pandas<2 pandas>4", []),
        ("f depends on pandas{python_full_version < '3.13'}==1.0 and g depends on pandas>odd,", []),
        ("", []),
    ],
)
def test_the_pins_that_stand_against_whom(explanation: str, found: list[str]) -> None:
    assert [str(clash) for clash in clashes(explanation, PINS)] == found


def test_a_failed_build_names_the_package_and_who_needs_it() -> None:
    stderr = (
        "error: Failed to build `old==0.8.0`\n  Call to setuptools failed\n  [stderr] many lines\n"
        "help: `old` (v0.8.0) was included because `tool` (v0.6) depends on `old`\n"
    )
    assert explain(stderr) == "old==0.8.0 cannot be built from source (tool (v0.6) depends on old)"


def test_what_pip_could_not_bring_together_is_spelled_out() -> None:
    stderr = (
        "Traceback (most recent call last):\n  File x\npip._vendor.resolvelib.resolvers.ResolutionImpossible: ["
        "RequirementInformation(requirement=SpecifierRequirement('structlog<25,>=24'), parent=LinkCandidate("
        "'https://user:hunter2@h.example/ab/dbt_core-1.7.20-py3-none-any.whl#sha256=ab (from https://h/s)')), "
        "RequirementInformation(requirement=SpecifierRequirement(\"pandas <2; extra == 'x'\"), "
        "parent=None), "
        "RequirementInformation(requirement=SpecifierRequirement('isodate>=1'), "
        "parent=ExtrasCandidate(base=LinkCandidate('https://h/own-2.0.tar.gz'), extras=frozenset({'x'})))]\n"
    )
    text = explain(stderr)
    assert text.startswith("dbt-core 1.7.20 depends on structlog<25,>=24; you require ")
    assert text.endswith("own 2.0 depends on isodate>=1")
    assert [clash.who for clash in clashes(text, PINS)] == ["dbt-core 1.7.20", "own 2.0"]
    assert [one.name for one in blamed_for(text, [Package("own"), Package("other")])] == ["own"]
    assert "hunter2" not in text


def test_of_a_long_explanation_the_end_is_shown() -> None:
    assert short("short") == "short"
    text = short(" ".join(["word"] * 200) + " so nothing fits")
    assert text.startswith("[...] word")
    assert text.endswith("so nothing fits")
    assert len(text) < 320
