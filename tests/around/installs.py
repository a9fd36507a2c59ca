"""Ask real Airflow installs: what they know of options, commands, REST operations and ignore files."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from airshift_dev.envs import Environment, ensure

TARGETS = ("3.0.6", "3.1.8", "3.2.1", "3.3.1", "3.3.2")
FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"


def ask(version: str, question: str, given: object = None, **env: str) -> Any:
    """The answer of probe.py to a question, run with an install's own Python."""
    python = ensure(Environment(version, wide=version != "2.10.3"))
    with TemporaryDirectory() as home:
        answer = Path(home) / "answer.json"
        variables = {
            key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "PYTHON"))
        }
        subprocess.run(
            [str(python), str(Path(__file__).with_name("probe.py")), question, str(answer)],
            input=json.dumps(given),
            text=True,
            check=True,
            capture_output=True,
            env={**variables, "AIRFLOW_HOME": home, "PYTHONWARNINGS": "ignore", **env},
        )
        return json.loads(answer.read_text())


@cache
def options(version: str) -> dict[str, str | None]:
    """Every option that the install describes, those of providers included, with its default."""
    found: dict[str, str | None] = ask(version, "options")
    return found


@cache
def aliases(version: str) -> dict[str, str]:
    """Old names that the install reads, and the new ones."""
    found: dict[str, str] = ask(version, "aliases")
    return found


@cache
def commands(version: str) -> dict[str, list[str]]:
    """Leaf commands and their flags, with the FAB auth manager on."""
    found: dict[str, list[str]] = ask(version, "commands", AIRFLOW__CORE__AUTH_MANAGER=FAB)
    return found
