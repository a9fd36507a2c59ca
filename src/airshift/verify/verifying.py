"""One run of `airshift verify`: copies, two Airflows, the comparison, and what was predicted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airshift.checking import check_listing, rule_context
from airshift.files import Listing, list_files
from airshift.findings import Problem
from airshift.fix.estate import FixOptions
from airshift.folders import cache_folder
from airshift.rules.base import RuleContext
from airshift.rules.moves import MoveTable, move_table
from airshift.targets import Target
from airshift.verify.compare import compare
from airshift.verify.copying import copy, dag_folder, own_modules, tree_digest, write_fixed
from airshift.verify.environments import digest_of
from airshift.verify.journal import Journal
from airshift.verify.launching import INSIDE, Image, Install, Order
from airshift.verify.model import DagResult, Run, Side, Verdict, Verification
from airshift.verify.running import ask, run

Progress = Callable[[str, int, int], None]
"""Told the side, how many files are done, and how many there are (0 while unknown)."""


def _today() -> datetime:
    """Midnight, so that answers are good for a day."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller asks for."""

    paths: tuple[Path, ...]
    source: Target
    target: Target
    fixed: bool = True
    pin_behaviour: bool = False
    at: datetime = field(default_factory=_today)
    placeholders: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stub_missing: bool = False
    seconds: float = 60
    memory_mb: int = 2048
    jobs: int = 2
    cached: bool = True
    run: tuple[str, ...] = ()
    """DAGs to run on the target, or `all`."""
    counted: Listing | None = None
    """The files that are fixed and compared, None for all; the others are copied, as they may be imported."""


def run_verify(
    wishes: Wishes, source: Install | Image, target: Install | Image, progress: Progress
) -> Verification:
    """Parse the estate on both sides and compare; raise ServiceError when an Airflow does not start."""
    whole = list_files(list(wishes.paths))
    listing = wishes.counted or whole
    left_out = frozenset(file.path for file in whole.files) - {file.path for file in listing.files}
    context = rule_context(wishes.target, wishes.source, pin_behaviour=wishes.pin_behaviour)
    with tempfile.TemporaryDirectory(prefix="airshift-estate-") as name:
        before, after = Path(name, "source"), Path(name, "target")
        problems = copy(whole, before)
        if wishes.fixed:
            copy(whole, after)
            problems += write_fixed(listing, after, context, FixOptions(unsafe=True), wishes.jobs)
        else:
            copy(whole, after)
        sides = [
            _side(wishes, version, install, folder, context, left_out, progress)
            for version, install, folder in ((wishes.source, source, before), (wishes.target, target, after))
        ]
        runs = _run(wishes, target, _order(wishes, wishes.target, after, context), sides[1])
    found = compare(sides[0], sides[1], _moved(context))
    dags = _predicted(found, listing, context)
    problems = tuple(problem for problem in problems if problem.path not in left_out)
    return Verification(sides[0], sides[1], dags, wishes.fixed, _unique(problems), runs)


def _side(
    wishes: Wishes,
    version: Target,
    install: Install | Image,
    root: Path,
    context: RuleContext,
    left_out: frozenset[str],
    progress: Progress,
) -> Side:
    order = _order(wishes, version, root, context)
    journal = Journal(cache_folder() / "verify" / "answers" / f"{_key(order, install)}.jsonl")
    known = journal.read() if wishes.cached else {}
    total = sum(1 for _ in root.rglob("*.py")) - sum(path.endswith(".py") for path in left_out)
    done = len(known)

    def note(answer: object, said: Mapping[str, Any]) -> None:
        nonlocal done
        done += 1
        journal.add(said)
        progress(version.version, done, total)

    return ask(install, order, known, max(1, wishes.jobs), note, left_out)[0]


def _order(wishes: Wishes, version: Target, root: Path, context: RuleContext) -> Order:
    return Order(
        root,
        dag_folder(root),
        wishes.at.isoformat(),
        tuple(sorted(context.index.members("context", version.version) or ())),
        wishes.placeholders,
        wishes.stub_missing,
        own_modules(path.relative_to(root).as_posix() for path in root.rglob("*.py")),
        seconds=wishes.seconds,
        memory_mb=wishes.memory_mb,
    )


def _run(wishes: Wishes, target: Install | Image, order: Order, side: Side) -> tuple[Run, ...]:
    """Run the chosen DAGs on the target; `all` means every DAG it has."""
    if not wishes.run:
        return ()
    there = {dag_id: path for dag_id, (path, _) in side.dags().items()}
    wanted = sorted(there) if "all" in wishes.run else wishes.run
    done = run(target, order, [(there[dag_id], dag_id) for dag_id in wanted if dag_id in there])
    absent = {"error": "not among the DAGs that the target parses"}
    said = {dag_id: done.get(dag_id, absent) for dag_id in wanted}
    return tuple(
        Run(dag_id, one.get("state", ""), one.get("tasks", {}), one.get("error", ""))
        for dag_id, one in said.items()
    )


def _key(order: Order, install: Install | Image) -> str:
    """Answers are good for the same files, install, questions and moment."""
    asked = {name: getattr(order, name) for name in Order.__slots__ if name not in {"root", "folder"}}
    questions = [file.read_text(encoding="utf-8") for file in sorted(INSIDE.rglob("*.py"))]
    return tree_digest(order.root, asked, digest_of(install), questions)


def _moved(context: RuleContext) -> Callable[[str, str], bool]:
    table = move_table(context.catalogue)

    def moved(before: str, after: str) -> bool:
        return _home(before, table, context) == after or _tail(after) == _tail(_home(before, table, context))

    return moved


def _home(qualified: str, table: MoveTable, context: RuleContext) -> str:
    module, _, name = qualified.rpartition(".")
    home = table.resolve(module, name, context.index, context.target).home
    return f"{home.module}.{home.name}" if home else qualified


def _tail(qualified: str) -> str:
    return qualified.rpartition(".")[2]


def _predicted(found: tuple[DagResult, ...], listing: Listing, context: RuleContext) -> tuple[DagResult, ...]:
    """Each DAG that is not equal with the codes that were found in its file without running it."""
    codes: dict[str, set[str]] = {}
    for finding in check_listing(listing, context).findings:
        codes.setdefault(finding.place.path, set()).add(finding.code)
    return tuple(
        dag
        if dag.verdict is Verdict.EQUAL
        else replace(dag, predicted=tuple(sorted(codes.get(dag.path, ()))))
        for dag in found
    )


def _unique(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(sorted(set(problems), key=lambda problem: (problem.path, problem.line)))
