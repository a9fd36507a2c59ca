"""The built wheel works alone: installed into a clean environment, run from another folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.oracle
ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_the_wheel_carries_its_data(tmp_path: Path) -> None:
    run(sys.executable, "-m", "uv", "build", "--wheel", "--quiet", "--out-dir", tmp_path, ROOT, cwd=tmp_path)
    wheel = next(tmp_path.glob("airshift-*.whl"))
    run(
        sys.executable,
        "-m",
        "uv",
        "venv",
        "--quiet",
        "--python",
        sys.executable,
        tmp_path / "env",
        cwd=tmp_path,
    )
    python = tmp_path / "env" / "bin" / "python"
    run(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python, wheel, cwd=tmp_path)
    airshift = tmp_path / "env" / "bin" / "airshift"
    assert "AS104" in run(airshift, "rules", cwd=tmp_path)
    assert "apache-airflow-providers-standard" in run(
        airshift, "constraints", "show", "3.3.1", "--python", "3.12", cwd=tmp_path
    )
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "a.py").write_text("from airflow.operators.bash_operator import BashOperator\n")
    run(airshift, "assess", tmp_path / "dags", "--out", tmp_path / "out", cwd=tmp_path)
    assert "<html" in (tmp_path / "out" / "report.html").read_text()
    assert "AS104" in run(
        python, "-m", "airshift", "check", tmp_path / "dags", "--format", "concise", cwd=tmp_path
    )
    listing = run(
        python, "-c", "import importlib.util as u; print(u.find_spec('airshift_dev'))", cwd=tmp_path
    )
    assert listing.strip() == "None"
