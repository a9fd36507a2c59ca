"""What is said about DAGs and MWAA Serverless, for people and programs, and definitions as YAML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from airshift import __version__
from airshift.findings import Problem
from airshift.output.document import envelope
from airshift.output.text import printable
from airshift.redact import redact_value
from airshift.serverless.model import ORDER, Assessed, Ignored, Reason, Verdict
from airshift.serverless.ruleset import RuleSet

_NAMED = 3
"""Tasks that are named where a reason is true of several."""
_WORDS = {
    Verdict.NATIVE: "native",
    Verdict.CODE_PACKAGE: "needs a code package",
    Verdict.CHANGE: "needs change",
    Verdict.BLOCKED: "blocked",
}


def table(found: Sequence[Assessed], rules: RuleSet) -> Iterator[str]:
    """A few lines for each DAG, the verdicts first."""
    for one in found:
        yield printable(f"{one.dag.key}  {_WORDS[one.verdict]}  {one.dag.path}:{one.dag.line}")
        yield from (printable(f"    {line}") for line in (*_reasons(one), *_losses(one)))
        silent = sorted({loss.name for loss in one.ignored if not loss.effect})
        if silent:
            yield printable(f"    ignored, without an effect on runs: {', '.join(silent)}")
    yield f"{len(found)} DAGs: {_counts(found)} (rules of {rules.date})"


def _reasons(one: Assessed) -> Iterator[str]:
    """Each reason once, with the tasks it is true of."""
    groups: dict[tuple[str, str], list[Reason | Ignored]] = {}
    for reason in _decisive_first(one):
        mark = "note" if reason.leads_to is Verdict.NATIVE else _WORDS[reason.leads_to]
        groups.setdefault((mark, reason.text), []).append(reason)
    yield from (f"{mark}: {_together(places, text)}" for (mark, text), places in groups.items())


def _losses(one: Assessed) -> Iterator[str]:
    """Each argument that is lost once, with the tasks that have it."""
    groups: dict[str, list[Reason | Ignored]] = {}
    for loss in one.ignored:
        if loss.effect:
            value = redact_value(loss.name, loss.value)
            groups.setdefault(f"{loss.name} = {value}: {loss.effect}", []).append(loss)
    yield from (f"lost: {_together(places, text)}" for text, places in groups.items())


def _together(places: Sequence[Reason | Ignored], text: str) -> str:
    """A text with its place in front, or with the first of its places behind it."""
    if len(places) == 1:
        return f"{_where(places[0])}{text}"
    first = ", ".join(f"{place.task_id} (line {place.line})" for place in places[:_NAMED])
    more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return f"{text}; {len(places)} tasks: {first}{more}"


def _decisive_first(one: Assessed) -> list[Reason]:
    return sorted(one.reasons, key=lambda reason: -ORDER.index(reason.leads_to))


def _where(one: Reason | Ignored) -> str:
    return f"{one.task_id} (line {one.line}): " if one.task_id else ""


def _counts(found: Sequence[Assessed]) -> str:
    counted = Counter(one.verdict for one in found)
    return ", ".join(f"{counted[verdict]} {_WORDS[verdict]}" for verdict in ORDER)


def markdown(found: Sequence[Assessed], rules: RuleSet) -> Iterator[str]:
    """A report with a table of all DAGs and a section for each that is not native."""
    yield "# DAGs and Amazon MWAA Serverless"
    yield ""
    yield f"{len(found)} DAGs: {_counts(found)}. Rule set `{rules.id}` of {rules.date}."
    yield ""
    yield "| DAG | verdict | what is lost | file |"
    yield "| --- | --- | --- | --- |"
    for one in found:
        lost = sorted({loss.name for loss in one.ignored if loss.effect})
        place = f"{one.dag.path}:{one.dag.line}"
        yield f"| {_cell(one.dag.key)} | {_WORDS[one.verdict]} | {_cell(', '.join(lost))} | {_cell(place)} |"
    for one in found:
        told = [line for line in (*_reasons(one), *_losses(one)) if not line.startswith("note: ")]
        if told:
            yield ""
            yield f"## {_cell(one.dag.key)}: {_WORDS[one.verdict]}"
            yield ""
            yield from (f"- {_cell(line)}" for line in told)
    yield ""
    yield "Read in:"
    yield ""
    yield from (f"- `{source.id}` ({source.date}): {source.what}, <{source.url}>" for source in rules.sources)


def _cell(text: str) -> str:
    return printable(text).replace("|", "\\|").replace("<", "&lt;")


def document(found: Sequence[Assessed], problems: Sequence[Problem], rules: RuleSet) -> dict[str, Any]:
    """The JSON document (docs/schemas/serverless.schema.json)."""
    return {
        **envelope(rules.engine, problems),
        "rule_set": {
            "id": rules.id,
            "date": rules.date.isoformat(),
            "sources": [
                {"id": one.id, "date": one.date.isoformat(), "what": one.what, "url": one.url}
                for one in rules.sources
            ],
        },
        "dags": [_record(one) for one in found],
    }


def _record(one: Assessed) -> dict[str, Any]:
    return {
        "dag_id": one.dag.dag_id,
        "environment": one.dag.environment or None,
        "path": one.dag.path,
        "line": one.dag.line,
        "verdict": one.verdict.value,
        "reasons": [
            {
                "leads_to": reason.leads_to.value,
                "text": reason.text,
                "task_id": reason.task_id or None,
                "line": reason.line,
            }
            for reason in _decisive_first(one)
        ],
        "ignored_arguments": [
            {
                "name": loss.name,
                "value": redact_value(loss.name, loss.value),
                "task_id": loss.task_id or None,
                "line": loss.line,
                "is_loss": bool(loss.effect),
                "effect": loss.effect,
            }
            for loss in one.ignored
        ],
        "operators": sorted({task.operator for task in one.dag.tasks}),
        "definition": file_name(one) if one.definition is not None else None,
    }


def file_name(one: Assessed) -> str:
    """The file of a definition below the folder they are written to."""
    return f"{one.dag.environment}/{one.dag.dag_id}.yaml" if one.dag.environment else f"{one.dag.dag_id}.yaml"


def yaml_text(one: Assessed, rules: RuleSet) -> str:
    """The definition of a native DAG."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    body = yaml.dump(one.definition, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=116)
    place = printable(f"{one.dag.path}:{one.dag.line}")
    return f"# From {place}, by airshift {__version__}, rule set {rules.id}.\n{body}"
