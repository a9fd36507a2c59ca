"""Where airshift keeps what it can find out again."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """The user's cache folder of airshift; `AIRSHIFT_CACHE` decides where it is set."""
    if chosen := os.environ.get("AIRSHIFT_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~")).expanduser() / "airshift" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "airshift"
