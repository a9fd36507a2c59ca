"""Every command that reads an estate, and every public function, takes the same settings in the same way."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import airshift
from airshift.cli import options
from airshift.cli.app import run
from airshift.config import Given, effective
from airshift.errors import UsageError
from airshift.verify.verifying import Wishes, run_verify
from verify.test_running import airflow

DAG = (
    "import pandas\nfrom airflow import DAG\nfrom airflow.operators.bash_operator import BashOperator\n"
    "with DAG('{name}', schedule_interval=None):\n    BashOperator(task_id='b', bash_command='true')\n"
)
SETTINGS = 'target = "3.0.6"\nsource = "2.7.3"\nexclude = ["attic/"]\n'
SHOWN = {
    "assess": ["assess", ".", "--no-ruff", "--out", "{out}"],
    "check": ["check", ".", "--format", "json"],
    "fix": ["fix", ".", "--check", "--format", "json"],
    "graph": ["graph", ".", "--format", "json"],
    "inventory": ["inventory", ".", "--format", "json"],
    "plan": ["plan", ".", "--out", "{out}"],
    "serverless": ["serverless", ".", "--format", "json"],
    "simulate": ["simulate", ".", "--format", "json"],
    "size": ["size", ".", "--format", "json"],
}
"""Commands that name DAGs or files of the estate in JSON, on standard output or in a folder."""


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An estate with one DAG that counts, and one each that the settings, git and Airflow leave out."""
    for name in ("counts", "attic/excluded", "generated/ignored_by_git", "drafts/ignored_by_airflow"):
        file = tmp_path / "dags" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(DAG.format(name=file.stem))
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("generated/\n")
    (tmp_path / "dags" / ".airflowignore").write_text("drafts/\n")
    (tmp_path / "airshift.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], tmp: Path, arguments: list[str]) -> str:
    """All the JSON that a command gives, without the names of files that hold settings."""
    out = tmp / f"out-{len(list(tmp.iterdir()))}"
    assert run([word.format(out=out) for word in arguments]) in (0, 1)
    printed = capsys.readouterr().out
    return printed + "".join(file.read_text() for file in sorted(out.rglob("*.json")))


@pytest.mark.parametrize("command", SHOWN)
def test_what_is_left_out_is_left_out_everywhere(
    estate: Path, command: str, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("out")
    text = told(capsys, elsewhere, [*SHOWN[command], "--quiet"])
    assert "counts.py" in text
    assert [name for name in ("excluded.py", "ignored_by_git", "ignored_by_airflow") if name in text] == []
    if command != "plan":
        text = told(capsys, elsewhere, [*SHOWN[command], "--quiet", "--isolated"])
        assert "attic/excluded.py" in text
        assert "ignored_by_git" not in text


@pytest.mark.parametrize("command", ["assess", "check", "fix", "plan", "simulate", "size"])
def test_the_target_is_that_of_the_settings(
    estate: Path, command: str, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("out")
    assert '"target": "3.0.6"' in told(capsys, elsewhere, [*SHOWN[command], "--quiet"])
    given = told(capsys, elsewhere, [*SHOWN[command], "--quiet", "--target", "3.2.1"])
    assert '"target": "3.2.1"' in given
    assert '"target": "3.0.6"' not in given


def test_another_settings_file_may_be_named(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (estate / "other.toml").write_text('target = "3.2.1"\nexclude = ["dags/counts.py"]\n')
    for command in ("check", "simulate"):
        run([*SHOWN[command], "--config", "other.toml"])
        document = json.loads(capsys.readouterr().out)
        assert document["target"] == "3.2.1"
        assert "counts.py" not in json.dumps(document)
        assert "excluded.py" in json.dumps(document)


def test_pin_takes_versions_and_the_dags_that_count(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (estate / "requirements.txt").write_text("\n")
    (estate / "dags" / "attic" / "excluded.py").write_text(
        "import airflow.providers.snowflake.hooks.snowflake\n"
    )
    pin = ["pin", "requirements.txt", "--dags", "dags", "--offline", "--format", "json", "--exit-zero"]
    run(pin)
    document = capsys.readouterr().out
    assert '"target": "3.0.6"' in document
    assert "snowflake" not in document
    run([*pin, "--isolated"])
    document = capsys.readouterr().out
    assert '"target": "3.3.1"' in document
    assert "snowflake" in document


def test_commands_without_an_estate_take_the_target_of_the_current_folder(estate: Path) -> None:
    assert str(options.target_here("")) == "3.0.6"
    assert str(options.target_here("mwaa-3.2.1")) == "mwaa-3.2.1"


def verified(estate: Path, tmp_path: Path) -> dict[str, Any]:
    """What `verify` compares of an estate, on Airflows that find no DAG in any file."""
    files = [path.relative_to(estate).as_posix() for path in sorted(estate.rglob("*.py"))]
    found = options.estate_of([estate])
    wishes = Wishes((estate,), found.source, found.target, counted=found.listing, jobs=1, cached=False)
    side = airflow(tmp_path, *files)
    side.python.write_text(side.python.read_text().replace('[{"dag_id": request["file"]}]', "[]"))
    result = run_verify(wishes, side, side, lambda *_: None)
    return {
        "source": str(wishes.source),
        "files": sorted(result.target.answers),
        "problems": [one.path for one in result.problems],
    }


def test_verify_compares_what_counts(
    estate: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("airflow")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    (estate / "dags" / "attic" / "broken.py").write_text("from airflow import DAG\nprint 'x'\n")
    assert verified(estate, folder) == {"source": "2.7.3", "files": ["dags/counts.py"], "problems": []}
    (estate / "airshift.toml").unlink()
    found = verified(estate, folder)
    assert found["files"] == ["dags/attic/broken.py", "dags/attic/excluded.py", "dags/counts.py"]
    assert found["problems"] == ["dags/attic/broken.py"]


PUBLIC: list[Callable[..., Any]] = [airshift.check, airshift.assess, airshift.fix, airshift.inventory]


@pytest.mark.parametrize("function", PUBLIC, ids=lambda function: function.__name__)
def test_public_functions_take_settings(estate: Path, function: Callable[..., Any]) -> None:
    def seen(**arguments: Any) -> str:
        extra = {"ruff": False} if function is airshift.assess else {}
        return repr(function(estate, **arguments, **extra))

    assert "attic/excluded.py" not in seen()
    assert "attic/excluded.py" in seen(isolated=True)
    (estate / "other.toml").write_text('exclude = ["dags/counts.py"]\n')
    assert "attic/excluded.py" in seen(config=estate / "other.toml")
    assert "dags/counts.py" not in seen(config="other.toml")
    assert "attic/excluded.py" not in seen(config=effective([estate], Given()))
    with pytest.raises(UsageError, match="config"):
        function(estate, config=effective([estate], Given()), isolated=True)


def test_arguments_win_over_settings(estate: Path) -> None:
    assert str(airshift.check(estate).target) == str(airshift.plan(estate).context.target) == "3.0.6"
    assert str(airshift.check(estate, target="3.2.1").target) == "3.2.1"
    assert str(airshift.check(estate).source) == "2.7.3"
    assert str(airshift.check(estate, source="2.9.3").source) == "2.9.3"
    (estate / "airshift.toml").write_text('select = ["AS2"]\n')
    assert {found.code[:3] for found in airshift.check(estate, select="AS1").findings} == {"AS1"}


def test_every_command_of_an_estate_offers_a_settings_file() -> None:
    from airshift.cli import assess, check, fix, graph, inventory, pin, serverless, simulate, size, verify

    for module in (assess, check, fix, graph, inventory, pin, serverless, simulate, size, verify):
        command = getattr(module, module.__name__.rpartition(".")[2])
        assert {"config", "isolated"} <= inspect.signature(command).parameters.keys(), module
