"""Pythons of a wanted minor version on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def interpreter(python: str) -> str | None:
    """Path of a Python such as 3.12 that really runs: our own, pyenv's, or the first on the path; else None."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    own = Path(sys.base_prefix) / "bin" / f"python{python}"
    on_path = shutil.which(f"python{python}")
    candidates = [own, *sorted(pyenv.glob(f"{python}.*/bin/python"), reverse=True)]
    for candidate in [*candidates, *([Path(on_path)] if on_path else [])]:
        if candidate.exists() and _runs(candidate):
            return str(candidate)
    return None


def _runs(candidate: Path) -> bool:
    return subprocess.run([str(candidate), "-c", ""], capture_output=True, check=False).returncode == 0
