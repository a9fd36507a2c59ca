"""The generated pages are up to date, and the links of the written ones lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airshift.catalogue import Catalogue
from airshift_dev import docs

ROOT = Path(__file__).parents[1]
WRITTEN = sorted(path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_generated_pages_are_up_to_date() -> None:
    assert [path.as_posix() for path in docs.stale()] == [], "run `make docs`"


def test_a_stale_page_is_noticed_and_written(tmp_path: Path) -> None:
    changed = docs.write(tmp_path)
    assert Path("rules.md") in changed
    assert docs.stale(tmp_path) == []
    (tmp_path / "cli.md").write_text("old")
    (tmp_path / "rules" / "AS000.md").write_text("a rule that is gone")
    assert docs.stale(tmp_path) == [Path("cli.md"), Path("rules/AS000.md")]
    docs.write(tmp_path)
    assert docs.stale(tmp_path) == []
    assert not (tmp_path / "rules" / "AS000.md").exists()


@pytest.mark.parametrize("code", Catalogue.load().rules)
def test_every_rule_has_a_page_with_its_example(code: str) -> None:
    rule = Catalogue.load().rule(code)
    page = docs.rule_page(rule)
    assert rule.before.strip("\n") in page
    assert rule.reference in page
    assert f"ignore[{code}]" in page or rule.silence in page
    assert f"rules/{code}.md" in docs.rule_index(list(Catalogue.load().rules.values()))


def test_every_command_is_described() -> None:
    page = docs.command_page()
    for command in ("assess", "check", "explain", "fix", "inventory", "pin", "rules", "constraints list"):
        assert f"## airshift {command}\n" in page
    assert "-h, --help" in page


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_lead_to_files(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def described(section: str) -> set[str]:
    """Every key that a section of docs/json.md describes in the first column of a table."""
    text = (
        (ROOT / "docs" / "json.md").read_text(encoding="utf-8").split(f"## {section}\n")[1].split("\n## ")[0]
    )
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    return {key for cell in cells for key in re.findall(r"`(\w+)`", cell)}


def keys(value: object) -> set[str]:
    """The keys of a record, or of all records of a list."""
    if isinstance(value, list):
        return {key for item in value for key in keys(item)}
    return set(value) if isinstance(value, dict) else set()


DAG = """\
from airflow import DAG
from airflow.operators.bash_operator import BashOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator

with DAG("a", schedule_interval=None):
    BashOperator(task_id="b", bash_command="true")
    TriggerDagRunOperator(task_id="c", trigger_dag_id="d")
"""


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each command writes for a small estate."""
    folder = tmp_path_factory.mktemp("estate")
    (folder / "dag.py").write_text(DAG)
    (folder / "requirements.txt").write_text("apache-airflow==2.10.3\nboto3\n")
    out = tmp_path_factory.mktemp("out")
    written = {
        "check": ["check", str(folder), "--format", "json", "--output", str(out / "check.json")],
        "fix": ["fix", str(folder), "--format", "json", "--check"],
        "rules": ["rules", "--format", "json"],
        "inventory": ["inventory", str(folder), "--format", "json"],
        "pin": ["pin", str(folder / "requirements.txt"), "--target", "3.3.1", "--format", "json"],
        "assess": ["assess", str(folder), "--out", str(out / "assess")],
    }
    found = {}
    for name, arguments in written.items():
        done = subprocess.run(
            [sys.executable, "-m", "airshift", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=out,
        )
        files = {"check": out / "check.json", "assess": out / "assess" / "report.json"}
        assert done.returncode in (0, 1), done.stderr
        found[name] = json.loads(files[name].read_text() if name in files else done.stdout)
    return found


@pytest.mark.parametrize(
    ("command", "records"),
    [
        ("check", []),
        ("fix", ["files"]),
        ("rules", ["rules"]),
        ("inventory", ["dags", "edges"]),
        ("pin", ["requirements"]),
        ("assess", ["dags"]),
    ],
)
def test_every_key_is_described(
    documents: dict[str, dict[str, Any]], command: str, records: list[str]
) -> None:
    document = documents[command]
    shared = described("Every document")
    assert shared - {"platform"} <= document.keys()
    own = document.keys() - shared | {key for name in records for key in keys(document[name])}
    assert own - described(f"airshift {command}") == set()


def test_every_key_of_a_finding_is_described(documents: dict[str, dict[str, Any]]) -> None:
    for command in ("check", "assess"):
        assert keys(documents[command]["findings"]) == described("A finding")
