"""A verification as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from airshift import __version__
from airshift.output.text import printable
from airshift.targets import Target
from airshift.verify.compare import last_line
from airshift.verify.model import Answer, DagResult, Side, Verdict, Verification

_WORDS = {
    Verdict.EQUAL: "equal",
    Verdict.INTENDED: "equal, with intended changes",
    Verdict.DIFFERENT: "different",
    Verdict.NOT_PARSED: "not parsed",
}
_LONGEST = 60


def table(found: Verification) -> Iterator[str]:
    """Lines for people: every DAG that is not simply equal, files without DAGs that fail, and the count."""
    for dag in found.dags:
        if dag.verdict is not Verdict.EQUAL:
            yield printable(f"{dag.path}  {dag.dag_id}: {_WORDS[dag.verdict]}{_codes(dag)}")
            yield from (printable(f"    {line}") for line in _differences(dag))
    yield from (printable(line) for line in _failed_files(found))
    yield from (printable(f"ran {run.dag_id}: {run.state or run.reason}") for run in found.runs)
    counts = Counter(dag.verdict for dag in found.dags)
    parts = [f"{counts[verdict]} {_WORDS[verdict]}" for verdict in Verdict if counts[verdict]]
    source, target = found.source, found.target
    yield f"{len(found.dags)} DAGs on Airflow {source.airflow} and {target.airflow}: {', '.join(parts) or 'none'}"
    yield from (printable(f"caveat: {line}") for line in caveats(found))


def _codes(dag: DagResult) -> str:
    return f"  (predicted: {', '.join(dag.predicted)})" if dag.predicted else ""


def _differences(dag: DagResult) -> Iterator[str]:
    for one in dag.differences:
        where = f"task {one.task}: " if one.task else ""
        why = f"  [{one.intended}]" if one.intended else ""
        yield f"{where}{one.what}: {_short(one.source)} -> {_short(one.target)}{why}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST * 3 else f"{text[: _LONGEST * 3]}..."


def _failed_files(found: Verification) -> Iterator[str]:
    """Files that fail on the target and of which no DAG is known."""
    told = {dag.path for dag in found.dags}
    for path, answer in found.target.answers.items():
        if answer.error and path not in told:
            source = found.source.answers.get(path)
            also = "" if source is None or source.error is None else " (nor on the source)"
            yield f"{path}: not parsed on the target{also}: {last_line(answer)}"


def caveats(found: Verification) -> Iterator[str]:
    """What makes this proof weaker than the real thing."""
    for side in (found.source, found.target):
        missing = {"network", "files"} - set(side.isolated)
        if missing:
            what = " and ".join(sorted(missing))
            yield f"Airflow {side.airflow}: {what} kept away by Python alone, programs that files start reach them"
    stubbed = sorted(
        {name for side in (found.source, found.target) for a in side.answers.values() for name in a.stubbed}
    )
    if stubbed:
        yield f"stand-ins for modules that are not installed: {', '.join(stubbed)}"
    asked = sorted(
        {
            f"{kind} {name}"
            for answer in found.source.answers.values()
            for kind, name, how in answer.looked_up
            if how == "placeholder"
        }
    )
    if asked:
        yield f"answered with placeholders: {', '.join(asked)}"


def document(found: Verification, target: Target) -> dict[str, Any]:
    """The result for programs; docs/schemas/verify.schema.json describes it."""
    paths = sorted({*found.source.answers, *found.target.answers})
    return {
        "schema_version": 1,
        "tool": {"name": "airshift", "version": __version__},
        "target": target.version,
        **({"platform": target.platform} if target.platform else {}),
        "status": "incomplete" if found.problems else "complete",
        "problems": [{"path": one.path, "line": one.line, "reason": one.reason} for one in found.problems],
        "fixed": found.fixed,
        "source_side": _side(found.source),
        "target_side": _side(found.target),
        "caveats": list(caveats(found)),
        "files": [
            {
                "path": path,
                "source": _said(found.source.answers.get(path)),
                "target": _said(found.target.answers.get(path)),
                "failed_in": _failed_in(found, path),
                "warnings": {name: list(answer.warnings) for name, answer in _answers(found, path).items()},
                "seconds": {name: answer.seconds for name, answer in _answers(found, path).items()},
                "parse_seconds": {
                    name: answer.parse_seconds for name, answer in _answers(found, path).items()
                },
            }
            for path in paths
        ],
        "dags": [_dag(dag, found) for dag in found.dags],
        "runs": [
            {"dag_id": run.dag_id, "state": run.state, "tasks": dict(run.tasks), "reason": run.reason}
            for run in found.runs
        ],
    }


def _side(side: Side) -> dict[str, Any]:
    return {"airflow": side.airflow, "python": side.python, "isolated": list(side.isolated)}


def _said(answer: Answer | None) -> str:
    if answer is None:
        return "not read"
    return "ok" if answer.error is None else answer.error


def _failed_in(found: Verification, path: str) -> str | None:
    """The file of the estate in which parsing on the target ended."""
    answer = found.target.answers.get(path)
    return answer.spot.path if answer and answer.error and answer.spot else None


def _answers(found: Verification, path: str) -> dict[str, Answer]:
    """What each side that read a file said."""
    sides = {"source": found.source, "target": found.target}
    return {name: side.answers[path] for name, side in sides.items() if path in side.answers}


def _dag(dag: DagResult, found: Verification) -> dict[str, Any]:
    sides = {"source": found.source, "target": found.target}
    serialized = {
        name: facts["serialized"]
        for name, side in sides.items()
        if (answer := side.answers.get(dag.path)) and (facts := answer.dags.get(dag.dag_id))
    }
    return {
        "dag_id": dag.dag_id,
        "path": dag.path,
        "verdict": dag.verdict.value,
        "predicted": list(dag.predicted),
        "differences": [
            {
                "what": one.what,
                "task": one.task,
                "source": one.source,
                "target": one.target,
                "intended": one.intended,
            }
            for one in dag.differences
        ],
        "serialized": serialized.get("source") or serialized.get("target"),
    }
