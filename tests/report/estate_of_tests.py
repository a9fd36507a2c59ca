"""Made-up assessments for the tests of the reports."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from airshift.assess import build_assessment
from airshift.estate.model import Dag, Inventory, Reference, Task
from airshift.findings import Applicability, Finding, Kind, Origin, Place, Problem, Severity
from airshift.report.model import Assessment, KnownIssue, RequirementFate, RuffAgreement
from airshift.targets import Target

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
TARGET = Target("3.3.1", "mwaa")
SOURCE = Target("2.10.3")
HOSTILE = "<script>alert(1)</script>"
FATE = RequirementFate(
    "requirements.txt", 1, "pandas", "pandas==2.1.4", "pandas==3.0.5", "change", "pinned by the constraints"
)


def finding(
    path: str = "dags/a.py",
    *,
    code: str = "AS101",
    line: int = 3,
    kind: Kind = Kind.PARSE,
    severity: Severity = Severity.ERROR,
    message: str = "`airflow.operators.bash_operator` is gone; import it from the standard provider",
    applicability: Applicability = Applicability.SAFE,
    effort: int = 0,
    symbol: str = "airflow.operators.bash_operator",
    origin: Origin = Origin.AIRSHIFT,
) -> Finding:
    place = Place(path, line, 1, line, 12)
    return Finding(code, place, kind, severity, message, symbol, applicability, None, effort, origin)


def dag(dag_id: str = "a", path: str = "dags/a.py", *, owners: tuple[str, ...] = ("finance",)) -> Dag:
    return Dag(
        dag_id=dag_id,
        path=path,
        line=7,
        schedule="@daily",
        schedule_given=True,
        owners=owners,
        tags=("critical",),
        tasks=(Task("load", "airflow.operators.bash.BashOperator", 9),),
    )


def assessed(
    findings: list[Finding] | None = None,
    dags: list[Dag] | None = None,
    *,
    problems: list[Problem] | None = None,
    dependencies: dict[str, list[str]] | None = None,
    **options: object,
) -> Assessment:
    settings: dict[str, object] = {
        "target": TARGET,
        "source": SOURCE,
        "root": "estate",
        "generated_at": NOW,
        "files_scanned": 12,
        "dependencies": dependencies or {},
    }
    inventory = Inventory(
        dags=tuple(dags if dags is not None else [dag()]),
        connections=(Reference("warehouse", "dags/a.py", 4),),
        variables=(Reference("environment", "dags/a.py", 5),),
        requirements=(Reference("pandas==2.1.4", "requirements.txt", 1),),
    )
    settings["requirements"] = [FATE]
    settings.update(options)
    return build_assessment(findings or [], problems or [], inventory, **settings)  # type: ignore[arg-type]


def hostile() -> Assessment:
    """Everything a stranger can name is an attack on the page."""
    attacks = [
        HOSTILE,
        '"><img src=x onerror=alert(2)>',
        "</script><script>alert(3)</script>",
        "{{ 7*7 }}${7*7}",
        "a\u202ecod.exe\x1b[31mred",
        "[click](javascript:alert(4)) **bold** | cell `tick",
    ]
    dags = [dag(text, f"dags/{text}.py", owners=(text,)) for text in attacks]
    findings = [
        finding(f"dags/{text}.py", message=text, symbol=text, kind=kind, applicability=fix, effort=20)
        for text in attacks
        for kind in Kind
        for fix in Applicability
    ]
    issue = KnownIssue(HOSTILE, HOSTILE, HOSTILE, "javascript:alert(5)", HOSTILE, (HOSTILE,))
    ruff = RuffAgreement((), tuple(findings[:2]), tuple(findings[2:]))
    problems = [Problem(f"dags/{text}.sql", text) for text in attacks]
    excerpts = {(f.place.path, f.place.line): f.message for f in findings}
    fates = [RequirementFate(text, 1, text, text, text, "change", text) for text in attacks]
    return assessed(
        findings,
        dags,
        problems=problems,
        known_issues=[issue],
        ruff=ruff,
        root=HOSTILE,
        excerpts=excerpts,
        requirements=fates,
    )


def large(dags: int, findings: int) -> Assessment:
    """An estate of a given size, the same for every run."""
    chance = random.Random(7)
    owners = [f"team-{number}" for number in range(25)]
    made = [
        dag(f"pipeline_{number}", f"dags/{number % 40}/pipeline_{number}.py", owners=(chance.choice(owners),))
        for number in range(dags)
    ]
    found = [
        finding(
            chance.choice(made).path,
            code=f"AS{chance.randrange(101, 140)}",
            line=number % 400 + 1,
            kind=chance.choice(list(Kind)),
            severity=chance.choice(list(Severity)),
            applicability=chance.choice(list(Applicability)),
            message=f"message {number % 900} about something that has to be changed",
            effort=chance.choice([5, 10, 30, 60]),
        )
        for number in range(findings)
    ]
    return assessed(found, made)
