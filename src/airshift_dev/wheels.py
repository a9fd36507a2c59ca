"""Wheels unpacked but not installed: sources of example DAGs that are read, never imported."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def unpacked_wheel(requirement: str, folder: Path) -> Path:
    """Download the wheel of `NAME==VERSION` and return the folder it is unpacked in."""
    name, separator, version = requirement.partition("==")
    if not separator:
        raise SystemExit(f"{requirement}: expected NAME==VERSION")
    target = folder / f"{name}-{version}"
    if not target.is_dir():
        _fetch(requirement, target)
    return target


def _fetch(requirement: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--ignore-requires-python", "--dest", scratch, requirement], check=True)
        wheel = next(Path(scratch).glob("*.whl"))
        content = Path(scratch) / "content"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(content)
        if not target.exists():
            shutil.move(content, target)
