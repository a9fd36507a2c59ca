"""`airshift config show`, and settings as the commands take them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from airshift.cli.app import run

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "config-show.schema.json"

OLD = "from airflow.operators.bash_operator import BashOperator\n"
DAG = f"from airflow import DAG\n{OLD}\nwith DAG('a', schedule_interval=None):\n    BashOperator(task_id='b', bash_command='true')\n"


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dags" / "legacy").mkdir(parents=True)
    (tmp_path / "dags" / "legacy" / "old.py").write_text(DAG.replace("'a'", "'legacy'"))
    (tmp_path / "dags" / "new.py").write_text(DAG)
    (tmp_path / "dags" / "generated.py").write_text(DAG.replace("'a'", "'generated'"))
    (tmp_path / "requirements.txt").write_text("apache-airflow==2.7.3\n")
    (tmp_path / "airshift.toml").write_text(
        'target = "3.0.6"\nignore = ["AS6"]\nextend-exclude = ["generated.py"]\n'
        '[per-file-ignores]\n"dags/legacy/" = ["ALL"]\n[plan]\ncadence = "daily 10:00"\nstart = 2027-01-04\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, tuple[object, str]]:
    assert run(["config", "show", *arguments, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(document)
    assert document["file"].endswith("airshift.toml")
    return {key: (row["value"], row["origin"]) for key, row in document["settings"].items()}


def test_each_value_has_its_origin(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, "--select", "AS1", "--no-respect-gitignore")
    assert found["target"] == ("3.0.6", "airshift.toml")
    assert found["source"] == ("2.7.3", "found in the estate")
    assert found["select"] == (["AS1"], "command line")
    assert found["ignore"] == (["AS6"], "airshift.toml")
    assert found["respect-gitignore"] == (False, "command line")
    assert found["respect-airflowignore"] == (True, "default")
    assert found["baseline"] == (None, "default")
    assert found["per-file-ignores"] == ({"dags/legacy/": ["ALL"]}, "airshift.toml")
    assert found["plan.cadence"] == ("daily 10:00", "airshift.toml")
    assert found["plan.start"] == ("2027-01-04", "airshift.toml")


def test_the_text_says_the_same(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "show", "dags"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"# settings file: {estate / 'airshift.toml'}"
    assert 'target = "3.0.6"  # airshift.toml' in lines
    assert 'plan.cadence = "daily 10:00"  # airshift.toml' in lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[plan]\ncadense = 'x'", "[plan] unknown key cadense (did you mean cadence?)"),
        ("taget = '3.0.6'", "unknown key taget (did you mean target?)"),
        ("[tool]", "unknown key tool"),
    ],
)
def test_mistakes_in_the_file_are_usage_errors(
    estate: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    (estate / "airshift.toml").write_text(text)
    assert run(["config", "show"]) == 2
    assert said in capsys.readouterr().err


def test_check_reads_the_settings(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", ".", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["target"] == "3.0.6"
    assert {found["path"] for found in document["findings"]} == {"dags/new.py"}


def test_fix_reads_the_settings(estate: Path) -> None:
    assert run(["fix", "dags", "--quiet"]) == 0
    assert "bash_operator" not in (estate / "dags" / "new.py").read_text()
    assert (estate / "dags" / "legacy" / "old.py").read_text() == DAG.replace("'a'", "'legacy'")
    assert "bash_operator" in (estate / "dags" / "generated.py").read_text()


def test_inventory_reads_the_settings(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inventory", "dags", "--format", "json"]) == 0
    assert [dag["dag_id"] for dag in json.loads(capsys.readouterr().out)["dags"]] == ["a", "legacy"]


def test_assess_reads_the_settings(estate: Path) -> None:
    assert run(["assess", ".", "--out", "out", "--no-ruff", "--quiet"]) == 1
    document = json.loads((estate / "out" / "report.json").read_text())
    assert document["target"] == "3.0.6"
    assert {found["path"] for found in document["findings"]} == {"dags/new.py"}


def test_plan_reads_the_settings(estate: Path) -> None:
    assert run(["plan", ".", "--out", "out", "--quiet"]) == 0
    document = json.loads((estate / "out" / "plan.json").read_text())
    assert document["target"] == "3.0.6"
    assert sorted(dag["dag_id"] for wave in document["waves"] for dag in wave["dags"]) == ["a", "legacy"]
