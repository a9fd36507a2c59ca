"""Commands load only what they need: start-up is what people feel in pre-commit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY = ("libcst", "boto3", "requests", "jinja2", "rich", "pydantic", "packaging", "networkx")


def loaded(*arguments: str, among: tuple[str, ...] = HEAVY) -> list[str]:
    """Heavy packages in memory after one command line."""
    script = (
        "import sys\n"
        "from airshift.cli.app import run\n"
        f"code = run({list(arguments)!r})\n"
        f"print('loaded:', *[name for name in {among!r} if name in sys.modules])\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].removeprefix("loaded:").split()


def test_version_loads_nothing_heavy() -> None:
    assert loaded("--version") == []


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n",
        "from airflow.sdk import DAG\n\nwith DAG('a', schedule=None, catchup=False, start_date=None):\n    pass\n",
    ],
    ids=["no airflow", "a clean DAG"],
)
def test_checking_a_clean_file_loads_nothing_heavy(tmp_path: Path, source: str) -> None:
    (tmp_path / "clean.py").write_text(source)
    assert loaded("check", str(tmp_path / "clean.py"), "--target", "3.3.1") == []


def test_a_command_loads_no_other_command() -> None:
    parts = ("estate", "plan", "report", "platforms", "wave", "sizing", "environments", "catalogue", "engine")
    among = tuple(f"airshift.{part}" for part in parts)
    assert loaded("--version", among=(*among, "airshift.cli.check", "airshift.cli.options")) == []
    assert loaded("cache", "clean", "--help", among=(*among, "airshift.cli.check")) == []


def test_remembered_results_need_neither_rules_nor_what_reads_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRSHIFT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "dag.py").write_text("from airflow.models import DAG\n\nDAG('a', schedule_interval=None)\n")
    command = ("check", str(tmp_path / "dag.py"), "--target", "3.3.1", "-f", "concise", "--exit-zero")
    among = ("airshift.judge", "airshift.engine.names", "airshift.rules.registry", "airshift.rules.names")
    assert loaded(*command, among=among) == list(among)
    assert loaded(*command, among=among) == []


def test_every_command_is_where_the_list_says() -> None:
    import typer

    from airshift.cli.app import COMMANDS, app

    group: Any = typer.main.get_command(app)
    assert [group.commands[name].name for name in COMMANDS] == list(COMMANDS)
    assert all(group.commands[name].get_short_help_str() for name in COMMANDS)


def test_a_mistyped_command_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    from airshift.cli.app import run

    assert run(["chekc"]) == 2
    assert "'check'" in capsys.readouterr().err


def test_listing_rules_loads_nothing_heavy() -> None:
    assert loaded("rules") == []
