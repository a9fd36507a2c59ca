"""Answer requests, one JSON line each: `python -P -m airshift_parser ORDER.json`.

Requests are `{"list": true}` (which files does this Airflow read?), `{"file": path}` and
`{"file": path, "run": dag_id}`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from . import children, parse, sandbox, trial
from .children import Limits
from .parse import Order


def main() -> None:
    """Load Airflow once, say how this install is set up, then answer until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    order = Order(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    limits = Limits(order.seconds, order.memory_mb, (answers.fileno(),))
    children.adopt_orphans()
    parse.load(order)
    _say(
        answers,
        {"airflow": _version(), "python": sys.version.split()[0], "isolated": _isolated(order, limits)},
    )
    for line in sys.stdin:
        request = json.loads(line)
        _say(answers, _answer(request, order, limits))


def _say(stream: Any, answer: dict[str, Any]) -> None:
    stream.write(json.dumps(answer) + "\n")
    stream.flush()


def _version() -> str:
    from airflow import __version__

    return str(__version__)


def _isolated(order: Order, limits: Limits) -> list[str]:
    """What this machine lets a child be cut off from, tried in one; the rest Python alone refuses."""
    answer = children.answer_of(lambda: {"isolated": sandbox.isolate(order.hidden, order.shown)}, limits)
    return list(answer.get("isolated", []))


def _answer(request: dict[str, Any], order: Order, limits: Limits) -> dict[str, Any]:
    if "list" in request:
        return _list(order, limits)
    if "run" in request:
        return _run(request["file"], request["run"], order, limits)
    return _file(request["file"], order, limits)


def _run(path: str, dag_id: str, order: Order, limits: Limits) -> dict[str, Any]:
    def work() -> dict[str, Any]:
        sandbox.isolate(order.hidden, order.shown)
        sandbox.refuse(order.hidden, order.shown)
        return trial.run(str(Path(order.root, path)), dag_id, order)

    return {"dag_id": dag_id, "path": path, **children.answer_of(work, limits)}


def _list(order: Order, limits: Limits) -> dict[str, Any]:
    def files() -> dict[str, Any]:
        from airflow.utils.file import list_py_file_paths

        return {"files": [os.path.relpath(path, order.root) for path in list_py_file_paths(order.folder)]}

    return children.answer_of(files, limits)


def _file(path: str, order: Order, limits: Limits) -> dict[str, Any]:
    def work() -> dict[str, Any]:
        sandbox.isolate(order.hidden, order.shown)
        return parse.parse(str(Path(order.root, path)), order)

    started = time.monotonic()
    answer = children.answer_of(work, limits)
    return {
        "dags": [],
        "looked_up": [],
        "stubbed": [],
        "warnings": [],
        **answer,
        "path": path,
        "seconds": round(time.monotonic() - started, 3),
    }


if __name__ == "__main__":
    main()
