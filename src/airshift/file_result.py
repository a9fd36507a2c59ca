"""What judging one Python file gives: a record of its own, because remembered results need nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airshift.findings import Finding, Problem
from airshift.records import dataclass

if TYPE_CHECKING:
    from airshift.engine.project import ModuleSummary
    from airshift.engine.template_files import TemplateReference
    from airshift.suppress import Suppression


@dataclass(frozen=True, slots=True)
class FileResult:
    """What one Python file gave."""

    path: str
    findings: tuple[Finding, ...] = ()
    problem: Problem | None = None
    summary: ModuleSummary | None = None
    unused: tuple[Suppression, ...] = ()
    templates: tuple[TemplateReference, ...] = ()
    """The template files that the module names."""
