"""`report.html`: one page that needs nothing but itself."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from typing import Any

from airshift._data import data_folder
from airshift.findings import Kind, Severity
from airshift.report.charts import Series, bar, donut
from airshift.report.document import operator_counts
from airshift.report.embedded import embedded_data
from airshift.report.headline import headline
from airshift.report.model import Assessment, Verdict
from airshift.report.parsing import costs_of_parsing, sentence
from airshift.report.plain import link, shown
from airshift.report.statistics import (
    Row,
    by_family,
    by_finding_folder,
    by_finding_owner,
    by_kind,
    dags_by_folder,
    dags_by_owner,
    hours,
    rule_counts,
    verdict_counts,
)
from airshift.sizing.parse_cost import worth_showing

VERDICT_SERIES = (
    Series("ready", "Ready"),
    Series("auto_fixable", "Auto-fixable"),
    Series("needs_work", "Needs work"),
    Series("blocked", "Blocked"),
)
KIND_LABELS = {
    Kind.PARSE: "Breaks parsing",
    Kind.RUNTIME: "Breaks the run",
    Kind.BEHAVIOUR: "Changes silently",
    Kind.DEPRECATION: "Deprecated",
}
FIX_SERIES = (Series("safe", "Safe fix"), Series("unsafe", "Unsafe fix"), Series("manual", "By hand"))
EFFORT_SERIES = (
    Series("manual", "Changes by hand"),
    Series("safe", "Reviewing fixes"),
    Series("testing", "Testing DAGs"),
    Series("unread", "Unreadable files"),
)
_LISTED = 60
_BARS = 10


def html_report(assessment: Assessment) -> str:
    """The assessment as a self-contained HTML page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = data_folder("reports")
    style = (folder / "report.css").read_text(encoding="utf-8")
    script = (folder / "report.js").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(shown=shown, link=link, hours=hours, breakable=_breakable)
    return environment.get_template("report.html.jinja").render(
        **_view(assessment),
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        data=Markup(embedded_data(assessment)),
    )


def _breakable(text: str) -> Any:
    """Foreign text with chances to break a line where its parts meet."""
    from markupsafe import Markup, escape

    parts = re.split(r"(?<=[/_.@-])", shown(text))
    return Markup("<wbr>").join(escape(part) for part in parts if part)


