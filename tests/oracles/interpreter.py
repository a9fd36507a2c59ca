"""Run snippets in real Airflow installs and tell which of them raise."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from airshift_dev.envs import Environment, ensure

_RUNNER = """
import json, logging, sys, warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
results = []
for number, source in enumerate(json.load(sys.stdin)):
    try:
        exec(compile(source, f"snippet_{number}.py", "exec"), {"__name__": f"snippet_{number}"})
    except BaseException as error:
        results.append(f"{type(error).__name__}: {error}")
    else:
        results.append("")
with open(sys.argv[1], "w") as out:
    json.dump(results, out)
"""


def run_snippets(version: str, sources: Sequence[str], folder: Path, *, wide: bool = False) -> list[str]:
    """The error each snippet raises on a version of Airflow, empty for none."""
    python = ensure(Environment(version, wide))
    out = folder / f"results-{version}.json"
    settings = {
        **os.environ,
        "AIRFLOW_HOME": str(folder / f"home-{version}"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONWARNINGS": "ignore",
    }
    command = [str(python), "-c", _RUNNER, str(out)]
    done = subprocess.run(
        command, input=json.dumps(list(sources)), capture_output=True, text=True, env=settings, check=False
    )
    assert out.exists(), done.stderr[-2000:]
    found: list[str] = json.loads(out.read_text())
    return found


def construct(
    version: str, asked: object, folder: Path, *, only: Sequence[str] = ()
) -> dict[str, dict[str, bool | None]]:
    """Which keywords the classes of the wide install accept; see constructing.py."""
    python = ensure(Environment(version, wide=True))
    out = folder / f"accepted-{version}.json"
    settings = {**os.environ, "AIRFLOW_HOME": str(folder / f"home-{version}"), "PYTHONWARNINGS": "ignore"}
    script = Path(__file__).with_name("constructing.py")
    question = {**asked, "only": list(only)} if isinstance(asked, dict) else asked
    command = [str(python), str(script), str(out)]
    done = subprocess.run(
        command, input=json.dumps(question), capture_output=True, text=True, env=settings, check=False
    )
    assert out.exists(), done.stderr[-2000:]
    found: dict[str, dict[str, bool | None]] = json.loads(out.read_text())
    return found
