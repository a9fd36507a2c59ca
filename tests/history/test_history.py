"""Two reports compared, many as a trend: what is said is what changed, and nothing else."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.cli.app import run
from airshift.findings import Kind
from airshift.history.comparing import Step, compare
from airshift.history.document import point
from airshift.history.model import SeenFinding, Snapshot, Waves
from airshift.history.page import trend_html
from airshift.history.picture import HEIGHT, WIDTH, charts, scale
from airshift.history.reading import read_snapshot
from airshift.report.model import Verdict
from history.reports import Row, plan, report, written

A: Row = ("AS101", "parse", "dags/a.py", 3, "airflow.operators.bash_operator")
B: Row = ("AS401", "runtime", "dags/b.py", 9, "session.query")
HOSTILE = "<script>alert(1)</script>\x1b[2J`|@all"


def changes(folder: Path, old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """What happened to each DAG."""
    before = read_snapshot(written(folder / "old", report(old)))
    after = read_snapshot(written(folder / "new", report(new, day=8)))
    return {change.dag: change.step.value for change in compare(before, after).dags}


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        ("needs_work", "ready", "ready"),
        ("blocked", "ready", "ready"),
        ("ready", "blocked", "blocked"),
        ("needs_work", "blocked", "blocked"),
        ("ready", "auto_fixable", "further"),
        ("blocked", "needs_work", "closer"),
        (None, "ready", "new"),
        ("blocked", None, "gone"),
    ],
)
def test_what_happens_to_a_dag(tmp_path: Path, before: str | None, after: str | None, step: str) -> None:
    old = {"same": "needs_work"} | ({"one": before} if before else {})
    new = {"same": "needs_work"} | ({"one": after} if after else {})
    assert changes(tmp_path, old, new) == {"one": step}


def test_two_dags_of_one_id_are_told_apart_by_their_files(tmp_path: Path) -> None:
    document = report({"one": "ready"})
    document["dags"].append({"dag_id": "one", "path": "old/one.py", "verdict": "blocked"})
    found = read_snapshot(written(tmp_path / "a", document))
    assert found.dags == {"one (dags/one.py)": Verdict.READY, "one (old/one.py)": Verdict.BLOCKED}


def test_a_dag_that_moved_says_so_whatever_its_verdict(tmp_path: Path) -> None:
    dags = {"a": "needs_work", "b": "ready"}
    old = read_snapshot(written(tmp_path / "old", report(dags), plan(("planned", ["a"]), ("planned", ["b"]))))
    new = read_snapshot(
        written(
            tmp_path / "new", report(dags | {"a": "ready"}), plan(("finished", ["a"]), ("planned", ["b"]))
        )
    )
    found = compare(old, new)
    assert [(change.dag, change.step) for change in found.dags] == [("a", Step.MOVED)]
    assert point(new)["dags"] == {
        "total": 2,
        "moved": 1,
        "ready": 1,
        "auto_fixable": 0,
        "needs_work": 0,
        "blocked": 0,
    }
    assert point(new)["waves"] == {"total": 2, "done": 1}


def findings_of(folder: Path, old: list[Row], new: list[Row]) -> tuple[list[str], list[str]]:
    """Codes of new and gone findings."""
    before = read_snapshot(written(folder / "old", report({}, old)))
    found = compare(before, read_snapshot(written(folder / "new", report({}, new))))
    return [one.code for one in found.new_findings], [one.code for one in found.gone_findings]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([A, B], [A, B]),
        ([A], [(*A[:3], 400, A[4])]),
        ([A], [(*A[:4], "the.renamed.symbol")]),
        ([A, A, B], [B, A, (*A[:3], 7, A[4])]),
    ],
    ids=["the same", "lines moved", "a fix renamed the symbol", "another order"],
)
def test_findings_that_stay_are_neither_new_nor_gone(tmp_path: Path, old: list[Row], new: list[Row]) -> None:
    assert findings_of(tmp_path, old, new) == ([], [])


def test_findings_that_come_and_go(tmp_path: Path) -> None:
    assert findings_of(tmp_path / "1", [A], [B]) == (["AS401"], ["AS101"])
    assert findings_of(tmp_path / "2", [A], [A, A, A]) == (["AS101", "AS101"], [])
    elsewhere: Row = ("AS101", "parse", "dags/c.py", 3, A[4])
    assert findings_of(tmp_path / "3", [A], [elsewhere]) == (["AS101"], ["AS101"])


verdicts = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(list(Verdict)))
seen = st.builds(
    SeenFinding,
    st.sampled_from(["AS101", "AS102"]),
    st.sampled_from(list(Kind)),
    st.sampled_from(["a.py", "b.py"]),
    st.integers(1, 5),
    st.sampled_from(["x", "y"]),
)
snapshots = st.builds(
    Snapshot,
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    st.just("orders"),
    st.just("3.3.1"),
    st.just("mwaa"),
    verdicts,
    st.lists(seen, max_size=8).map(tuple),
    st.just({}),
    st.integers(0, 6000),
    st.just(0),
    st.none()
    | st.builds(Waves, st.integers(3, 9), st.integers(0, 3), st.frozensets(st.sampled_from("abcxyz"))),
)


@given(snapshots, snapshots)
def test_laws_of_comparing(old: Snapshot, new: Snapshot) -> None:
    found = compare(old, new)
    assert len(found.new_findings) - len(found.gone_findings) == len(new.findings) - len(old.findings)
    assert not Counter((f.code, f.path) for f in found.new_findings) & Counter(
        (f.code, f.path) for f in found.gone_findings
    )
    assert len({change.dag for change in found.dags}) == len(found.dags)
    assert compare(old, old).dags == compare(old, old).codes == ()
    assert not compare(new, new).is_worse


@given(st.lists(snapshots, min_size=1, max_size=6))
def test_laws_of_pictures(unordered: list[Snapshot]) -> None:
    ordered = sorted(unordered, key=lambda snapshot: snapshot.taken)
    for snapshot in ordered:
        numbers = point(snapshot)["dags"]
        assert sum(numbers.values()) == 2 * numbers["total"]
    for chart in charts(ordered):
        for corner in re.findall(r"([-\d.]+),([-\d.]+)", str(chart.svg)):
            assert 0 <= float(corner[0]) <= WIDTH
            assert 0 <= float(corner[1]) <= HEIGHT
        assert (
            max(sum(values) for values in zip(*(one.values for one in chart.series), strict=True))
            <= chart.top
        )


@given(st.integers(0, 10**7))
def test_scales_hold_what_they_show(most: int) -> None:
    top = scale(most)
    assert most <= top <= max(2, 2.5 * most)
    assert top % 2 == 0


def test_the_picture_lies_where_the_numbers_are(tmp_path: Path) -> None:
    for day, hours in ((1, 100), (8, 50), (29, 0)):
        written(tmp_path / str(day), report({"a": "ready"}, day=day, hours=hours))
    found = [read_snapshot(tmp_path / day) for day in ("1", "8", "29")]
    hours_left = charts(found)[-1]
    assert hours_left.top == 100
    assert 'points="0,0 250,150 1000,300 1000,300 250,300 0,300"' in str(hours_left.svg)


@pytest.fixture
def dated(tmp_path: Path) -> Path:
    """Three weekly reports, not in the order of their names, beside files that are none."""
    folder = tmp_path / "history"
    written(folder / "c", report({"a": "needs_work", "b": "blocked"}, [A, B], day=1, hours=30))
    written(folder / "a", report({"a": "ready", "b": "blocked"}, [B], day=8, hours=20))
    written(
        folder / "b",
        report({"a": "ready", "b": "needs_work"}, [B], day=15, hours=9),
        plan(("finished", ["a"]), ("planned", ["b"])),
    )
    (folder / "b" / "simulation.json").write_text('{"dags": []}')
    return folder


def test_the_trend_is_in_the_order_of_time(dated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "trend", str(dated), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [found["effort_minutes"] for found in document["points"]] == [1800, 1200, 540]
    assert [found["findings"]["parse"] for found in document["points"]] == [1, 0, 0]
    assert [found["dags"]["moved"] for found in document["points"]] == [0, 0, 1]
    assert (document["target"], document["platform"], document["status"]) == ("3.3.1", "mwaa", "complete")


@pytest.mark.parametrize("output_format", ["table", "markdown", "html"])
def test_every_format_tells_the_same(
    dated: Path, capsys: pytest.CaptureFixture[str], output_format: str
) -> None:
    assert run(["report", "trend", str(dated), "--format", output_format]) == 0
    text = capsys.readouterr().out.replace("\\", "")
    for words in (
        "1 of 2 DAGs are ready or moved (+1)",
        "1 findings (-1)",
        "1 of 2 waves are done",
        "2026-11-15 09:00",
    ):
        assert words in text
    assert run(["report", "diff", str(dated / "c"), str(dated / "b"), "-f", output_format]) == 0
    text = capsys.readouterr().out.replace("\\", "")
    for words in ("Moved: 1 DAG", "Came closer: 1 DAG", "Findings by rule", "AS101", "About AS101", "-21"):
        assert words in text


def test_a_report_that_cannot_be_read_leaves_the_trend_incomplete(
    dated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (dated / "d.json").write_text('{"summary": {}, "dags": [1], "findings": [], "generated_at": "now"}')
    (dated / "e.json").write_text("{")
    assert run(["report", "trend", str(dated), "--format", "json"]) == 3
    done = capsys.readouterr()
    document = json.loads(done.out)
    assert [problem["path"] for problem in document["problems"]] == ["d.json", "e.json"]
    assert len(document["points"]) == 3
    assert "not read:" in done.err


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "cannot be read as JSON"), ("[]", "not a report"), ('{"waves": []}', "not a report")],
)
def test_what_is_no_report_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    written(tmp_path / "new", report({}))
    (tmp_path / "old.json").write_text(text)
    assert run(["report", "diff", str(tmp_path / "old.json"), str(tmp_path / "new")]) == 2
    assert words in capsys.readouterr().err
    assert run(["report", "trend", str(tmp_path / "nothing")]) == 2
    (tmp_path / "empty").mkdir()
    assert run(["report", "trend", str(tmp_path / "empty")]) == 2


def test_check_fails_only_when_something_got_worse(tmp_path: Path) -> None:
    worse = str(written(tmp_path / "worse", report({"a": "blocked"}, [A, B])))
    better = str(written(tmp_path / "better", report({"a": "ready"}, [A])))
    assert run(["report", "diff", worse, better, "--check"]) == 0
    assert run(["report", "diff", better, worse, "--check"]) == 1
    assert run(["report", "diff", better, worse]) == 0
    assert run(["report", "diff", better, better, "--check"]) == 0


def test_foreign_text_stays_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = str(
        written(tmp_path / "old", report({HOSTILE: "blocked"}, [("AS101", "parse", HOSTILE, 1, HOSTILE)]))
    )
    document = report({HOSTILE: "ready"}) | {"root": HOSTILE}
    new = str(written(tmp_path / "new", document))
    for output_format in ("table", "markdown", "html"):
        run(["report", "diff", old, new, "-f", output_format])
        text = capsys.readouterr().out
        assert "\x1b" not in text
        if output_format != "table":
            assert "<script>" not in text
    page = trend_html([read_snapshot(Path(new))])
    assert "default-src &#39;none&#39;" in page
    assert "<script" not in page


def test_it_reads_what_assess_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The real thing: assess, fix, assess again."""
    estate = tmp_path / "estate"
    estate.mkdir()
    (estate / "dag.py").write_text(
        "from airflow import DAG\nfrom airflow.operators.bash_operator import BashOperator\n\n"
        'with DAG("d", schedule_interval="@daily", catchup=False):\n    BashOperator(task_id="t", bash_command="true")\n'
    )
    steps = ["assess", str(estate), "--no-ruff", "--exit-zero", "--plan", "--quiet", "--out"]
    run([*steps, str(tmp_path / "history" / "1")])
    run(["fix", str(estate), "--unsafe-fixes", "--quiet"])
    run([*steps, str(tmp_path / "history" / "2")])
    capsys.readouterr()
    run(["report", "diff", str(tmp_path / "history" / "1"), str(tmp_path / "history" / "2"), "-f", "json"])
    document = json.loads(capsys.readouterr().out)
    assert [(one["dag_id"], one["change"]) for one in document["dags"]] == [("d", "ready")]
    assert {"AS104", "AS201"} <= {one["code"] for one in document["gone_findings"]}
    assert document["new"]["waves"] == {"total": 1, "done": 0}
    assert not document["is_worse"]
