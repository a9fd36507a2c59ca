"""Assess every repository on the workers of this Airflow, one task each, and merge the reports.

Runs on Airflow 2.10 and 3. The workers need git and `pip install airshift`; the reports go to object storage, because
workers share no disk.
"""

from __future__ import annotations

import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

try:
    from airflow.sdk import ObjectStoragePath, Param, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.io.path import ObjectStoragePath
    from airflow.models.param import Param

INCOMPLETE = 3
"""What airshift ends with when it could not read every file; the report says which."""


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["airshift"],
    params={
        "repositories": Param(
            [], type="array", items={"type": "string"}, title="Addresses that git can clone"
        ),
        "target": Param("3.3.1", type="string"),
        "reports": Param("s3://my-bucket/airshift", type="string"),
    },
)
def assess_repositories() -> None:
    @task
    def repositories(params: dict[str, Any] | None = None) -> list[str]:
        return list((params or {})["repositories"])

    @task(retries=2, max_active_tis_per_dagrun=16)
    def assess(repository: str, params: dict[str, Any] | None = None) -> str:
        wanted = params or {}
        name = repository.rstrip("/").rpartition("/")[2].removesuffix(".git")
        with tempfile.TemporaryDirectory() as folder:
            clone, out = Path(folder, name), Path(folder, "report")
            subprocess.run(
                ["git", "clone", "--quiet", "--depth", "1", "--", repository, str(clone)], check=True
            )
            command = ["airshift", "assess", str(clone), "--target", wanted["target"], "--out", str(out)]
            done = subprocess.run([*command, "--exit-zero", "--quiet"], check=False)
            if done.returncode not in (0, INCOMPLETE):
                raise RuntimeError(f"{name}: airshift ended with {done.returncode}")
            stored = ObjectStoragePath(wanted["reports"]) / name / "report.json"
            stored.parent.mkdir(parents=True, exist_ok=True)
            stored.write_bytes((out / "report.json").read_bytes())
        return name

    @task(trigger_rule="all_done")
    def merge(names: list[str], params: dict[str, Any] | None = None) -> None:
        reports = ObjectStoragePath((params or {})["reports"])
        with tempfile.TemporaryDirectory() as folder:
            for name in names:
                copied = Path(folder, "reports", name, "report.json")
                copied.parent.mkdir(parents=True)
                copied.write_bytes((reports / name / "report.json").read_bytes())
            out = Path(folder, "fleet")
            command = ["airshift", "report", "merge", str(Path(folder, "reports")), "--out", str(out)]
            done = subprocess.run(command, check=False)
            if done.returncode not in (0, INCOMPLETE):
                raise RuntimeError(f"airshift ended with {done.returncode}")
            for file in out.iterdir():
                (reports / file.name).write_bytes(file.read_bytes())

    merge(assess.expand(repository=repositories()))


assess_repositories()
