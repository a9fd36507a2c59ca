"""Compare two parses of one estate, DAG by DAG."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from airshift.verify.model import Answer, DagResult, Difference, Facts, Side, Verdict
from airshift.verify.subdags import inlined, subdags_of

_OF_DAG = ("schedule", "start_date", "end_date", "catchup", "max_active_runs", "tags", "params", "callbacks")
_OF_TASK = (
    "operator", "mapped", "upstream", "trigger_rule", "retries", "pool", "queue", "owner", "start_date",
    "depends_on_past", "wait_for_downstream", "callbacks",
)  # fmt: skip
_RULES = {
    "dummy": "always",
    "none_failed_or_skipped": "none_failed_min_one_success",
}
_NO_DATES = "no template of this DAG shows the difference"

_NO_CLOCK = "no clock starts this DAG: catchup has no effect"
_GROUP = "a SubDAG becomes a task group"

Moved = Callable[[str, str], bool]
"""Whether a class of the source, by qualified name, is that class of the target after the move."""


def compare(source: Side, target: Side, moved: Moved) -> tuple[DagResult, ...]:
    """Every DAG that either side has, sorted by id."""
    before, after = source.dags(), target.dags()
    known = {dag_id: facts for dag_id, (_, facts) in before.items()}
    found = []
    for dag_id in sorted({*before, *after}):
        if dag_id not in before or dag_id not in after:
            found.append(_one_sided(dag_id, before.get(dag_id), after.get(dag_id), source, target))
            continue
        path, facts = before[dag_id]
        found.append(_both(dag_id, path, facts, after[dag_id][1], known, moved))
    return tuple(_subdags_explained(found, known))


def _both(
    dag_id: str, path: str, before: Facts, after: Facts, known: Mapping[str, Facts], moved: Moved
) -> DagResult:
    groups = [name for name in subdags_of(before) if name not in after["tasks"]]
    became = [Difference("tasks", name, "SubDagOperator", "task group", _GROUP) for name in groups]
    differences = (*became, *_differences(inlined(before, known) if groups else before, after, moved))
    return DagResult(dag_id, path, _verdict(differences), differences)


def _verdict(differences: Sequence[Difference]) -> Verdict:
    if not differences:
        return Verdict.EQUAL
    return Verdict.INTENDED if all(one.intended for one in differences) else Verdict.DIFFERENT


def _subdags_explained(found: Sequence[DagResult], known: Mapping[str, Facts]) -> Iterator[DagResult]:
    """SubDAGs are no DAGs of their own on the target: right where their parent has them as a task group."""
    groups = {
        f"{dag.dag_id}.{one.task}" for dag in found for one in dag.differences if one.intended == _GROUP
    }
    inner = {
        dag_id
        for dag_id in known
        if any(dag_id == group or dag_id.startswith(f"{group}.") for group in groups)
    }
    for dag in found:
        if dag.dag_id in inner and dag.verdict is Verdict.DIFFERENT:
            explained = tuple(replace(one, intended=one.intended or _GROUP) for one in dag.differences)
            dag = replace(dag, verdict=Verdict.INTENDED, differences=explained)
        yield dag


def _one_sided(
    dag_id: str, before: tuple[str, Facts] | None, after: tuple[str, Facts] | None, source: Side, target: Side
) -> DagResult:
    path = (before or after or ("", {}))[0]
    answer = (target if after is None else source).answers.get(path)
    if answer is None:
        what, told, verdict = "file", "not read", Verdict.NOT_PARSED
    elif answer.error is not None:
        what, told, verdict = "import", last_line(answer), Verdict.NOT_PARSED
    else:
        what, told, verdict = "dag", "not there", Verdict.DIFFERENT
    return DagResult(dag_id, path, verdict, (Difference(what, "", *_told(before, told)),))


def _told(before: object, what: str) -> tuple[str, str]:
    """The two columns of a difference where only one side has the DAG."""
    return ("ok", what) if before else (what, "ok")


def last_line(answer: Answer) -> str:
    """What went wrong and where, in one line."""
    lines = [line for line in (answer.error or "").splitlines() if line.strip()]
    where = f" ({answer.spot.path}:{answer.spot.line})" if answer.spot else ""
    return f"{lines[-1].strip() if lines else 'failed'}{where}"


def _differences(before: Facts, after: Facts, moved: Moved) -> Iterator[Difference]:
    for name in _OF_DAG:
        if before[name] != after[name]:
            clockless = name == "catchup" and not before["next_runs"] and not after["next_runs"]
            yield Difference(name, "", before[name], after[name], _NO_CLOCK if clockless else "")
    missing, added = (
        before["tasks"].keys() - after["tasks"].keys(),
        after["tasks"].keys() - before["tasks"].keys(),
    )
    if missing or added:
        yield Difference("tasks", "", sorted(missing), sorted(added))
    for task in sorted(before["tasks"].keys() & after["tasks"].keys()):
        yield from _of_task(task, before["tasks"][task], after["tasks"][task], moved)
    shown = list(_rendered(before["rendered"], after["rendered"]))
    unseen = any(
        _fails(value)
        for side in (before, after)
        for task in side["rendered"].values()
        for value in task.values()
    )
    yield from _runs(before, after, shows_dates=bool(shown) or unseen)
    yield from shown


def _of_task(task: str, before: Facts, after: Facts, moved: Moved) -> Iterator[Difference]:
    for name in _OF_TASK:
        if before[name] == after[name]:
            continue
        found = Difference(name, task, before[name], after[name])
        if name == "operator" and moved(before["class"], after["class"]):
            found = replace(found, intended="the operator's new name")
        if name == "trigger_rule" and _RULES.get(before[name]) == after[name]:
            found = replace(found, intended="the rule's new name")
        yield found


def _runs(before: Facts, after: Facts, *, shows_dates: bool) -> Iterator[Difference]:
    """When runs start, and, apart from that, which dates they carry."""
    old, new = before["next_runs"], after["next_runs"]
    if old == new:
        return
    if [run.get("run_after") for run in old] != [run.get("run_after") for run in new]:
        yield Difference("next_runs", "", _first(old, "run_after"), _first(new, "run_after"))
        return
    name = next(name for name in old[0] if [run[name] for run in old] != [run[name] for run in new])
    dated = Difference(name, "", _first(old, name), _first(new, name))
    yield dated if shows_dates else replace(dated, intended=_NO_DATES)


def _first(runs: list[Mapping[str, Any]], name: str) -> Any:
    return [run.get(name, run.get("fails")) for run in runs[:3]]


def _rendered(before: Mapping[str, Facts], after: Mapping[str, Facts]) -> Iterator[Difference]:
    """Template fields that both sides have and show differently."""
    for task in sorted(before.keys() & after.keys()):
        for name in sorted(before[task].keys() & after[task].keys()):
            if _seen(before[task][name]) != _seen(after[task][name]):
                yield Difference(f"rendered {name}", task, before[task][name], after[task][name])


def _seen(value: Any) -> Any:
    """What counts of a rendered value: of a failure its exception alone, as versions word them differently."""
    return value.split(":")[1] if _fails(value) else value


def _fails(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("fails: ")
