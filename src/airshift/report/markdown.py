"""`report.md`: the report for pull requests, wikis and terminals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from airshift.findings import Finding
from airshift.report.document import operator_counts, schedule_text
from airshift.report.headline import headline
from airshift.report.model import NOBODY, Assessment, DagAssessment, RuffAgreement, Verdict
from airshift.report.parsing import costs_of_parsing, sentence
from airshift.report.plain import link, shown
from airshift.report.proof import WORDS
from airshift.report.statistics import dags_by_owner, hours, rule_counts, verdict_counts
from airshift.sizing.parse_cost import worth_showing

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$^])")
_SILENT = "\u200b"
"""Keeps an address or an `@name` from becoming a link or a notification."""
_PLACES = 25
_LABELS = {
    Verdict.READY: "Ready",
    Verdict.AUTO_FIXABLE: "Auto-fixable",
    Verdict.NEEDS_WORK: "Needs work",
    Verdict.BLOCKED: "Blocked",
}


def markdown_report(assessment: Assessment) -> str:
    """The assessment as Markdown; foreign text in it can neither format nor link nor mention anybody."""
    return "\n".join(_lines(assessment)).rstrip() + "\n"


def plain(text: str) -> str:
    """Foreign text as prose: every character that means something in Markdown or HTML is taken literally."""
    safe = shown(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    safe = _SPECIAL.sub(r"\\\1", safe)
    for mark in ("@", "://", "www"):
        safe = safe.replace(mark, mark[:1] + _SILENT + mark[1:])
    return safe


def code(text: str) -> str:
    """Foreign text as a code span, also inside a table."""
    safe = shown(text).replace("|", "\\|") or " "
    longest = max((len(run) for run in re.findall("`+", safe)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if safe.startswith(("`", " ")) or safe.endswith(("`", " ")) else ""
    return f"{fence}{pad}{safe}{pad}{fence}"


def _name(owner: str) -> str:
    return plain(owner) if owner == NOBODY else code(owner)


def _lines(assessment: Assessment) -> Iterator[str]:
    platform = " on Amazon MWAA" if assessment.target.platform == "mwaa" else ""
    yield f"# Airflow {assessment.source.version} to {assessment.target.version}{platform}"
    yield ""
    yield (
        f"{code(assessment.root)}, {assessment.generated_at.isoformat(timespec='minutes')}, "
        f"{assessment.files_scanned} files read, airshift {assessment.tool_version}"
    )
    yield ""
    yield " ".join(headline(assessment))
    yield ""
    yield from _summary(assessment)
    yield from _first(assessment)
    yield from _owners(assessment)
    yield from _dags(assessment)
    yield from _rules(assessment)
    yield from _inventory(assessment)
    yield from _parsing(assessment)
    yield from _requirements(assessment)
    yield from _probe(assessment)
    yield from _unread(assessment)
    yield from _known_issues(assessment)
    yield from _ruff(assessment.ruff)
    yield "## How this was counted"
    yield ""
    yield from (f"- {line}" for line in assessment.assumptions)


def _table(
    head: Sequence[str], rows: Iterable[Sequence[object]], numbers: Sequence[int] = ()
) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---:" if column in numbers else "---" for column in range(len(head))) + " |"
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"
    yield ""


def _summary(assessment: Assessment) -> Iterator[str]:
    counts = verdict_counts(assessment)
    effort = assessment.effort
    rows: list[tuple[str, object]] = [("DAGs", len(assessment.dags))]
    rows += [(_LABELS[verdict], count) for verdict, count in counts.items()]
    rows += [
        ("Findings", len(assessment.findings)),
        ("Hours: changes by hand", hours(effort.manual)),
        ("Hours: reviewing fixes", hours(effort.review)),
        ("Hours: testing DAGs", hours(effort.testing)),
        ("Hours: unreadable files", hours(effort.unreadable)),
        ("**Hours in all**", f"**{hours(effort.total)}**"),
    ]
    yield from _table(("", "Count"), rows, (1,))


def _first(assessment: Assessment) -> Iterator[str]:
    counts = rule_counts(assessment)[:8]
    if not counts:
        return
    yield "## What breaks first"
    yield ""
    rows = [
        (code(c.code), plain(assessment.rule(c.code).title), c.kind, c.dags, c.findings, c.fixable)
        for c in counts
    ]
    yield from _table(("Rule", "What", "Kind", "DAGs", "Places", "Fixable"), rows, (3, 4, 5))


def _owners(assessment: Assessment) -> Iterator[str]:
    rows = dags_by_owner(assessment)
    if not rows:
        return
    yield "## DAGs by owner"
    yield ""
    cells = [(_name(row.label), *row.parts, row.total) for row in rows]
    yield from _table(("Owner", *_LABELS.values(), "All"), cells, (1, 2, 3, 4, 5))


def _dags(assessment: Assessment) -> Iterator[str]:
    if not assessment.dags:
        return
    yield "## DAGs"
    yield ""
    ordered = sorted(assessment.dags, key=lambda d: (-list(Verdict).index(d.verdict), d.dag.dag_id))
    head = ("DAG", "Verdict", "Owner", "Schedule", "Reasons", "Hours")
    yield from _table(head, (_dag_row(dag) for dag in ordered), (5,))


def _dag_row(assessed: DagAssessment) -> tuple[object, ...]:
    reasons = ", ".join(
        f"{plain(reason.code)}{f' × {reason.count}' if reason.count > 1 else ''}"
        for reason in assessed.reasons
    )
    schedule = schedule_text(assessed.dag)
    return (
        f"{code(assessed.dag.dag_id)} {code(f'{assessed.dag.path}:{assessed.dag.line}')}",
        _LABELS[assessed.verdict] + (f", {WORDS[assessed.proof]}" if assessed.proof else ""),
        ", ".join(_name(owner) for owner in assessed.owners),
        code(schedule) if schedule else "none",
        reasons or "–",
        hours(assessed.effort),
    )


def _rules(assessment: Assessment) -> Iterator[str]:
    counts = rule_counts(assessment)
    if not counts:
        return
    by_code: dict[str, list[Finding]] = {}
    for finding in assessment.findings:
        by_code.setdefault(finding.code, []).append(finding)
    yield "## Findings by rule"
    yield ""
    for count in counts:
        text = assessment.rule(count.code)
        yield f"### {plain(count.code)} {plain(text.title)}"
        yield ""
        source = f" [Source]({_address(text.reference)})" if link(text.reference) else ""
        yield f"{count.kind}, {count.severity}, {count.findings} places in {count.files} files.{source}"
        yield ""
        found = by_code[count.code]
        for finding in found[:_PLACES]:
            place = finding.place
            yield f"- {code(f'{place.path}:{place.line}:{place.column}')} {plain(finding.message)}"
        if len(found) > _PLACES:
            yield f"- and {len(found) - _PLACES} more in report.json"
        yield ""


def _address(reference: str) -> str:
    return link(reference).replace("(", "%28").replace(")", "%29")


def _inventory(assessment: Assessment) -> Iterator[str]:
    inventory = assessment.inventory
    groups = {
        "Operators": [f"{entry['name']} ({entry['dags']})" for entry in operator_counts(assessment)],
        "Custom operators": [reference.name for reference in inventory.custom_operators],
        "Plugins": [reference.name for reference in inventory.plugins],
        "Requirements": [reference.name for reference in inventory.requirements],
        "Connections": [reference.name for reference in inventory.connections],
        "Variables": [reference.name for reference in inventory.variables],
        "DAGs whose id only running tells": [reference.name for reference in inventory.unlocated],
    }
    yield "## Inventory"
    yield ""
    for title, names in groups.items():
        listed = ", ".join(code(name) for name in dict.fromkeys(names)) or "none"
        yield f"- {title}: {listed}"
    yield ""


def _requirements(assessment: Assessment) -> Iterator[str]:
    if not assessment.requirements:
        return
    changed = [fate for fate in assessment.requirements if fate.action != "keep"]
    yield f"## Requirements on Airflow {assessment.target.version}"
    yield ""
    yield f"{len(changed)} of {len(assessment.requirements)} lines change, by the official constraints."
    yield ""
    rows = (
        (
            code(f"{fate.path}:{fate.line}"),
            code(fate.before),
            fate.action,
            code(fate.after) if fate.after else "none",
            plain(fate.reason),
        )
        for fate in changed
    )
    yield from _table(("Place", "Requirement", "Action", "New line", "Why"), rows)


def _parsing(assessment: Assessment) -> Iterator[str]:
    costs = worth_showing(costs_of_parsing(assessment))
    if not costs:
        return
    rest = len(costs_of_parsing(assessment)) - min(len(costs), _PLACES)
    yield "## What each parse costs"
    yield ""
    yield sentence(assessment)
    yield ""
    rows = (
        (
            code(cost.path),
            "–" if cost.seconds is None else f"{cost.seconds:.2f}",
            ", ".join(f"{work.code} line {work.line}" for work in cost.works) or "–",
        )
        for cost in costs[:_PLACES]
    )
    yield from _table(("File", "Seconds", "At each parse"), rows, (1,))
    if rest:
        yield f"and {rest} more in report.json"
        yield ""


def _probe(assessment: Assessment) -> Iterator[str]:
    if not assessment.probe:
        return
    yield "## Found in the database"
    yield ""
    for remark in assessment.probe:
        yield f"- {plain(remark.title)}: {remark.count}. {plain(remark.text)}"
    yield ""


def _unread(assessment: Assessment) -> Iterator[str]:
    if not assessment.problems:
        return
    yield "## Files that could not be read"
    yield ""
    for problem in assessment.problems:
        yield f"- {code(f'{problem.path}:{problem.line}')} {plain(problem.reason)}"
    yield ""


def _known_issues(assessment: Assessment) -> Iterator[str]:
    if not assessment.known_issues:
        return
    yield f"## Known issues of Airflow {assessment.target.version}"
    yield ""
    for issue in assessment.known_issues:
        source = f" [Source]({_address(issue.reference)})" if link(issue.reference) else ""
        places = ", ".join(code(place) for place in issue.places[:8])
        met = f" Met here: {places}." if places else ""
        head = f"**{plain(issue.title)}** ({plain(issue.identifier)}, {plain(issue.date)})"
        yield f"- {head}. {plain(issue.text)}{met}{source}"
    yield ""


def _ruff(ruff: RuffAgreement | None) -> Iterator[str]:
    if ruff is None:
        return
    yield "## Second opinion: ruff"
    yield ""
    counts = (len(ruff.agreed), len(ruff.only_airshift), len(ruff.only_ruff))
    yield from _table(("Both", "Only airshift", "Only ruff"), [counts], (0, 1, 2))
    for finding in ruff.only_ruff[:_PLACES]:
        place = code(f"{finding.place.path}:{finding.place.line}")
        yield f"- only ruff: {place} {plain(finding.code)} {plain(finding.message)}"
    if len(ruff.only_ruff) > _PLACES:
        yield f"- and {len(ruff.only_ruff) - _PLACES} more in report.json"
    yield ""
