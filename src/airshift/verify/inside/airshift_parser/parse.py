"""Parse one DAG file as this Airflow does and say what is in it."""

from __future__ import annotations

import contextlib
import datetime
import importlib
import os
import re
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import describe, placeholders, rendering, runs, sandbox
from .stubs import StubFinder

LONGEST_ERROR = 4000
_WARM = ("airflow.models", "airflow.decorators", "airflow.sdk", "airflow.serialization.serialized_objects",
         "airflow.providers_manager", "airflow.plugins_manager", "airflow.operators.python", "airflow.operators.bash",
         "airflow.providers.standard.operators.python", "airflow.sdk.execution_time.supervisor", "airflow.macros",
         "airflow.models.xcom_arg", "airflow.utils.file", "airflow.timetables.interval")  # fmt: skip
"""What most DAG files lead to: imported once, before the children are forked."""
_PLACE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')


@dataclass(frozen=True)
class Order:
    """What is asked of this install: the whole of it comes from outside as JSON."""

    root: str
    """The copy of the estate; paths in answers are relative to it."""
    folder: str
    """The DAG folder inside it."""
    at: str
    """Runs are planned after this moment."""
    context_keys: list[str]
    hidden: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    placeholders: dict[str, dict[str, Any]] = field(default_factory=dict)
    stub_missing: bool = False
    own_modules: list[str] = field(default_factory=list)
    runs: int = 10
    seconds: float = 60
    memory_mb: int = 2048


def load(order: Order) -> None:
    """Import once what every child needs, and answer look-ups from here on."""
    warnings.simplefilter("ignore")
    for name in _WARM:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    dag_bag_class()
    placeholders.install(order.placeholders)
    sys.path[:0] = [order.folder]


def dag_bag_class() -> Any:
    """DagBag, wherever this version keeps it."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    return DagBag


def parse(path: str, order: Order) -> dict[str, Any]:
    """The DAGs of a file, or its error; runs in a child, after the sandbox is closed."""
    finder = StubFinder(order.root, order.own_modules)
    if order.stub_missing:
        sys.meta_path.append(finder)
    sandbox.refuse(order.hidden, order.shown)
    _forget_database()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        started = time.perf_counter()
        bag = bag_of(path)
        taken = time.perf_counter() - started
    errors = [_clean(str(text), order.root) for text in bag.import_errors.values()]
    dags = []
    for _, dag in sorted(bag.dags.items()):
        found = _described(dag, order)
        errors += [found["error"]] if "error" in found else []
        dags.append(found)
    return {
        "error": errors[0] if errors else None,
        "place": _place(errors[0], path, order.root) if errors else None,
        "dags": [] if errors else dags,
        "looked_up": placeholders.asked(),
        "stubbed": sorted(finder.stubbed),
        "warnings": _warnings(caught, order.root),
        "parse_seconds": round(taken, 3),
    }


def bag_of(path: str) -> Any:
    """A DagBag with what one file defines."""
    bag = dag_bag_class()(dag_folder=os.devnull, **_bag_options())
    bag.process_file(path, only_if_updated=False, safe_mode=False)
    return bag


def _bag_options() -> dict[str, bool]:
    """`include_examples` was removed in 3.3."""
    import inspect

    parameters = inspect.signature(dag_bag_class().__init__).parameters
    return {"include_examples": False} if "include_examples" in parameters else {}


def _forget_database() -> None:
    """DAG files cannot reach the metadata database from Airflow 3 on; its own DAG processor sees to that."""
    try:
        from airflow.sdk.execution_time.supervisor import block_orm_access
    except ImportError:
        return
    block_orm_access()


def _described(dag: Any, order: Order) -> dict[str, Any]:
    try:
        stored = runs.serialized(dag)
    except Exception as error:
        return {"error": f"{dag.dag_id}: cannot be stored: {type(error).__name__}: {error}"[:LONGEST_ERROR]}
    facts = describe.facts(dag)
    after = datetime.datetime.fromisoformat(order.at)
    try:
        facts["next_runs"] = runs.next_runs(dag, stored, after, order.runs)
    except Exception as error:
        facts["next_runs"] = [{"fails": f"{type(error).__name__}: {error}"}]
    facts["rendered"] = rendering.rendered(dag, _run(facts, order), order.context_keys, order.root)
    place = {"fileloc": os.path.relpath(stored["dag"]["fileloc"], order.root), "_processor_dags_folder": "."}
    facts["serialized"] = {**stored, "dag": {**stored["dag"], **place}}
    return facts


def _run(facts: dict[str, Any], order: Order) -> dict[str, Any]:
    """The run that templates are rendered for: the next one, else one that is triggered by hand."""
    planned = next((run for run in facts["next_runs"] if "run_after" in run), None)
    if planned is not None:
        return {**planned, "run_id": f"scheduled__{planned['logical_date']}", "run_type": "scheduled"}
    empty = {"data_interval_start": order.at, "data_interval_end": order.at, "logical_date": order.at}
    return {**empty, "run_id": f"manual__{order.at}", "run_type": "manual"}


def _clean(text: str, root: str) -> str:
    return text.replace(f"{root}{os.sep}", "")[-LONGEST_ERROR:]


def _place(error: str, path: str, root: str) -> dict[str, Any]:
    """The innermost line of the estate that a traceback names, else the file itself."""
    own = os.path.relpath(path, root)
    for match in reversed(list(_PLACE.finditer(error))):
        name = match["file"]
        if not Path(name).is_absolute() and not name.startswith("<") and Path(root, name).is_file():
            return {"path": name, "line": int(match["line"])}
    return {"path": own, "line": 1}


def _warnings(caught: Any, root: str) -> list[dict[str, Any]]:
    """Warnings that the estate's own lines caused, each once."""
    found = {
        (one.category.__name__, str(one.message)[:300], os.path.relpath(one.filename, root), one.lineno)
        for one in caught or ()
        if one.filename.startswith(f"{root}{os.sep}")
    }
    return [
        {"category": category, "message": message, "path": path, "line": line}
        for category, message, path, line in sorted(found)
    ]
