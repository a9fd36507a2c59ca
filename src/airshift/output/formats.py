"""The names of the formats of `airshift check`; what makes them is in `airshift.output.checks`."""

from __future__ import annotations

from enum import StrEnum


class CheckFormat(StrEnum):
    """How findings are printed."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    JSONL = "jsonl"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"
    MARKDOWN = "markdown"
    HTML = "html"


DOCUMENTS = frozenset({CheckFormat.JSON, CheckFormat.JSONL})
"""Formats whose paths are relative to the given root."""
SERVICES = frozenset({CheckFormat.SARIF, CheckFormat.GITHUB, CheckFormat.GITLAB, CheckFormat.JUNIT})
"""Formats whose paths are relative to the repository."""
