"""Fix one Python file in memory until nothing more can be fixed."""

from __future__ import annotations

from enum import StrEnum

from airshift.engine.facts import ModuleFacts
from airshift.engine.project import Project
from airshift.engine.source import Source
from airshift.engine.template_files import TemplateReference
from airshift.errors import AirshiftError, SourceError
from airshift.findings import Applicability, Finding
from airshift.judge import applicable, find_hits, internal_error, judge
from airshift.patience import GaveUpError, at_most
from airshift.records import dataclass
from airshift.rules.base import Hit, RuleContext
from airshift.select import Selection
from airshift.suppress import is_silenced, suppressions

ROUNDS = 5
"""Fixes that lie inside another one wait for the next round; real files need at most two."""


COMPAT = "compat"
"""What stands in the place of a rule's code for a guarded pair that was collapsed."""


class Compat(StrEnum):
    """Whether the code has to run on the source version too."""

    OFF = "off"
    BOTH = "both"
    """Write what imports and parses on both versions."""
    DROP = "drop"
    """Reduce code for two versions to the target's."""


@dataclass(frozen=True, slots=True)
class Held:
    """A hit with a fix that cannot be made here, and why."""

    code: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """A hit that was fixed, by code and the line it stood on before the round that fixed it."""

    code: str
    line: int
    unsafe: str = ""
    """Why the meaning may have changed."""


def fixed_finding(finding: Finding) -> Fixed:
    """A finding around the code that was fixed."""
    doubt = finding.fix.note if finding.fix and finding.applicability is Applicability.UNSAFE else ""
    return Fixed(finding.code, finding.place.line, doubt)


@dataclass(frozen=True, slots=True)
class FileFix:
    """What fixing one file gives; `after` equals `before` when nothing changes."""

    path: str
    before: bytes
    after: bytes
    fixed: tuple[Fixed, ...] = ()
    left: tuple[Finding, ...] = ()
    requires: tuple[str, ...] = ()
    silenced: tuple[Fixed, ...] = ()
    """What was left and has a suppression comment now."""
    templates: tuple[TemplateReference, ...] = ()
    """Template files the module names."""
    held: tuple[Held, ...] = ()
    """What has a fix that could not be made, with reasons."""
    refused: str = ""
    """Why the file could not be worked on at all."""

    @property
    def changed(self) -> bool:
        """Whether there is something to write."""
        return self.after != self.before


def fix_file(
    path: str,
    raw: bytes,
    context: RuleContext,
    *,
    unsafe: bool = False,
    selection: Selection | None = None,
    project: Project | None = None,
    silence: bool = False,
    compat: Compat = Compat.OFF,
) -> FileFix:
    """Apply every safe fix (with `unsafe`, every fix) of the selected rules to a file's content.

    With `silence`, what is left gets suppression comments; `compat` writes or collapses code for two versions.
    """
    selection = (selection or Selection()).at(path)
    fixed: list[Fixed] = []
    requires: set[str] = set()
    try:
        with at_most():
            source = Source.from_bytes(path, raw)
            facts = ModuleFacts(source, project)
            if compat is Compat.DROP:
                facts, collapsed = _collapsed(facts, context)
                fixed += collapsed
            held: tuple[Held, ...] = ()
            for _ in range(ROUNDS):
                applied, utf8, held = _round(facts, context, unsafe, selection, compat)
                if utf8 == facts.source.utf8:
                    break
                fixed += [
                    Fixed(hit.code, facts.source.position(hit.span[0])[0], hit.unsafe) for hit in applied
                ]
                requires.update(name for hit in applied for name in hit.requires)
                facts = ModuleFacts(Source.from_bytes(path, source.to_bytes(utf8)), project)
            if compat is not Compat.BOTH:
                facts, settled = _settled(facts, context, unsafe, selection)
                fixed += settled
            judged = judge(facts, context)
            left = selection.filter([*judged.findings, *_settings(facts, context)])
            silenced: tuple[Fixed, ...] = ()
            if silence and left:
                facts, left, silenced = _silenced(facts, context, selection, left)
            after = source.to_bytes(facts.source.utf8) if fixed or silenced else raw
    except GaveUpError as error:
        return FileFix(path, raw, raw, refused=str(error))
    except SourceError as error:
        return FileFix(path, raw, raw, refused=error.reason)
    except RecursionError:
        return FileFix(path, raw, raw, refused="nested too deeply to be analysed")
    except AirshiftError:
        raise
    except Exception as error:
        return FileFix(path, raw, raw, refused=internal_error(error))
    return FileFix(
        path, raw, after, tuple(fixed), tuple(left), tuple(sorted(requires)), silenced, judged.templates, held
    )


