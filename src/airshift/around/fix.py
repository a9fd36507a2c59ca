"""Fix one file around the code until nothing more can be fixed."""

from __future__ import annotations

from collections.abc import Callable

from airshift.around.document import Document
from airshift.around.edits import apply_fixes
from airshift.around.examine import examine
from airshift.findings import Applicability, Finding, Fix
from airshift.records import dataclass
from airshift.targets import Target

_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class AroundFix:
    """What fixing gives; `fixed` are the findings fixed, with the lines they stood on in their round."""

    after: bytes
    fixed: tuple[Finding, ...]


def fix_file(
    path: str,
    data: bytes,
    target: Target,
    *,
    unsafe: bool = False,
    wanted: Callable[[Finding], bool] = lambda _: True,
) -> AroundFix:
    """Apply the safe fixes (with `unsafe`, all) of the wanted findings; anything else stays byte for byte."""
    fixed: list[Finding] = []
    for _ in range(_ROUNDS):
        found = [finding for finding in examine(path, data, target).findings if wanted(finding)]
        made, data = apply_to(path, data, found, unsafe=unsafe)
        fixed += made
        if not made:
            break
    return AroundFix(data, tuple(fixed))


def apply_to(
    path: str, data: bytes, findings: list[Finding], *, unsafe: bool = False
) -> tuple[list[Finding], bytes]:
    """Apply the fixes of findings of one file, those of .airflowignore included; return which were made."""
    wanted = [finding for finding in findings if finding.fix and _allowed(finding.fix, unsafe)]
    if not wanted:
        return [], data
    document = Document.from_bytes(path, data)
    fixes = {id(finding.fix): finding.fix for finding in wanted if finding.fix}
    utf8, made = apply_fixes(document.text.encode(), fixes.values())
    if not made:
        return [], data
    done = {id(fix) for fix in made}
    return [finding for finding in wanted if id(finding.fix) in done], document.to_bytes(utf8)


def _allowed(fix: Fix, unsafe: bool) -> bool:
    return fix.applicability is Applicability.SAFE or (unsafe and fix.applicability is Applicability.UNSAFE)
