"""Translate Airflow configuration options of blue into those that green reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from airshift.around.options import Fate, Name, Options, Verdict, name_of
from airshift.around.setting import split_suffix
from airshift.environments.model import OPTIONS, Change, Outcome
from airshift.index import Index
from airshift.redact import is_secret
from airshift.targets import Target

HIDDEN = "(not shown)"


@dataclass(slots=True)
class Translation:
    """Options of green with their real values, and what became of each option of blue."""

    values: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """Options of green whose value is a secret, with the option of blue that holds it."""
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Fate:
    outcome: Outcome
    reason: str
    to: Name | None = None
    value: str = ""


def translate(options: dict[str, str], source: str, target: Target) -> Translation:
    """The options of green; an option under its new name wins over the same one under an old name."""
    done = Translation()
    judged = {dotted: _judge(dotted, value, source, target) for dotted, value in options.items()}
    for dotted in sorted(options, key=lambda one: (judged[one].outcome is not Outcome.KEPT, one)):
        _settle(done, dotted, options[dotted], judged[dotted], source, target)
    done.changes.sort(key=lambda change: change.field)
    return done


def _settle(done: Translation, dotted: str, value: str, fate: _Fate, source: str, target: Target) -> None:
    before = shown(dotted, value, source, target)
    where = f'{OPTIONS}["{dotted}"]'
    if fate.to is None:
        done.changes.append(Change(where, fate.outcome, fate.reason, before))
        return
    new = ".".join(fate.to)
    if new in done.values:
        reason = f"blue sets {new} as well, and green reads only that"
        done.changes.append(Change(where, Outcome.DROPPED, reason, before))
        return
    done.values[new] = fate.value
    after = shown(new, fate.value, source, target)
    if HIDDEN in (before, after):
        done.secrets[new] = dotted
        before = after = HIDDEN
    if new != dotted:
        after = f"{new} = {after}"
    done.changes.append(Change(where, fate.outcome, fate.reason, before, after))


def shown(dotted: str, value: str, source: str, target: Target) -> str:
    """The value, or that it is not shown."""
    plain, _ = split_suffix(name_of(dotted))
    known = Options.load().knows(plain) or _on(plain, source) or _on(plain, target.version)
    return HIDDEN if is_secret(dotted.partition(".")[2], value, known=known) else value


def _judge(dotted: str, value: str, source: str, target: Target) -> _Fate:
    if "." not in dotted:
        return _Fate(Outcome.DECIDE, "no section.option: no version of Airflow reads it")
    table = Options.load()
    name, suffix = split_suffix(name_of(dotted))
    managed = table.managed_by_mwaa(name, target)
    if managed == "":
        return _Fate(Outcome.DROPPED, "MWAA sets it itself: the value has no effect")
    verdict = table.verdict(name, target)
    to: Name | None = verdict.to or name
    note = f"; {verdict.note.rstrip('.')}" if verdict.note else ""
    match verdict.fate:
        case Fate.REMOVED:
            return _Fate(Outcome.DROPPED, f"not an option of Airflow {target.version}{note}")
        case Fate.IGNORED | Fate.HONOURED if verdict.caveat:
            return _Fate(Outcome.DECIDE, f"now {_dotted(verdict)}, but {verdict.caveat}{note}")
        case Fate.IGNORED | Fate.HONOURED:
            reason = f"renamed: Airflow {target.version} reads {_dotted(verdict)}{note}"
        case Fate.PRESENT:
            to, reason = _from_index(name, source, target)
        case _:
            assert_never(verdict.fate)
    if to is None:
        return _Fate(Outcome.DROPPED, reason)
    if table.managed_by_mwaa(to, target) == "":
        return _Fate(Outcome.DROPPED, f"now {'.'.join(to)}, which MWAA sets itself")
    if managed:
        reason = f"MWAA sets it itself when {managed}"
    return _valued(name, to, suffix, value, reason, target)


def _dotted(verdict: Verdict) -> str:
    return ".".join(verdict.to or ())


def _from_index(name: Name, source: str, target: Target) -> tuple[Name | None, str]:
    """What the walked installs say about an option that the table leaves alone."""
    index = Index.load()
    if _on(name, target.version):
        return name, f"the same option on Airflow {target.version}"
    renamed = index.renamed_option(*name, target.version)
    if renamed is not None:
        return renamed, f"renamed: Airflow {target.version} reads {'.'.join(renamed)}"
    before = index.option(*name, source) if source else None
    if before is not None and not before.from_provider:
        return None, f"not an option of Airflow {target.version}"
    return name, "not an option of Airflow itself: for a provider or for own code"


def _valued(name: Name, to: Name, suffix: str, value: str, reason: str, target: Target) -> _Fate:
    new = (to[0], to[1] + suffix)
    broken = None if suffix else Options.load().bad_value(to, value)
    if broken is not None:
        rule, item = broken
        if not rule.instead:
            return _Fate(Outcome.DECIDE, f"the value does not work on Airflow {target.version}: {rule.why}")
        corrected = value.replace(item, rule.match.sub(rule.instead, item), 1)
        return _Fate(Outcome.CHANGED, f"the value does not work any more: {rule.why}", new, corrected)
    return _Fate(Outcome.KEPT if name == to else Outcome.CHANGED, reason, new, value)


def _on(name: Name, version: str) -> bool:
    return bool(version) and Index.load().option(*name, version) is not None
