"""What the probe counted in the old environment, for the report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from airshift.environments.probe import parse_result, remarks
from airshift.errors import UsageError
from airshift.report.model import Assessment


def with_probe(assessment: Assessment, path: Path) -> Assessment:
    """The assessment with what the probe's counts mean; `path` is what `airshift env probe read` wrote."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise UsageError(f"--probe {path}: cannot be read: {reason}") from None
    return replace(assessment, probe=remarks(parse_result(text), assessment.target))