def _policy(style: str, script: str) -> str:
    """Only the page's own style and script may run; nothing may be fetched."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _view(assessment: Assessment) -> dict[str, Any]:
    counts = verdict_counts(assessment)
    total = len(assessment.dags)
    row = Row("DAGs by verdict", tuple(counts.values()))
    share = f"{round(100 * counts[Verdict.READY] / total)} %" if total else "–"
    rules = rule_counts(assessment)
    return {
        "a": assessment,
        "headline": headline(assessment),
        "counts": {verdict.value: count for verdict, count in counts.items()},
        "errors": sum(finding.severity is Severity.ERROR for finding in assessment.findings),
        "dag_files": len({dag.dag.path for dag in assessment.dags}),
        "fixable": sum(rule.fixable for rule in rules),
        "donut": donut(row, VERDICT_SERIES, share, "ready"),
        "verdict_series": VERDICT_SERIES,
        "kind_labels": KIND_LABELS,
        "fix_series": FIX_SERIES,
        "first": rules[:8],
        "charts": _charts(assessment),
        "effort": _effort(assessment),
        "effort_by_rule": _effort_by_rule(assessment),
        "effort_by_owner": _effort_by_owner(assessment),
        "operators": operator_counts(assessment),
        "inventory": _inventory(assessment),
        "parsing": sentence(assessment),
        "parse_costs": worth_showing(costs_of_parsing(assessment)),
        "parsed": len(costs_of_parsing(assessment)),
        "listed": _LISTED,
    }


def _charts(assessment: Assessment) -> list[dict[str, Any]]:
    return [
        _chart("DAGs by owner", dags_by_owner(assessment), VERDICT_SERIES, "DAGs"),
        _chart("DAGs by folder", dags_by_folder(assessment), VERDICT_SERIES, "DAGs"),
        _chart("Findings by when they bite", _worded(by_kind(assessment.findings)), FIX_SERIES, "findings"),
        _chart("Findings by family", by_family(assessment), FIX_SERIES, "findings"),
        _chart("Findings by owner", by_finding_owner(assessment), FIX_SERIES, "findings"),
        _chart("Findings by folder", by_finding_folder(assessment), FIX_SERIES, "findings"),
    ]


def _worded(rows: Sequence[Row]) -> list[Row]:
    return [Row(KIND_LABELS[Kind(row.label)], row.parts) for row in rows]


def _chart(title: str, rows: Sequence[Row], series: Sequence[Series], unit: str) -> dict[str, Any]:
    kept = list(rows[:_BARS])
    if len(rows) > _BARS:
        rest = zip(*(row.parts for row in rows[_BARS:]), strict=True)
        kept.append(Row(f"{len(rows) - _BARS} more", tuple(sum(parts) for parts in rest)))
    longest = max((row.total for row in kept), default=0)
    bars = [{"row": row, "svg": bar(row, series, longest), "text": _breakdown(row, series)} for row in kept]
    return {"title": title, "unit": unit, "bars": bars, "series": series}


def _breakdown(row: Row, series: Sequence[Series]) -> str:
    parts = zip(row.parts, series, strict=True)
    return ", ".join(f"{part} {entry.label.lower()}" for part, entry in parts if part) or "none"


def _effort(assessment: Assessment) -> dict[str, Any]:
    effort = assessment.effort
    row = Row("Effort", (effort.manual, effort.review, effort.testing, effort.unreadable))
    parts = [
        {"series": entry, "minutes": minutes}
        for entry, minutes in zip(EFFORT_SERIES, row.parts, strict=True)
        if minutes
    ]
    return {"svg": bar(row, EFFORT_SERIES, row.total), "parts": parts}


def _effort_by_rule(assessment: Assessment) -> list[dict[str, Any]]:
    ordered = sorted(assessment.finding_effort.items(), key=lambda item: (-item[1], item[0]))
    top = [(code, minutes) for code, minutes in ordered if minutes][:8]
    longest = max((minutes for _, minutes in top), default=0)
    series = (Series("manual", "Minutes"),)
    return [
        {
            "rule": assessment.rule(code),
            "minutes": minutes,
            "svg": bar(Row(code, (minutes,)), series, longest),
        }
        for code, minutes in top
    ]


def _effort_by_owner(assessment: Assessment) -> list[dict[str, Any]]:
    ordered = sorted(assessment.owner_effort.items(), key=lambda item: (-item[1], item[0]))[:_BARS]
    longest = max((minutes for _, minutes in ordered), default=0)
    series = (Series("testing", "Minutes"),)
    return [
        {"label": owner, "minutes": minutes, "svg": bar(Row(owner, (minutes,)), series, longest)}
        for owner, minutes in ordered
    ]


def _inventory(assessment: Assessment) -> list[dict[str, Any]]:
    inventory = assessment.inventory
    groups = {
        "Custom operators": inventory.custom_operators,
        "Plugins": inventory.plugins,
        "Requirements": inventory.requirements,
        "Connections": inventory.connections,
        "Variables": inventory.variables,
        "DAGs whose id only running tells": inventory.unlocated,
    }
    return [{"title": title, "names": _places(references)} for title, references in groups.items()]


def _places(references: Sequence[Any]) -> list[dict[str, Any]]:
    """Each name once, with its first place and how often it occurs."""
    found: dict[str, dict[str, Any]] = {}
    for reference in references:
        entry = found.setdefault(
            reference.name,
            {"name": reference.name, "place": f"{reference.path}:{reference.line}", "count": 0},
        )
        entry["count"] += 1
    return list(found.values())
