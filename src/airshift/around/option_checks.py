"""Judge the options that a file sets on a target: moved, removed, worthless values, managed by MWAA."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from airshift.around import option_fixes
from airshift.around.document import Document
from airshift.around.options import Fate, Name, Options, Verdict
from airshift.around.report import report
from airshift.around.setting import Setting, Spelling
from airshift.findings import Finding, Fix, Severity
from airshift.targets import Target

_Claims = Mapping[Name, frozenset[Name]]
"""Option names by the name the target reads: more than one means that they compete."""


def check_settings(
    document: Document, settings: Iterable[Setting], target: Target, *, on_mwaa: bool = False
) -> Iterator[Finding]:
    """Yield what is wrong with the settings of a document.

    `on_mwaa` says that the file's environment variables reach MWAA, as those of a start-up script do.
    """
    options = Options.load()
    judged = [(setting, options.verdict(setting.name, target)) for setting in settings]
    claims = _claims(judged)
    for setting, verdict in judged:
        managed = _managed(document, setting, target, on_mwaa)
        if managed is not None:
            yield from managed
            continue
        yield from _fate(document, setting, verdict, claims, target)
        if verdict.fate is not Fate.REMOVED:
            yield from _value(document, setting, verdict.to or setting.name, target)


def _claims(judged: Iterable[tuple[Setting, Verdict]]) -> _Claims:
    found: dict[Name, set[Name]] = {}
    for setting, verdict in judged:
        found.setdefault(verdict.to or setting.name, set()).add(setting.name)
    return {name: frozenset(names) for name, names in found.items()}


def _managed(document: Document, setting: Setting, target: Target, on_mwaa: bool) -> Iterator[Finding] | None:
    if setting.spelling is not Spelling.DOTTED and not (on_mwaa and setting.spelling is Spelling.ENV):
        return None
    condition = Options.load().managed_by_mwaa(setting.name, target)
    if condition is None:
        return None
    when = f" when {condition}" if condition else ""
    message = f"MWAA sets {setting.dotted} itself{when}; the value given here has no effect"
    return report("AS806", document, setting.key, message, target, symbol=setting.dotted)


def _fate(
    document: Document, setting: Setting, verdict: Verdict, claims: _Claims, target: Target
) -> Iterator[Finding]:
    version = f"Airflow {target.version}"
    severity = verdict.severity_for(setting.value)
    match verdict.fate:
        case Fate.PRESENT:
            return
        case Fate.REMOVED:
            code, fix = "AS803", option_fixes.remove(document, setting)
            message = f"{setting.dotted} is not an option of {version}: it is ignored"
        case Fate.IGNORED:
            code, fix = "AS801", _renaming(document, setting, verdict, claims)
            message = f"{_moved(setting, verdict)}; {version} ignores the old name without a word"
        case Fate.HONOURED:
            code, fix = "AS802", _renaming(document, setting, verdict, claims)
            severity = severity if severity is Severity.INFO else None
            message = f"{_moved(setting, verdict)}; {version} still reads the old name, with a warning"
        case _:
            assert_never(verdict.fate)
    message = ". ".join(part for part in (message, verdict.note.rstrip(".")) if part)
    yield from report(
        code, document, setting.key, message, target, symbol=setting.dotted, severity=severity, fix=fix
    )


def _moved(setting: Setting, verdict: Verdict) -> str:
    assert verdict.to is not None
    caveat = f" ({verdict.caveat})" if verdict.caveat else ""
    return f"{setting.dotted} is now {'.'.join(verdict.to)}{caveat}"


def _renaming(document: Document, setting: Setting, verdict: Verdict, claims: _Claims) -> Fix | None:
    assert verdict.to is not None
    rivals = claims[verdict.to]
    if setting.spelling is Spelling.CFG and verdict.to in rivals:
        return option_fixes.remove(document, setting)
    if verdict.caveat or len(rivals) > 1:
        return None
    return option_fixes.rename(document, setting, verdict.to)


def _value(document: Document, setting: Setting, name: Name, target: Target) -> Iterator[Finding]:
    broken = Options.load().bad_value(name, setting.value) if setting.value is not None else None
    if broken is None:
        return
    rule, item = broken
    instead = rule.match.sub(rule.instead, item) if rule.instead else ""
    advice = f"; use {instead}" if instead else ""
    message = f"{setting.dotted}: {item} does not work on Airflow {target.version}: {rule.why}{advice}"
    fix = option_fixes.correct(document, setting, item, instead)
    span = setting.value_span or setting.key
    yield from report("AS804", document, span, message, target, symbol=setting.dotted, fix=fix)
