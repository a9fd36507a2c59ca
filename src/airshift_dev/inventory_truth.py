"""Compare what airshift reads off example DAGs with what Airflow 2.10.3 makes of the same files.

    python -m airshift_dev.inventory_truth [--wrong] [--write]

Prints a Markdown table: found of real, and how many were found that are not there. Files that Airflow itself
cannot parse do not count.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airshift.atomic import write_text
from airshift.estate.inventory import build_inventory
from airshift.estate.model import Dag, EdgeKind, Inventory, Unknown
from airshift.files import list_files
from airshift_dev.fix_corpus import SOURCE, estates
from airshift_dev.parsing import Parsed, parse_files

WORKER = Path(__file__).with_name("truth_worker.py")
_ELSEWHERE = re.compile(r"airflow\.(?:decorators|contrib)\.|.*\.DummyOperator\Z")
"""Operators that Airflow 2.10 calls by another name than the source."""
DOCUMENT = Path(__file__).parents[2] / "docs" / "estate.md"
BEGIN = "<!-- truth: python -m airshift_dev.inventory_truth --write -->"
END = "<!-- end of truth -->"
CONDITIONAL = "whether this DAG exists at all depends on a condition"
DEFAULT_OWNER = "airflow"
"""What Airflow's settings say where the source says nothing."""
MEASURES = ("DAGs", "tasks", "task edges", "edges between DAGs", "facts")


@dataclass(slots=True)
class Score:
    """One measure: how many there are, how many of them were found, and which found ones are not there."""

    real: int = 0
    found: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, real: Iterable[Any], ours: Iterable[Any], where: str) -> None:
        """Count a set of real things against ours."""
        wanted, got = set(real), set(ours)
        self.real += len(wanted)
        self.found += len(wanted & got)
        self.wrong += [f"{where}: {item}" for item in sorted(got - wanted, key=str)]

    @property
    def share(self) -> float:
        """The part that was found."""
        return self.found / self.real if self.real else 1.0


@dataclass(slots=True)
class Truth:
    """All measures of one set of example DAGs."""

    corpus: str
    files: int = 0
    scores: dict[str, Score] = field(default_factory=lambda: {name: Score() for name in MEASURES})
    exact: int = 0
    """DAGs of which everything was read off the source."""
    exact_wrong: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def compare(corpus: str, folder: Path) -> Truth:
    """Judge the example DAGs below a folder."""
    files = sorted(folder.rglob("*.py"))
    parsed = parse_files(SOURCE, files, root=folder, worker=WORKER)
    real = {path.relative_to(folder).as_posix(): found for path, found in parsed.items() if not found.error}
    return compare_with(corpus, folder, real)


def compare_with(corpus: str, folder: Path, real: Mapping[str, Parsed]) -> Truth:
    """Judge what is read off a folder by what Airflow made of its files."""
    inventory, _ = build_inventory(list_files([folder]))
    truth = Truth(corpus, len([found for found in real.values() if found.dags]))
    ours: dict[str, dict[str, Dag]] = {}
    for dag in inventory.dags:
        ours.setdefault(dag.path, {})[dag.dag_id] = dag
    for path, found in real.items():
        _compare_file(truth, path, found, ours.get(path, {}))
    _compare_links(truth, real, inventory)
    return truth


def _compare_file(truth: Truth, path: str, real: Parsed, ours: Mapping[str, Dag]) -> None:
    certain = {dag_id for dag_id, dag in ours.items() if CONDITIONAL not in dag.unknown}
    truth.scores["DAGs"].add(real.dags, certain | (ours.keys() & real.dags.keys()), path)
    truth.missing += [f"{path}: {dag_id}" for dag_id in real.dags.keys() - ours.keys()]
    for dag_id, facts in real.dags.items():
        dag = ours.get(dag_id) or Dag(dag_id, path, 1, unknown=("not found",))
        _compare_dag(truth, f"{path}: {dag_id}", facts, dag)


