"""The public functions give what the commands print, and asking for them costs nothing before they are used."""

from __future__ import annotations

import inspect
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import airshift
from airshift import api
from airshift.cli.app import run
from airshift.errors import UsageError
from airshift.findings import Finding
from airshift.report.model import Verdict

ROOT = Path(__file__).parents[2]
OLD = "from airflow.operators.bash_operator import BashOperator\n"
DAG = f"""\
from airflow import DAG
{OLD}
with DAG("daily", schedule_interval="@daily", catchup=False):
    BashOperator(task_id="say", bash_command="true")
"""


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    """A small estate with one DAG that has to change, and a file that nobody can read."""
    folder = tmp_path / "estate"
    (folder / "dags").mkdir(parents=True)
    (folder / "dags" / "daily.py").write_text(DAG)
    (folder / "requirements.txt").write_text("apache-airflow==2.10.3\n")
    (folder / "airshift.toml").write_text("[plan]\nstart = 2026-12-01\n")
    return folder


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """The JSON document that a command prints."""
    run(list(arguments))
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


def test_check_finds_what_the_command_prints(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = airshift.check(estate, target="3.3.1")
    document = printed(capsys, "check", str(estate), "--target", "3.3.1", "--format", "json")
    assert codes(found.findings) == [one["code"] for one in document["findings"]] != []  # type: ignore[attr-defined]
    assert str(airshift.check(estate, target="mwaa-3.3.1").target) == "mwaa-3.3.1"


def test_one_path_or_several_as_text_or_path(estate: Path) -> None:
    whole = codes(airshift.check(estate).findings)
    assert whole == codes(airshift.check([str(estate / "dags"), estate / "requirements.txt"]).findings)
    assert whole == codes(airshift.check(str(estate)).findings)


def test_selected_codes(estate: Path) -> None:
    everything = set(codes(airshift.check(estate).findings))
    chosen = airshift.check(estate, select="AS1", ignore=["AS104"]).findings
    assert set(codes(chosen)) == {code for code in everything if code.startswith("AS1")} - {"AS104"}


def test_assess_judges_every_dag(estate: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = airshift.assess(estate, target="3.3.1", ruff=False)
    assert [(dag.dag.dag_id, dag.verdict) for dag in found.dags] == [("daily", Verdict.AUTO_FIXABLE)]
    run(["assess", str(estate), "--target", "3.3.1", "--no-ruff", "--out", str(tmp_path / "out")])
    document = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [dag["verdict"] for dag in document["dags"]] == ["auto_fixable"]
    assert document["summary"]["effort_minutes"]["total"] == found.effort.total


def test_fix_in_memory_changes_no_file(estate: Path) -> None:
    found = airshift.fix(estate, target="3.3.1")
    (changed,) = (file for file in found.changed if file.path.endswith(".py"))
    assert OLD.encode() not in changed.after
    assert b"-from airflow.operators.bash_operator import BashOperator" in found.patch()
    assert (estate / "dags" / "daily.py").read_text() == DAG
    assert found.refused == ()


def test_fix_writes_what_it_shows_in_memory(estate: Path) -> None:
    shown = {file.path: file.after for file in airshift.fix(estate, target="3.3.1").changed}
    written = airshift.fix(estate, target="3.3.1", write=True)
    assert {file.path: (estate / file.path).read_bytes() for file in written.changed} == shown
    assert airshift.fix(estate, target="3.3.1", write=True).changed == ()


def test_fix_for_both_sides(estate: Path) -> None:
    both, target = (airshift.fix(estate, compat=mode).patch() for mode in ("both", "off"))
    assert b"+from airflow.operators.bash import" in both  # imports on 2.10 and on 3
    assert b"+from airflow.providers.standard.operators.bash import" in target
    with pytest.raises(UsageError, match="off, both, drop"):
        airshift.fix(estate, compat="everything")


def test_inventory_lists_dags(estate: Path) -> None:
    found = airshift.inventory([estate])
    assert [dag.dag_id for dag in found.inventory.dags] == ["daily"]
    assert (found.problems, found.environments) == ((), ())


def test_plan_is_what_the_command_writes(estate: Path, tmp_path: Path) -> None:
    found = airshift.plan(estate, target="3.3.1")
    found.write(tmp_path / "mine")
    run(["plan", str(estate), "--target", "3.3.1", "--out", str(tmp_path / "theirs"), "--quiet"])
    mine, theirs = ((tmp_path / name / "plan.json").read_bytes() for name in ("mine", "theirs"))
    assert mine == theirs
    assert json.loads(mine) == found.document()
    assert (found.plan.waves[0].start.date().isoformat() >= "2026-12-01") is True


def test_the_policy_names_the_target_unless_it_is_given(estate: Path) -> None:
    (estate / "airshift.toml").write_text('[plan]\ntarget = "3.0.6"\n')
    assert str(airshift.plan(estate).context.target) == "3.0.6"
    assert str(airshift.plan(estate, target="3.2.1").context.target) == "3.2.1"


def test_what_cannot_be_read_is_a_problem_of_the_result(estate: Path) -> None:
    (estate / "dags" / "broken.py").write_text("from airflow import DAG\nwith DAG(\n")
    assert [problem.path for problem in airshift.check(estate).problems] == ["dags/broken.py"]
    assert [problem.path for problem in airshift.inventory(estate).problems] == ["dags/broken.py"]
    assert [file.path for file in airshift.fix(estate).refused] == ["dags/broken.py"]


@pytest.mark.parametrize(
    "options",
    [{"target": "2.10.3"}, {"target": "next"}, {"select": ["AS999"]}, {"ignore": ["nonsense"]}],
    ids=["a target before 3", "no version", "an unknown rule", "no code"],
)
def test_arguments_without_sense_are_refused(estate: Path, options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        airshift.check(estate, **options)  # type: ignore[arg-type]


def test_functions_stay_callable_when_modules_of_their_name_are_loaded(estate: Path) -> None:
    script = (
        "import airshift.plan.planner, airshift.fix.files, airshift.assess, airshift, sys\n"
        "from airshift import plan, fix\n"
        "print(len(airshift.assess(sys.argv[1], ruff=False).dags), len(plan(sys.argv[1]).plan.members))\n"
        "print(fix(sys.argv[1]).target, airshift.plan.planner.make_plan.__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(estate)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("1 1\nmwaa-3.3.1 make_plan\n", "")


def test_importing_the_package_loads_nothing_else() -> None:
    script = "import airshift, sys; print(sorted(n for n in sys.modules if n.startswith('airshift.')))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_public_name_is_documented() -> None:
    assert sorted(airshift.__all__) == sorted(api.__all__)
    for name in api.__all__:
        assert inspect.getdoc(getattr(api, name)), name
    with pytest.raises(AttributeError, match="chek"):
        airshift.chek  # noqa: B018


def test_the_contract_of_the_types_runs_too(estate: Path) -> None:
    contract = runpy.run_path(str(ROOT / "tests" / "typing" / "api.py"))
    for name in ("checks", "assesses", "inventories", "plans"):
        contract[name](estate)
    (estate / "dags" / "daily.py").write_text(DAG)
    assert contract["fixes"](estate).files
