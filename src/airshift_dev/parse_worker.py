"""Parse DAG files with the Airflow of the running interpreter; one JSON line a file on standard output.

Runs inside an Airflow install, not inside airshift's: it must stay free of airshift imports and work on
Airflow 2 and 3. Each file is parsed in a forked child of a parent that has Airflow loaded already.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

LIMIT_SECONDS = 60
OPTIONAL = ("virtualenv",)
"""Libraries that some installs have and some do not, and that DAG files look for: absent everywhere."""


def main() -> None:
    """Read file names from standard input, one a line, and answer each with one JSON line."""
    warnings.simplefilter("ignore")
    for name in OPTIONAL:
        sys.modules[name] = None  # type: ignore[assignment]
    dag_bag_class()
    for line in sys.stdin:
        path = line.rstrip("\n")
        print(json.dumps(in_child(path)), flush=True)


def dag_bag_class() -> Any:
    """DagBag, wherever this version keeps it."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    return DagBag


def in_child(path: str) -> Any:
    """Parse one file in a forked child and return what it wrote."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        report(path, writer)
    os.close(writer)
    data = read_all(reader, child)
    os.waitpid(child, 0)
    try:
        return json.loads(data)
    except ValueError:
        return {"path": path, "error": "the parser ended without an answer", "dags": []}


def read_all(reader: int, child: int) -> bytes:
    """Read until the child closes its end; kill it when it takes too long."""
    chunks: list[bytes] = []
    while True:
        ready, _, _ = select.select([reader], [], [], LIMIT_SECONDS)
        if not ready:
            os.kill(child, signal.SIGKILL)
            break
        chunk = os.read(reader, 1 << 16)
        if not chunk:
            break
        chunks.append(chunk)
    os.close(reader)
    return b"".join(chunks)


def report(path: str, writer: int) -> None:
    """Child: parse, answer, leave without running anybody's exit handlers."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    try:
        answer = parse(path)
    except BaseException:
        answer = {"path": path, "error": traceback.format_exc()[-2000:], "dags": []}
    data = json.dumps(answer).encode()
    while data:
        data = data[os.write(writer, data) :]
    os._exit(0)


def parse(path: str) -> dict[str, Any]:
    """Structure of every DAG in a file, or the error that kept it from being parsed."""
    bag = dag_bag_class()(dag_folder=os.devnull, **bag_options())
    beside = str(Path(path).parent)
    for entry in (os.environ.get("DAGS_ROOT") or beside, beside):
        if entry not in sys.path:
            sys.path.insert(0, entry)
    bag.process_file(path, only_if_updated=False, safe_mode=False)
    errors = list(bag.import_errors.values())
    return {
        "path": path,
        "error": errors[0][-2000:] if errors else None,
        "dags": [structure(dag) for _, dag in sorted(bag.dags.items())],
    }


def bag_options() -> dict[str, bool]:
    """`include_examples` was removed in 3.3."""
    import inspect

    parameters = inspect.signature(dag_bag_class().__init__).parameters
    return {"include_examples": False} if "include_examples" in parameters else {}


def structure(dag: Any) -> dict[str, Any]:
    """What two Airflow versions must agree on."""
    return {
        "dag_id": dag.dag_id,
        "tasks": {
            task.task_id: {
                "operator": getattr(task, "task_type", type(task).__name__),
                "downstream": sorted(task.downstream_task_ids),
                "trigger_rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
            }
            for task in dag.tasks
        },
        "schedule": schedule(dag),
        "timetable": type(dag.timetable).__name__,
        "catchup": bool(dag.catchup),
    }


PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def schedule(dag: Any) -> str:
    """The schedule as text that does not depend on the version's class names."""
    timetable = dag.timetable
    for name in ("_expression", "expression", "_delta", "delta"):
        value = getattr(timetable, name, None)
        if value is not None:
            return PRESETS.get(str(value), str(value))
    return type(timetable).__name__.replace("Dataset", "Asset")


if __name__ == "__main__":
    main()
