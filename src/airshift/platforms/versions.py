"""An Airflow that is newer today than the target."""

from __future__ import annotations

from collections.abc import Iterator

from airshift.around.document import Document
from airshift.around.report import report
from airshift.findings import Finding
from airshift.platforms.model import Tables
from airshift.targets import Target


def check_versions(document: Document, tables: Tables, target: Target) -> Iterator[Finding]:
    """Yield images and pins of a newer Airflow."""
    for pattern in tables.versions:
        for found in pattern.finditer(document.text):
            release = tuple(int(part) for part in found["v"].split("."))
            if release > target.release[: len(release)]:
                message = f"Airflow {found['v']} is newer than the target {target.version}: this would be a downgrade."
                yield from report(
                    "AS861", document, found.span("v"), message, target, symbol="apache-airflow"
                )
