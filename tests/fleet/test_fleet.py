"""Reports of many repositories become one, whatever their order and however bad one of them is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airshift.cli.app import run
from airshift.errors import UsageError
from airshift.findings import Kind
from airshift.fleet.document import fleet_document
from airshift.fleet.model import DagRow, Fleet, Repository, RuleRow
from airshift.fleet.reading import read_fleet
from airshift.fleet.tables import fleet_html, fleet_markdown, tables
from airshift.history.tables import Table
from airshift.report.model import Verdict

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/schemas/fleet.schema.json").read_text(encoding="utf-8"))


def report(root: str, dags: dict[str, str], *, target: str = "3.3.1", owner: str = "@data") -> dict[str, Any]:
    """What a merge reads of a report."""
    return {
        "schema_version": 1,
        "target": target,
        "platform": "mwaa",
        "source": "2.10.3",
        "problems": [],
        "generated_at": "2026-11-20T09:00:00+00:00",
        "root": root,
        "summary": {"files_scanned": len(dags), "effort_minutes": {"total": 30 * len(dags)}},
        "dags": [
            {"dag_id": name, "path": f"{name}.py", "verdict": verdict, "owners": [owner], "effort_minutes": 30}
            for name, verdict in dags.items()
        ],
        "rules": [
            {"code": "AS101", "kind": "parse", "title": "Gone", "findings": 2, "fixable": 1, "files": 1,
             "effort_minutes": 15}
        ],
    }  # fmt: skip


def written(folder: Path, document: dict[str, Any]) -> Path:
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps(document))
    return folder


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    written(folder / "orders", report("orders", {"daily": "ready", "load": "blocked"}))
    written(folder / "billing", report("billing", {"daily": "needs_work"}, owner="@money"))
    return folder


def merged(*paths: Path, out: Path) -> tuple[int, dict[str, Any]]:
    code = run(["report", "merge", *map(str, paths), "--out", str(out)])
    document: dict[str, Any] = json.loads((out / "fleet.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return code, document


def test_totals_owners_rules_and_ids_that_meet(reports: Path, tmp_path: Path) -> None:
    code, found = merged(reports, out=tmp_path / "out")
    assert code == 0
    assert [one["name"] for one in found["repositories"]] == ["billing", "orders"]
    assert found["summary"] == {
        "repositories": 2,
        "files_scanned": 3,
        "unread": 0,
        "dags": {"total": 3, "ready": 1, "auto_fixable": 0, "needs_work": 1, "blocked": 1},
        "findings": {"total": 4, "parse": 4, "runtime": 0, "behaviour": 0, "deprecation": 0},
        "effort_minutes": 90,
    }
    assert [(one["name"], one["repositories"], one["effort_minutes"]) for one in found["owners"]] == [
        ("@data", ["orders"], 60),
        ("@money", ["billing"], 30),
    ]
    assert found["rules"][0]["repositories"] == 2
    assert found["rules"][0]["findings"] == 4
    assert found["shared_dag_ids"] == [{"dag_id": "daily", "repositories": ["billing", "orders"]}]
    assert {(row["repository"], row["dag_id"]) for row in found["dags"]} == {
        ("billing", "daily"),
        ("orders", "daily"),
        ("orders", "load"),
    }


def test_the_page_and_the_markdown_name_everything(reports: Path, tmp_path: Path) -> None:
    merged(reports, out=tmp_path / "out")
    for name in ("fleet.html", "fleet.md"):
        text = (tmp_path / "out" / name).read_text()
        for word in ("orders", "billing", "data", "money", "AS101", "daily", "Airflow 3.3.1 on Amazon MWAA"):
            assert word in text, (name, word)
    assert "<script" not in (tmp_path / "out" / "fleet.html").read_text()


def test_the_order_of_the_reports_does_not_matter(reports: Path, tmp_path: Path) -> None:
    merged(reports / "orders", reports / "billing", out=tmp_path / "one")
    merged(reports / "billing" / "report.json", reports / "orders", out=tmp_path / "two")
    for name in ("fleet.json", "fleet.md", "fleet.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_same_report_counts_once(reports: Path, tmp_path: Path) -> None:
    _, found = merged(reports, reports / "orders", out=tmp_path / "out")
    assert found["summary"]["repositories"] == 2


def test_repositories_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for team in ("red", "blue"):
        written(tmp_path / team, report("airflow", {}))
    fleet, _ = read_fleet([tmp_path])
    assert [one.name for one in fleet.repositories] == ["blue", "red"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"root": 1}', "[" * 100_000], ids=["empty", "list", "object", "short", "deep"]
)
def test_a_report_that_cannot_be_read_leaves_the_fleet_incomplete(
    reports: Path, tmp_path: Path, text: str
) -> None:
    (reports / "orders" / "report.json").write_text(text)
    code, found = merged(reports, out=tmp_path / "out")
    assert code == 3
    assert found["status"] == "incomplete"
    assert [one["name"] for one in found["repositories"]] == ["billing"]
    assert "1 reports could not be read" in (tmp_path / "out" / "fleet.md").read_text()


def test_reports_for_different_targets_are_refused(reports: Path) -> None:
    written(reports / "old", report("old", {}, target="3.0.6"))
    with pytest.raises(UsageError, match=r"mwaa-3\.0\.6, mwaa-3\.3\.1"):
        read_fleet([reports])


def test_nothing_to_merge_is_refused(tmp_path: Path) -> None:
    assert run(["report", "merge", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()


def test_foreign_text_stays_text(tmp_path: Path) -> None:
    written(tmp_path / "a", report("<b>x</b>", {"<script>1</script>": "blocked"}, owner="[a](http://b)"))
    fleet, problems = read_fleet([tmp_path])
    assert "<script>1" not in fleet_html(fleet, problems)
    assert "[a](http://b)" not in fleet_markdown(fleet, problems)


def test_it_reads_what_assess_writes(tmp_path: Path) -> None:
    estate = tmp_path / "estate"
    estate.mkdir()
    (estate / "d.py").write_text(
        "from airflow import DAG\n\nwith DAG('d', schedule_interval=None):\n    pass\n"
    )
    for name in ("one", "two"):
        run(["assess", str(estate), "--out", str(tmp_path / "reports" / name), "-t", "3.3.1", "--exit-zero"])
    _, found = merged(tmp_path / "reports", out=tmp_path / "out")
    assert found["summary"]["dags"]["total"] == 2
    assert found["summary"]["findings"]["total"] > 0


NAMES = st.text("abc<|", min_size=1, max_size=3)
REPOSITORIES = st.builds(
    Repository,
    name=NAMES,
    target=st.just("3.3.1"),
    platform=st.sampled_from(["", "mwaa"]),
    source=st.just("2.10.3"),
    taken=st.datetimes(),
    files=st.integers(0, 9),
    unread=st.integers(0, 9),
    minutes=st.integers(0, 500),
    dags=st.lists(
        st.builds(
            DagRow, NAMES, NAMES, st.sampled_from(Verdict), st.lists(NAMES, unique=True).map(tuple), st.integers(0, 99)
        ),
        max_size=4,
    ).map(tuple),
    rules=st.lists(
        st.builds(
            RuleRow,
            st.sampled_from(["AS101", "AS105"]),
            st.sampled_from(Kind),
            NAMES,
            *[st.integers(0, 9)] * 4,
        ),
        max_size=2,
        unique_by=lambda rule: rule.code,
    ).map(tuple),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(REPOSITORIES, min_size=1, max_size=3, unique_by=lambda one: one.name))
def test_sums_are_those_of_the_parts(repositories: list[Repository]) -> None:
    fleet = Fleet(tuple(repositories))
    found = fleet_document(fleet, ())
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    for key in ("dags", "findings"):
        for name, total in found["summary"][key].items():
            assert total == sum(one[key][name] for one in found["repositories"])
    assert found["summary"]["findings"]["total"] == sum(rule["findings"] for rule in found["rules"])
    assert found["summary"]["dags"]["total"] == len(found["dags"])
    table: Table = tables(fleet)[0]
    assert len(table.rows) == len(repositories) + 1
