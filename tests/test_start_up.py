"""Commands load only what they need: start-up is what people feel in pre-commit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("libcst", "boto3", "requests", "jinja2", "rich", "pydantic", "packaging", "networkx")


def loaded(*arguments: str) -> list[str]:
    """Heavy packages in memory after one command line."""
    script = (
        "import sys\n"
        "from airshift.cli.app import run\n"
        f"code = run({list(arguments)!r})\n"
        f"print('loaded:', *[name for name in {HEAVY!r} if name in sys.modules])\n"
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


def test_listing_rules_loads_nothing_heavy() -> None:
    assert loaded("rules") == []
