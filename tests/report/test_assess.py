"""Verdicts, hours and owners."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.findings import Applicability, Finding, Kind, Origin, Problem, Severity
from airshift.report.effort import Rates, finding_effort
from airshift.report.headline import headline
from airshift.report.model import Verdict
from airshift.report.owners import code_owners
from airshift.report.statistics import by_kind, rule_counts, verdict_counts
from report.estate_of_tests import assessed, dag, finding

MANUAL, SAFE, UNSAFE = Applicability.MANUAL, Applicability.SAFE, Applicability.UNSAFE


def verdict(*findings: Finding, **options: object) -> Verdict:
    return assessed(list(findings), **options).dags[0].verdict  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        pytest.param([], Verdict.READY, id="nothing found"),
        pytest.param([finding(kind=Kind.DEPRECATION, applicability=MANUAL)], Verdict.READY, id="deprecated"),
        pytest.param([finding(severity=Severity.INFO, applicability=MANUAL)], Verdict.READY, id="a note"),
        pytest.param([finding(origin=Origin.RUFF, applicability=MANUAL)], Verdict.READY, id="ruff alone"),
        pytest.param([finding("dags/b.py", applicability=MANUAL)], Verdict.READY, id="another file"),
        pytest.param([finding()], Verdict.AUTO_FIXABLE, id="safe fix"),
        pytest.param([finding(applicability=UNSAFE)], Verdict.AUTO_FIXABLE, id="unsafe fix"),
        pytest.param(
            [finding(), finding(applicability=MANUAL, effort=10)], Verdict.NEEDS_WORK, id="one by hand"
        ),
        pytest.param(
            [finding(kind=Kind.BEHAVIOUR, severity=Severity.WARNING, applicability=MANUAL, effort=90)],
            Verdict.NEEDS_WORK,
            id="a costly warning does not block",
        ),
        pytest.param([finding(applicability=MANUAL, effort=59)], Verdict.NEEDS_WORK, id="just below an hour"),
        pytest.param([finding(applicability=MANUAL, effort=60)], Verdict.BLOCKED, id="an hour of redesign"),
        pytest.param(
            [finding(kind=Kind.RUNTIME, applicability=MANUAL, effort=60)], Verdict.BLOCKED, id="at run time"
        ),
        pytest.param(
            [finding(applicability=SAFE, effort=60)], Verdict.AUTO_FIXABLE, id="costly but rewritten"
        ),
        pytest.param(
            [finding(applicability=MANUAL, effort=20)] * 9,
            Verdict.NEEDS_WORK,
            id="many small ones do not block",
        ),
    ],
)
def test_verdict(findings: list[Finding], expected: Verdict) -> None:
    assert verdict(*findings) is expected


def test_an_imported_module_touches_the_dag() -> None:
    shared = finding("dags/common.py", applicability=MANUAL, effort=60)
    assert verdict(shared) is Verdict.READY
    assert verdict(shared, dependencies={"dags/a.py": ["dags/common.py"]}) is Verdict.BLOCKED


def test_a_module_that_cannot_be_read_blocks() -> None:
    broken = Problem("dags/common.py", "invalid syntax", 4)
    assert verdict(problems=[broken]) is Verdict.READY
    result = assessed(problems=[broken], dependencies={"dags/a.py": ["dags/common.py"]}).dags[0]
    assert result.verdict is Verdict.BLOCKED
    assert [(r.code, r.path, r.line, r.message) for r in result.reasons] == [
        ("unreadable", "dags/common.py", 4, "invalid syntax")
    ]


def test_reasons_count_by_rule_and_put_what_blocks_first() -> None:
    found = [
        finding(code="AS101", line=1),
        finding(code="AS101", line=2),
        finding(code="AS401", line=5, applicability=MANUAL, effort=60, message="session"),
        finding(code="AS205", line=6, applicability=MANUAL, effort=5),
    ]
    reasons = assessed(found).dags[0].reasons
    assert [(r.code, r.count, r.manual, r.blocking, r.line) for r in reasons] == [
        ("AS401", 1, 1, True, 5),
        ("AS205", 1, 1, False, 6),
        ("AS101", 2, 0, False, 1),
    ]


def test_hours_by_kind_of_work() -> None:
    found = [
        finding(line=1, applicability=SAFE),
        finding(line=2, applicability=UNSAFE),
        finding(line=3, code="AS205", applicability=MANUAL, effort=10),
        finding(line=4, code="AS205", applicability=MANUAL, effort=10),
        finding("dags/b.py", code="AS205", applicability=MANUAL, effort=10),
        finding(line=6, code="AS300", kind=Kind.DEPRECATION, applicability=MANUAL, effort=50),
    ]
    effort = assessed(found, [dag(), dag("b", "dags/b.py"), dag("c", "dags/c.py")]).effort
    assert effort.review == 1 + 3
    assert effort.manual == 10 + 3 + 10  # the second in a file costs a quarter, rounded up
    assert effort.testing == 20 + 20 + 5
    assert effort.total == 4 + 23 + 45


def test_shared_modules_count_once_in_the_total() -> None:
    shared = finding("dags/common.py", applicability=MANUAL, effort=40)
    both = {"dags/a.py": ["dags/common.py"], "dags/b.py": ["dags/common.py"]}
    result = assessed([shared], [dag(), dag("b", "dags/b.py")], dependencies=both)
    assert result.effort.manual == 40
    assert [each.effort for each in result.dags] == [60, 60]


def test_owner_hours_follow_codeowners_then_the_dag() -> None:
    owners = code_owners("dags/a.py @team/a\n")
    found = [finding(applicability=MANUAL, effort=30), finding("x.py", applicability=MANUAL, effort=7)]
    result = assessed(found, owners_of=owners)
    assert result.owner_effort == {"@team/a": 50, "nobody named": 7}
    assert assessed(found).owner_effort == {"finance": 50, "nobody named": 7}


findings_of_any_kind = st.builds(
    finding,
    st.sampled_from(["dags/a.py", "dags/b.py"]),
    code=st.sampled_from(["AS101", "AS102"]),
    line=st.integers(1, 9),
    kind=st.sampled_from(list(Kind)),
    severity=st.sampled_from(list(Severity)),
    applicability=st.sampled_from(list(Applicability)),
    effort=st.integers(0, 200),
)


@given(st.lists(findings_of_any_kind, max_size=12), findings_of_any_kind)
def test_another_finding_never_brings_a_dag_nearer(found: list[Finding], more: Finding) -> None:
    order = list(Verdict)
    before, after = assessed(found), assessed([*found, more])
    assert order.index(after.dags[0].verdict) >= order.index(before.dags[0].verdict)
    assert sum(verdict_counts(after).values()) == len(after.dags)


@given(st.lists(findings_of_any_kind, max_size=12))
def test_numbers_add_up_whatever_the_order(found: list[Finding]) -> None:
    rates = Rates.load()
    effort = finding_effort(found, rates)
    assert effort.manual + effort.review == sum(effort.by_rule.values())
    assert finding_effort(found[::-1], rates) == effort
    result = assessed(found)
    assert sum(row.total for row in by_kind(result.findings)) == len(found)
    assert sum(count.findings for count in rule_counts(result)) == len(found)


def test_rules_are_ranked_by_what_breaks_first() -> None:
    found = [
        finding(code="AS501", kind=Kind.BEHAVIOUR, severity=Severity.WARNING),
        finding(code="AS301", kind=Kind.RUNTIME),
        finding(code="AS102"),
        finding("dags/b.py", code="AS101"),
        finding(code="AS101"),
    ]
    counts = rule_counts(assessed(found, [dag(), dag("b", "dags/b.py")]))
    assert [(c.code, c.dags, c.files) for c in counts] == [
        ("AS101", 2, 2),
        ("AS102", 1, 1),
        ("AS301", 1, 1),
        ("AS501", 1, 1),
    ]


def test_headline_says_what_matters() -> None:
    dags = [dag(), dag("b", "dags/b.py"), dag("c", "dags/c.py")]
    found = [finding(), finding("dags/b.py", applicability=MANUAL, effort=40)]
    problems = [Problem("x.py", "not UTF-8")]
    assert headline(assessed(found, dags, problems=problems)) == (
        "1 of 3 DAGs is ready for Airflow 3.3.1.",
        "`airshift fix` brings that to 2.",
        "1 needs people; the whole estate takes about 1.9 hours.",
        "1 file could not be read; what it holds comes on top.",
    )
    assert headline(assessed()) == ("1 of 1 DAGs is ready for Airflow 3.3.1.",)
    assert headline(assessed(dags=[])) == ("No DAG was found here.",)


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("dags/finance/a.py", ("@finance",)),
        ("dags/finance/load.sql", ("@analytics", "lead@example.com")),
        ("dags/other.py", ("@platform",)),
        ("docs/dags/finance/a.py", ("@platform",)),
        ("scratch/x.py", ()),
        ("with space/x.py", ("@space",)),
    ],
)
def test_the_last_matching_line_of_codeowners_decides(path: str, owners: tuple[str, ...]) -> None:
    text = "# who\n* @platform\n/dags/finance/ @finance # see wiki\n*.sql @analytics lead@example.com\n"
    text += "/scratch/\n/with\\ space/ @space\n[Section]\n"
    assert code_owners(text)(path) == owners


def test_without_codeowners_nobody_owns() -> None:
    assert code_owners("")("a.py") == ()