def _compare_dag(truth: Truth, where: str, real: Mapping[str, Any], ours: Dag) -> None:
    real_edges = {(up, down) for up, task in real["tasks"].items() for down in task["downstream"]}
    our_tasks = {task.task_id for task in ours.tasks}
    truth.scores["tasks"].add(real["tasks"], our_tasks, where)
    truth.scores["task edges"].add(real_edges, ours.task_edges, where)
    if ours.unknown != ("not found",):
        told = dict(_our_facts(ours, real))
        truth.scores["facts"].add(_real_facts(real).items(), told.items(), where)
    if ours.exact:
        truth.exact += 1
        if our_tasks != real["tasks"].keys() or set(ours.task_edges) != real_edges:
            truth.exact_wrong.append(where)


def _real_facts(real: Mapping[str, Any]) -> dict[str, str]:
    names = ("start_date", "catchup", "tags", "owners", "pools", "queues", "params")
    facts = {name: str(real[name]) for name in names if real[name] is not None}
    facts["owners"] = str([owner for owner in real["owners"] if owner != DEFAULT_OWNER])
    if real["interval"] != "Unresolved DatasetAlias":
        facts["schedule"] = str(real["interval"])
    return facts | {f"operator of {name}": kind for name, kind in real["operators"].items()}


def _our_facts(dag: Dag, real: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the source tells, in the form Airflow tells it; nothing for what is unknown."""
    schedule = _schedule(dag)
    if schedule is not None and real["interval"] != "Unresolved DatasetAlias":
        yield "schedule", str(schedule if schedule != "none" else None)
    start = _date(dag.start_date)
    if start is not None and real["start_date"] is not None:
        yield "start_date", start
    if not isinstance(dag.catchup, Unknown):
        yield "catchup", str(True if dag.catchup is None else dag.catchup)
    yield "tags", str(list(dag.tags))
    if dag.tasks and dag.exact:
        yield "owners", str([owner for owner in dag.owners if owner != DEFAULT_OWNER])
    if dag.exact:
        yield "pools", str(list(dag.pools))
        yield "queues", str(list(dag.queues))
        yield "params", str(list(dag.params))
    for task in dag.tasks:
        known = not _ELSEWHERE.match(task.operator)
        kind = task.operator.rpartition(".")[2] if known else real["operators"].get(task.task_id)
        yield f"operator of {task.task_id}", str(kind)


def _schedule(dag: Dag) -> Any:
    """The schedule as the worker says it; None when it is not known or not comparable."""
    if not dag.schedule_given:
        return {"seconds": 86400.0}
    if isinstance(dag.schedule, Unknown):
        return None
    if dag.schedule is None:
        return "none"
    delta = _literal_call(dag.schedule, "timedelta")
    if delta is not None:
        return {"seconds": timedelta(*delta[0], **delta[1]).total_seconds()}
    uris = sorted(set(re.findall(r"(?:Dataset|Asset)\([\"']([^\"']+)", dag.schedule)))
    if uris and "Alias" not in dag.schedule:
        return {"assets": uris}
    return None if "(" in dag.schedule or dag.schedule.startswith("[") else dag.schedule


def _date(value: Any) -> str | None:
    found = _literal_call(value, "datetime", "date") if isinstance(value, str) else None
    if found is None or found[1].keys() - {"tz", "tzinfo"} or found[1].get("tz", "UTC") != "UTC":
        return None
    return datetime(*found[0]).isoformat() + "+00:00"


def _literal_call(text: str, *names: str) -> tuple[list[Any], dict[str, Any]] | None:
    """Arguments of a call written with literals only."""
    try:
        node = ast.parse(text, mode="eval").body
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith(names):
            return None
        given = {k.arg: ast.literal_eval(k.value) for k in node.keywords if k.arg}
        return [ast.literal_eval(argument) for argument in node.args], given
    except (SyntaxError, ValueError):
        return None


def _compare_links(truth: Truth, real: Mapping[str, Parsed], inventory: Inventory) -> None:
    known = {dag.dag_id for dag in inventory.dags}
    links = {tuple(link) for found in real.values() for dag in found.dags.values() for link in dag["links"]}
    wanted = set(_joined(links))
    kinds = set(EdgeKind) - {EdgeKind.API, EdgeKind.MODULE, EdgeKind.RESOURCE}
    ours = {
        (edge.kind.value, edge.source, edge.target)
        for edge in inventory.edges
        if edge.kind in kinds and edge.certain and edge.path in real
    }
    truth.scores["edges between DAGs"].add(wanted, ours, truth.corpus)
    truth.missing += [f"{truth.corpus}: {link}" for link in sorted(wanted - ours) if known]


def _joined(links: set[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Producers and consumers of an asset, put together."""
    for kind, source, target in links:
        if kind != "asset":
            yield kind, source, target
        elif target.startswith("asset "):
            consumers = [end for other, start, end in links if other == "asset" and start == target]
            yield from ((kind, source, consumer) for consumer in consumers)


def table(truths: Sequence[Truth]) -> Iterator[str]:
    """All figures as Markdown."""
    yield "| example DAGs of | files | " + " | ".join(MEASURES) + " | DAGs read exactly | wrong |"
    yield "| --- " + "| ---: " * (len(MEASURES) + 3) + "|"
    for truth in [*truths, total(truths)]:
        cells = [_cell(truth.scores[name]) for name in MEASURES]
        wrong = sum(len(score.wrong) for score in truth.scores.values()) + len(truth.exact_wrong)
        yield f"| {truth.corpus} | {truth.files} | {' | '.join(cells)} | {truth.exact} | {wrong} |"


def total(truths: Sequence[Truth], corpus: str = "all") -> Truth:
    """The sum of several sets."""
    whole = Truth(corpus)
    for truth in truths:
        whole.files += truth.files
        whole.exact += truth.exact
        whole.exact_wrong += truth.exact_wrong
        whole.missing += truth.missing
        for name, score in truth.scores.items():
            whole.scores[name].real += score.real
            whole.scores[name].found += score.found
            whole.scores[name].wrong += score.wrong
    return whole


def _cell(score: Score) -> str:
    if not score.real:
        return "-"
    return f"{score.found} of {score.real} ({100 * score.share:.1f} %)"


def compare_all() -> list[Truth]:
    """Every set of example DAGs that holds a file Airflow can parse."""
    found: dict[str, list[Truth]] = {}
    with tempfile.TemporaryDirectory() as work:
        for corpus, folder in estates(Path(work)):
            found.setdefault(corpus, []).append(compare(corpus, folder))
    joined = [total(truths, corpus) for corpus, truths in found.items()]
    return [truth for truth in joined if truth.files]


def main() -> int:
    """Print the table and, with --wrong, everything that was not found or is not there."""
    parser = argparse.ArgumentParser(prog="python -m airshift_dev.inventory_truth", description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="list what is wrong or missing")
    parser.add_argument("--write", action="store_true", help="put the table into docs/estate.md")
    options = parser.parse_args()
    truths = compare_all()
    print("\n".join(table(truths)))
    if options.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        before, after = text[: text.index(BEGIN)], text[text.index(END) :]
        write_text(DOCUMENT, "\n".join([before + BEGIN, *table(truths), after]))
    whole = total(truths)
    if options.wrong:
        for name, score in whole.scores.items():
            print(f"\n{name}, wrong:", *score.wrong, sep="\n- ")
        print("\nexact, but not equal:", *whole.exact_wrong, sep="\n- ")
        print("\nmissing:", *whole.missing, sep="\n- ")
    return 1 if any(score.wrong for score in whole.scores.values()) or whole.exact_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
