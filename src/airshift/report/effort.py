"""From findings to hours: what is counted, at which rate, and the sentences that say so."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from airshift._data import data_folder
from airshift.errors import DataError
from airshift.findings import Applicability, Finding, Kind, Severity


@dataclass(frozen=True, slots=True)
class Rates:
    """The numbers of reports/assessment.toml; minutes unless the name says otherwise."""

    repeat_percent: int
    review_safe: int
    review_unsafe: int
    test_changed_dag: int
    test_ready_dag: int
    unreadable_file: int
    minutes_per_day: int
    blocking_minutes: int

    @classmethod
    @cache
    def load(cls) -> Rates:
        """The rates that ship with airshift."""
        return parse_rates(data_folder("reports") / "assessment.toml")


def parse_rates(path: Path) -> Rates:
    """Read the rates from a TOML file; raise DataError when one is missing or no number of minutes."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    values = {**document.get("effort", {}), **document.get("verdict", {})}
    for field in fields(Rates):
        value = values.get(field.name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise DataError(f"reports/{path.name}: {field.name} must be a whole number, not {value!r}")
    return Rates(**{field.name: values[field.name] for field in fields(Rates)})


@dataclass(frozen=True, slots=True)
class FindingEffort:
    """Minutes of one group of findings."""

    manual: int
    review: int
    by_rule: dict[str, int]


def finding_effort(findings: Iterable[Finding], rates: Rates) -> FindingEffort:
    """Minutes for findings that stand in one or more files; each must be given once."""
    manual = review = 0
    by_rule: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    for finding in sorted(findings, key=lambda finding: -finding.effort):
        if finding.applicability is Applicability.MANUAL:
            where = (finding.place.path, finding.code)
            minutes = _by_hand(finding, rates, where in seen)
            if minutes:
                seen.add(where)
            manual += minutes
        else:
            minutes = (
                rates.review_safe if finding.applicability is Applicability.SAFE else rates.review_unsafe
            )
            review += minutes
        by_rule[finding.code] = by_rule.get(finding.code, 0) + minutes
    return FindingEffort(manual, review, by_rule)


def _by_hand(finding: Finding, rates: Rates, repeated: bool) -> int:
    if finding.kind is Kind.DEPRECATION or finding.severity is Severity.INFO:
        return 0
    return -(-finding.effort * rates.repeat_percent // 100) if repeated else finding.effort


def assumptions(rates: Rates) -> Sequence[str]:
    """What stands behind verdicts and hours, in words."""
    return (
        "A DAG is touched by the findings in its own file and in the project modules it imports, "
        "directly or not, and in the templates that those name.",
        "Ready: no error or warning that breaks parsing, breaks a run or changes behaviour touches the DAG. "
        "Deprecations and notes do not count.",
        "Auto-fixable: `airshift fix` rewrites all of them; rewrites marked unsafe need --unsafe-fixes and "
        "a look.",
        "Needs work: at least one of them is left to a person.",
        f"Blocked: a person is left with an error that costs {rates.blocking_minutes} minutes or more where "
        "it stands, which means that it has no drop-in replacement and the design has to change (direct "
        "access to the metadata database, SubDAGs), or a file of the DAG cannot be read.",
        "A finding left to a person costs what its rule states; each further one of the same rule in the "
        f"same file costs {rates.repeat_percent} % of that. Deprecations and notes left to a person cost "
        "nothing now.",
        f"Reviewing a rewrite costs {rates.review_safe} min, an unsafe one {rates.review_unsafe} min.",
        f"Testing on the target costs {rates.test_changed_dag} min for each DAG that changes and "
        f"{rates.test_ready_dag} min for each that does not.",
        f"A file that cannot be read costs {rates.unreadable_file} min to look at; what it holds is not "
        "estimated.",
        "Shared modules count once in the total, and in full for each DAG that imports them.",
        "What only ruff reports is shown apart and neither counted nor estimated.",
        f"A working day has {rates.minutes_per_day / 60:g} hours of this work. Waiting, meetings, building "
        "the target environment and the cut-over itself are not included.",
    )