def _settings(facts: ModuleFacts, context: RuleContext) -> list[Finding]:
    """What a module sets around Airflow: options, environment variables, commands, REST calls."""
    from airshift.surroundings import check_other

    return check_other(facts.path, facts.source.to_bytes(facts.source.utf8), context)


def _settled(
    facts: ModuleFacts, context: RuleContext, unsafe: bool, selection: Selection
) -> tuple[ModuleFacts, list[Fixed]]:
    """The module with its settings fixed; a result that does not parse is given up."""
    from airshift.around.fix import apply_to

    done: list[Fixed] = []
    for _ in range(ROUNDS):
        wanted = [found for found in selection.filter(_settings(facts, context)) if found.fix is not None]
        if not wanted:
            break
        source = facts.source
        made, raw = apply_to(source.path, source.to_bytes(source.utf8), wanted, unsafe=unsafe)
        if not made:
            break
        try:
            facts = ModuleFacts(Source.from_bytes(source.path, raw), facts.project)
        except SourceError:
            break
        done += map(fixed_finding, made)
    return facts, done


def _silenced(
    facts: ModuleFacts, context: RuleContext, selection: Selection, left: list[Finding]
) -> tuple[ModuleFacts, list[Finding], tuple[Fixed, ...]]:
    """The module with suppression comments, what is left nevertheless, and what is silent now."""
    from airshift.fix.silencing import with_suppressions

    source = facts.source
    raw = source.to_bytes(with_suppressions(source, left))
    commented = ModuleFacts(Source.from_bytes(source.path, raw), facts.project)
    still = selection.filter([*judge(commented, context).findings, *_settings(commented, context)])
    remaining = {(finding.code, finding.place.line, finding.symbol) for finding in still}
    silent = (f for f in left if (f.code, f.place.line, f.symbol) not in remaining)
    return commented, still, tuple(Fixed(finding.code, finding.place.line) for finding in silent)


def _collapsed(facts: ModuleFacts, context: RuleContext) -> tuple[ModuleFacts, list[Fixed]]:
    """The module without its guarded pairs, and the lines they stood on."""
    from airshift.fix.collapsing import collapse

    utf8, lines = collapse(facts, context)
    if not lines:
        return facts, []
    source = facts.source
    after = ModuleFacts(Source.from_bytes(source.path, source.to_bytes(utf8)), facts.project)
    return after, [Fixed(COMPAT, line) for line in lines]


def _round(
    facts: ModuleFacts, context: RuleContext, unsafe: bool, selection: Selection, compat: Compat
) -> tuple[tuple[Hit, ...], bytes, tuple[Held, ...]]:
    present = suppressions(facts.source.utf8)
    wanted = [
        hit
        for hit in find_hits(facts, context)
        if hit.rewrites
        and selection.wants(hit.code)
        and applicable(hit, context)
        and not is_silenced(hit.code, facts.source.place(*hit.span), present)
    ]
    hits = [hit for hit in wanted if unsafe or not hit.unsafe]
    held = tuple(_held(facts, hit, f"unsafe: {hit.unsafe}") for hit in wanted if hit.unsafe and not unsafe)
    if compat is Compat.BOTH and hits:
        from airshift.fix.compat import for_both

        hits, one_sided = for_both(facts, hits, context)
        held += one_sided
    if not hits:
        return (), facts.source.utf8, held
    from airshift.fix.apply import rewrite

    result = rewrite(facts, hits)
    refused = (_held(facts, hit, reason) for hit, reason in result.refused)
    return result.applied, result.utf8, (*held, *refused)


def _held(facts: ModuleFacts, hit: Hit, reason: str) -> Held:
    return Held(hit.code, facts.source.position(hit.span[0])[0], reason)
