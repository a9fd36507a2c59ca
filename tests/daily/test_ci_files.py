"""The files for CI services, run as the services run them as far as that goes without a network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import junitparser
import pytest
import yaml

ROOT = Path(__file__).parents[2]
OLD = "from airflow.operators.bash_operator import BashOperator\n"
FIXED = "from airflow.providers.standard.operators.bash import BashOperator\n"
MANUAL = "from airflow.settings import Session\n\nSession().query(1)\n"
BIN = Path(sys.executable).parent


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def call(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{environment.pop('shims', '')}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}".lstrip(
        os.pathsep
    )
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**own, "PATH": path, **environment},
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "dags").mkdir(parents=True)
    (root / "dags" / "old.py").write_text(OLD)
    (root / "dags" / "clean.py").write_text("x = 1\n")
    assert call("git", "init", "-q", cwd=root).returncode == 0
    return root


# pre-commit


def test_the_published_hooks_are_valid() -> None:
    done = call("pre-commit", "validate-manifest", ".pre-commit-hooks.yaml", cwd=ROOT)
    assert done.returncode == 0, done.stdout


def precommit(root: Path, hook: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run a published hook with the airshift that is installed: only making it an environment needs a network."""
    (published,) = [one for one in read(".pre-commit-hooks.yaml") if one["id"] == hook]
    local = {**published, "language": "system", "args": list(args)}
    config = {"repos": [{"repo": "local", "hooks": [local]}]}
    (root / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    assert call("git", "add", ".", cwd=root).returncode == 0
    home = str(root.parent / "pre-commit")
    return call("pre-commit", "run", hook, "--all-files", "--verbose", cwd=root, PRE_COMMIT_HOME=home)


def test_the_check_hook_stops_a_commit_and_lets_a_clean_one_pass(repository: Path) -> None:
    stopped = precommit(repository, "airshift-check")
    assert (stopped.returncode, "AS104" in stopped.stdout) == (1, True), stopped.stdout
    (repository / "dags" / "old.py").write_text(FIXED)
    passed = precommit(repository, "airshift-check")
    assert passed.returncode == 0, passed.stdout
    assert "No findings in 2 files." in passed.stdout


def test_the_check_hook_takes_arguments_and_settings(repository: Path) -> None:
    assert precommit(repository, "airshift-check", "--select", "AS2").returncode == 0
    (repository / "airshift.toml").write_text('extend-exclude = ["dags/"]\n')
    passed = precommit(repository, "airshift-check")
    assert (passed.returncode, "No findings in 0 files." in passed.stdout) == (0, True), passed.stdout


def test_the_fix_hook_changes_files_once(repository: Path) -> None:
    first = precommit(repository, "airshift-fix")
    assert (first.returncode, "files were modified by this hook" in first.stdout) == (1, True)
    assert (repository / "dags" / "old.py").read_text() == FIXED
    assert precommit(repository, "airshift-fix").returncode == 0


# The GitHub action


ACTION = ROOT / "action.yml"


def steps(**inputs: str) -> list[dict[str, Any]]:
    """The steps with the inputs filled in, as GitHub does."""
    action = read("action.yml")
    assert action["runs"]["using"] == "composite"
    values = {name: one.get("default", "") for name, one in action["inputs"].items()} | inputs
    assert values.keys() == action["inputs"].keys()
    filled = json.dumps(action["runs"]["steps"])
    for name, value in values.items():
        filled = filled.replace("${{ inputs.%s }}" % name, json.dumps(value)[1:-1])  # noqa: UP031
    assert "${{" not in filled
    found: list[dict[str, Any]] = json.loads(filled)
    return found


def test_no_input_reaches_a_script_but_through_the_environment() -> None:
    for step in read("action.yml")["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert "run" not in step or step["shell"] == "bash"


def act(root: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run the step that checks, and give what it wrote to the job's summary, too."""
    (step,) = [step for step in steps(**inputs) if step.get("name") == "Check"]
    summary = root.parent / "summary.md"
    summary.write_text("")
    bash = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"])
    done = call(*bash, cwd=root, GITHUB_STEP_SUMMARY=str(summary), **step["env"])
    return done, summary.read_text()


def test_the_action_annotates_and_summarises(repository: Path) -> None:
    done, summary = act(repository)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=dags/old.py,line=1,")
    assert "| `dags/old.py:1` | AS104 |" in summary
    assert list(repository.glob("*.sarif")) == []


def test_the_action_passes_on_what_it_is_given(repository: Path) -> None:
    inputs = {"paths": "dags/old.py dags/clean.py", "target": "3.0.6", "args": "--exit-zero --select AS1,AS2"}
    done, _ = act(repository, **inputs, sarif="out/found.sarif")
    assert done.returncode == 0, done.stderr
    (run,) = json.loads((repository / "out" / "found.sarif").read_text())["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["AS104"]
    assert "Airflow 3.0.6" in done.stdout


def test_the_action_knows_baselines_and_reports_usage_errors(repository: Path) -> None:
    call("airshift", "check", ".", "--write-baseline", "known.json", cwd=repository)
    done, summary = act(repository, baseline="known.json")
    assert (done.returncode, "No findings" in summary) == (0, True), done.stderr
    assert act(repository, target="two")[0].returncode == 2


def test_no_input_is_run_as_a_command(repository: Path) -> None:
    hostile = '$(touch owned) `touch owned` "; touch owned; #'
    act(repository, paths=hostile, target=hostile, baseline=hostile, args=hostile, sarif=hostile)
    assert not any(path.name == "owned" for path in repository.iterdir())


def test_the_action_installs_itself(repository: Path, tmp_path: Path) -> None:
    (step,) = [step for step in steps() if step.get("name") == "Install airshift"]
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "python").write_text('#!/bin/sh\necho "$@"\n')
    (shims / "python").chmod(0o755)
    done = call("bash", "-c", step["run"], cwd=repository, shims=str(shims), GITHUB_ACTION_PATH=str(ROOT))
    assert done.stdout == f"-m pip install --quiet {ROOT}\n"


# The GitLab template


def test_the_gitlab_job_writes_its_reports(repository: Path) -> None:
    job = read("ci/gitlab.yml")["airshift"]
    done = call("bash", "-eo", "pipefail", "-c", "\n".join(job["script"]), cwd=repository, **job["variables"])
    assert done.returncode == 1, done.stderr
    reports = job["artifacts"]["reports"]
    (issue,) = json.loads((repository / reports["codequality"]).read_text())
    assert (issue["check_name"], issue["location"]["path"]) == ("AS104", "dags/old.py")
    assert junitparser.JUnitXml.fromfile(str(repository / reports["junit"])).failures == 1
    assert job["artifacts"]["when"] == "always"


def test_the_gitlab_job_installs_what_the_variable_names(repository: Path) -> None:
    job = read("ci/gitlab.yml")["airshift"]
    assert job["before_script"] == ['python -m pip install --quiet "$AIRSHIFT_PACKAGE"']


# The image


def test_the_image_is_pinned_and_runs_as_nobody_special() -> None:
    lines = re.sub(r"\\\n", "", (ROOT / "Dockerfile").read_text()).splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)
    last = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM ")) :]
    order = [line.split()[0] for line in last if line.strip()]
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert 'ENTRYPOINT ["airshift"]' in last
    assert "USER airshift" in last
    assert any("useradd" in line and " airshift" in line for line in last)


def test_the_image_is_built_from_everything_the_wheel_needs() -> None:
    copied = {
        source
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ")
        for source in line.split()[1:-1]
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    needed |= {*wheel["force-include"], *(package.partition("/")[0] for package in wheel["packages"])}
    assert copied == needed
    assert all((ROOT / name).exists() for name in copied)
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert allowed == copied
