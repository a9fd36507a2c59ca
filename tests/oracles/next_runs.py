"""Runs inside a real Airflow: which runs its DAGs plan, one after the other, while the clock stands still."""

from __future__ import annotations

import json
import logging
import sys
import types
import warnings
from datetime import datetime
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


def freeze(moment: datetime) -> None:
    """Let every timetable see the same time."""
    import pendulum

    now = pendulum.instance(moment)
    for name, module in list(sys.modules.items()):
        if name.startswith("airflow") and "utcnow" in vars(module):
            module.utcnow = lambda: now
    trigger = sys.modules["airflow.timetables.trigger"]
    if hasattr(trigger, "time"):
        trigger.time = types.SimpleNamespace(time=lambda: now.timestamp())


def planned(dag: object, count: int) -> list[list[str]]:
    """The first runs a scheduler that starts without any row in its database plans for a DAG."""
    infos = []
    for _ in range(count):
        info = following(dag, infos[-1] if infos else None)
        if info is None:
            break
        infos.append(info)
    return [
        [moment.isoformat() for moment in (info.run_after, info.data_interval.start, info.data_interval.end)]
        for info in infos
    ]


def following(dag, last):
    import inspect

    names = inspect.signature(dag.next_dagrun_info).parameters
    if "last_automated_run_info" in names:
        return dag.next_dagrun_info(last_automated_run_info=last)
    return dag.next_dagrun_info(last.data_interval if last else None)


def answer(question: dict) -> list:
    from airflow.serialization import serialized_objects

    serializer = getattr(serialized_objects, "DagSerialization", serialized_objects.SerializedDAG)
    scope: dict = {}
    exec(question["preamble"], scope)
    answers = []
    for source in question["dags"]:
        try:
            dag = eval(source, scope)
        except ValueError as error:
            answers.append(str(error))
            continue
        dag = serializer.from_dict(serializer.to_dict(dag))
        found = []
        for moment in question["moments"]:
            freeze(datetime.fromisoformat(moment))
            found.append(planned(dag, question["count"]))
        answers.append(found)
    return answers


if __name__ == "__main__":
    result = answer(json.load(sys.stdin))
    Path(sys.argv[1]).write_text(json.dumps(result))
