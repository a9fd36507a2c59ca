"""Read blue's description: a JSON file, or environment.json of a snapshot folder."""

from __future__ import annotations

import json
from pathlib import Path

from airshift.environments.model import Blue
from airshift.errors import UsageError

FILE = "environment.json"
_MOST = 16_000_000


def read_blue(path: Path) -> Blue:
    """The environment described at a path; raise UsageError with the reason when there is none."""
    file = path / FILE if path.is_dir() else path
    try:
        if file.stat().st_size > _MOST:
            raise UsageError(f"{file.name}: too large for the description of an environment")
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError):
        raise UsageError(f"{file.name}: not JSON; give the output of `aws mwaa get-environment`") from None
    described = content.get("Environment", content) if isinstance(content, dict) else None
    if not isinstance(described, dict):
        raise UsageError(f"{file.name}: not the output of `aws mwaa get-environment`")
    return Blue.of(described)
