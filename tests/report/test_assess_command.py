"""`airshift assess` from files to files, on the example estate and on awkward folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airshift.cli.app import run

ESTATE = Path(__file__).parents[2] / "examples" / "estate"
WRITTEN = ["findings.sarif", "report.html", "report.json", "report.md"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    out = tmp_path_factory.mktemp("out") / "demo"
    assert run(["assess", str(ESTATE), "--out", str(out), "--exit-zero", "--target", "mwaa-3.3.1"]) == 0
    assert sorted(path.name for path in out.iterdir()) == WRITTEN
    document: dict[str, object] = json.loads((out / "report.json").read_text())
    return document


def dags(report: dict[str, object]) -> dict[str, dict[str, object]]:
    return {dag["dag_id"]: dag for dag in report["dags"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("dag_id", "verdict"),
    [
        ("tax_export", "ready"),
        ("seo_crawl", "ready"),
        ("secrets_rotation", "ready"),
        ("model_monitoring", "ready"),
        ("returns_archive", "ready"),
        ("month_end_close", "blocked"),
        ("airflow_db_cleanup", "blocked"),
        ("payment_reconciliation", "blocked"),
        ("daily_ledger", "needs_work"),
    ],
)
def test_verdicts_on_the_example_estate(report: dict[str, object], dag_id: str, verdict: str) -> None:
    assert dags(report)[dag_id]["verdict"] == verdict


def test_shared_modules_and_templates_touch_the_dag(report: dict[str, object]) -> None:
    touched = dags(report)["daily_ledger"]["touched_by"]
    assert "dags/common/defaults.py" in touched  # type: ignore[operator]
    assert "dags/common/callbacks.py" in touched  # type: ignore[operator]
    assert "dags/common/sensors.py" not in touched  # type: ignore[operator]


def test_owners_come_from_codeowners(report: dict[str, object]) -> None:
    assert dags(report)["daily_ledger"]["owners"] == ["@tidewater/finance-data"]
    assert dags(report)["old_orders_etl"]["owners"] == ["@tidewater/data-platform", "@tidewater/orders"]


def test_the_two_broken_files_are_named_with_their_reasons(report: dict[str, object]) -> None:
    problems = {problem["path"]: problem["reason"] for problem in report["problems"]}  # type: ignore[attr-defined]
    assert sorted(problems) == ["dags/legacy/nightly_backup.py", "dags/marketing/survey_import.py"]
    assert "decoded" in problems["dags/marketing/survey_import.py"]
    assert "print" in problems["dags/legacy/nightly_backup.py"]
    assert report["status"] == "incomplete"


def test_dags_of_the_estates_own_tests_are_not_deployed(report: dict[str, object]) -> None:
    assert not [dag for dag in dags(report).values() if str(dag["path"]).startswith("tests/")]


def test_the_inventory_names_what_is_used(report: dict[str, object]) -> None:
    inventory = report["inventory"]
    assert "warehouse" in [entry["name"] for entry in inventory["connections"]]  # type: ignore[index]
    assert "WarehouseLoadOperator" in [e["name"] for e in inventory["custom_operators"]]  # type: ignore[index]
    assert "pandas==2.1.4" in [entry["name"] for entry in inventory["requirements"]]  # type: ignore[index]


def test_ruff_is_asked(report: dict[str, object]) -> None:
    assert report["ruff"]["agreed"] > 20  # type: ignore[index]


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clean = tmp_path / "clean"
    clean.mkdir()
    (clean / "readme.md").write_text("nothing")
    out = str(tmp_path / "out")
    assert run(["assess", str(clean), "--out", out]) == 0
    (clean / "dag.py").write_text("from airflow import DAG\nDAG('a', schedule_interval=None)\n")
    assert run(["assess", str(clean), "--out", out, "--no-ruff"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].endswith("report.html")
    (clean / "broken.py").write_text("import airflow\nprint 'x'\n")
    assert run(["assess", str(clean), "--out", out]) == 3
    assert run(["assess", str(tmp_path / "missing"), "--out", out]) == 2
    assert run(["assess", str(clean), "--out", str(clean / "dag.py")]) == 2


def test_a_report_inside_the_estate_is_not_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text("from airflow import DAG\nDAG('a', schedule=None)\n")
    out = tmp_path / "report"
    first = run(["assess", str(tmp_path), "--out", str(out), "--exit-zero"])
    before = json.loads((out / "report.json").read_text())["summary"]["files_scanned"]
    second = run(["assess", str(tmp_path), "--out", str(out), "--exit-zero"])
    after = json.loads((out / "report.json").read_text())["summary"]["files_scanned"]
    assert (first, second, before, after) == (0, 0, 1, 1)


def test_processes_and_remembered_results_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRSHIFT_CACHE", str(tmp_path / "cache"))
    found = []
    for number, more in enumerate((["--no-cache", "-j", "1"], ["-j", "2"], ["-j", "1"])):
        out = tmp_path / str(number)
        command = [
            "assess",
            str(ESTATE),
            "--out",
            str(out),
            "--exit-zero",
            "-t",
            "3.3.1",
            "--no-ruff",
            "-q",
            *more,
        ]
        assert run(command) == 0
        document = json.loads((out / "report.json").read_text())
        document.pop("generated_at")
        found.append(document)
    assert found[0] == found[1] == found[2]
    assert (tmp_path / "cache").is_dir()
