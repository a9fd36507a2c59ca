"""Two builds of one tree, in different folders and at different times, give the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("src/airshift", "rules", "constraints", "reports", "pyproject.toml", "README.md", "LICENSE")


def copied(folder: Path, age: int) -> Path:
    """The part of the tree that a wheel is made of, with other times, modes and leftovers."""
    for part in PARTS:
        target = folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, target)
    for file in folder.rglob("*.py"):
        os.utime(file, (age, age))
    return folder


def built(folder: Path, out: Path) -> Path:
    """Build a wheel without any network: the backend is installed."""
    program = f"from hatchling.build import build_wheel; build_wheel({str(out)!r})"
    variables = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600", "PYTHONHASHSEED": str(len(str(folder)))}
    out.mkdir()
    subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=variables, check=True, capture_output=True
    )
    return next(out.glob("*.whl"))


@pytest.mark.oracle
def test_the_wheel_is_reproducible(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    one = built(copied(tmp_path / "one", 1_000_000_000), tmp_path / "a")
    other = built(copied(tmp_path / "a longer name" / "two", 1_700_000_000), tmp_path / "b")
    assert one.name == other.name
    assert hashlib.sha256(one.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()
    with zipfile.ZipFile(one) as wheel:
        names = wheel.namelist()
        assert {info.date_time[0] for info in wheel.infolist()} == {2026}
    assert not [name for name in names if "airshift_dev" in name or name.startswith("tests")]


@pytest.mark.oracle
def test_the_bill_of_materials_is_reproducible_and_whole(tmp_path: Path) -> None:
    pytest.importorskip("cyclonedx_py")
    documents = []
    for name in ("a", "b"):
        file = tmp_path / f"{name}.json"
        command = [
            sys.executable,
            "-m",
            "cyclonedx_py",
            "requirements",
            "--pyproject",
            str(ROOT / "pyproject.toml"),
        ]
        command += ["--output-reproducible", "--output-format", "JSON", "--output-file", str(file)]
        variables = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600", "PYTHONHASHSEED": str(len(documents))}
        subprocess.run(
            [*command, str(ROOT / "requirements.lock")], env=variables, check=True, capture_output=True
        )
        documents.append(file.read_bytes())
    assert documents[0] == documents[1]
    found = json.loads(documents[0])
    assert found["metadata"]["component"]["name"] == "airshift"
    named = {one["name"].lower().replace("_", "-") for one in found["components"]}
    assert {"libcst", "requests", "boto3", "jinja2", "pyyaml"} <= named
    assert all(one.get("version") for one in found["components"])
