"""What each file costs whenever it is parsed, for the report: what it does, and the seconds that verify measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from airshift.report.model import Assessment
from airshift.sizing.parse_cost import ParseCost, parse_costs, read_measured


def with_parse_seconds(assessment: Assessment, verified: Path) -> Assessment:
    """The assessment with the parse times that a result of `airshift verify` holds, if it holds any."""
    return replace(assessment, parse_seconds=read_measured(verified, optional=True))


def costs_of_parsing(assessment: Assessment) -> tuple[ParseCost, ...]:
    """Files by cost: the slowest first, then those that do most at each parse."""
    return parse_costs(assessment.findings, assessment.parse_seconds)


def sentence(assessment: Assessment) -> str:
    """What parsing costs in all, in words."""
    costs = costs_of_parsing(assessment)
    working = sum(bool(cost.works) for cost in costs)
    seconds = [cost.seconds for cost in costs if cost.seconds is not None]
    does = "file does" if working == 1 else "files do"
    told = f"{working} {does} work at each parse that belongs in tasks"
    if not seconds:
        return f"{told}; `airshift verify` measures how long each file takes."
    files = "file" if len(seconds) == 1 else "files"
    return f"{told}. Parsing {len(seconds)} {files} once took {sum(seconds):.1f} s, as `airshift verify` measured it."
