"""Where the data folders (rules, constraints, reports) live: in the wheel or in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

DataFolder = Literal["rules", "constraints", "reports"]


@cache
def data_folder(name: DataFolder) -> Path:
    """Return the folder `name`; a wheel carries it as `airshift/<name>_data`, a checkout at its top."""
    package = Path(__file__).parent
    packaged = package / f"{name}_data"
    return packaged if packaged.is_dir() else package.parents[1] / name
