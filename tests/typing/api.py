"""What a type checker has to know about the public functions; `mypy` reads this file as part of `make lint`.

`assert_type` fails when a result is typed otherwise, and an ignore comment fails where a wrong call is not refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import airshift
from airshift import Assessment, CheckResult, FixResult, InventoryResult, PlanResult
from airshift.estate.model import Dag
from airshift.findings import Finding, Problem, Severity
from airshift.fix.files import Compat, FileFix
from airshift.plan.model import Wave
from airshift.report.model import Verdict
from airshift.targets import Target, parse_target


def checks(folder: Path) -> CheckResult:
    """Findings, with every option."""
    found = airshift.check(
        [folder, str(folder)],
        target="mwaa-3.3.1",
        source="2.10.3",
        select=["AS1"],
        ignore=("AS101",),
        show_guarded=True,
        progress=lambda done, total: None,
        jobs=1,
    )
    assert_type(found, CheckResult)
    assert_type(found.findings, tuple[Finding, ...])
    assert_type(found.problems, tuple[Problem, ...])
    assert_type(found.findings[0].severity, Severity)
    return airshift.check(folder, target=parse_target("3.3.1"))


def assesses(folder: Path) -> Assessment:
    """Verdicts."""
    found = airshift.assess(folder, target="3.3.1", ruff=False)
    assert_type(found, Assessment)
    assert_type(found.dags[0].verdict, Verdict)
    assert_type(found.target, Target)
    return found


def fixes(folder: Path) -> FixResult:
    """Changes, in memory and written."""
    found = airshift.fix(folder, target="3.3.1", unsafe=True, compat="both", pin_behaviour=True, silence=True)
    assert_type(found, FixResult)
    assert_type(found.changed, tuple[FileFix, ...])
    assert_type(found.files[0].after, bytes)
    assert_type(found.patch(), bytes)
    return airshift.fix(folder, compat=Compat.DROP, write=True)


def inventories(folder: Path) -> InventoryResult:
    """DAGs."""
    found = airshift.inventory(str(folder))
    assert_type(found, InventoryResult)
    assert_type(found.inventory.dags, tuple[Dag, ...])
    return found


def plans(folder: Path) -> PlanResult:
    """Waves."""
    found = airshift.plan(
        folder, target="3.3.1", policy=folder / "airshift.toml", overrides=None, state=None, finished=None
    )
    assert_type(found, PlanResult)
    assert_type(found.plan.waves, tuple[Wave, ...])
    assert_type(found.document(), dict[str, Any])
    found.write(str(folder / "plan"))
    return found


def refused(folder: Path) -> None:
    """Calls that are mistakes."""
    airshift.check(folder, target=3.3)  # type: ignore[arg-type]
    airshift.check(folder, "3.3.1")  # type: ignore[call-arg]
    airshift.check()  # type: ignore[call-arg]
    airshift.assess([folder])  # type: ignore[arg-type]
    airshift.fix(folder, unsafe_fixes=True)  # type: ignore[call-arg]
    airshift.plan(folder, policy={"pilot_size": 3})  # type: ignore[arg-type]
    airshift.inventory(folder).dags  # type: ignore[attr-defined] # noqa: B018
