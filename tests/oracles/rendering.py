"""Run inside of a real Airflow: the stored form of each file's DAGs, what its tasks render, and what was imported.

    python rendering.py ANSWER FILE...

Variables come from the environment (AIRFLOW_VAR_...).
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

PLACES = {"fileloc", "_processor_dags_folder", "relative_fileloc", "bundle_name"}
RUN = {"ds": "2026-11-21", "run_id": "manual"}


def stored(dag):
    """The serialized DAG without where it lies, and without the fields that are rendered."""
    try:
        from airflow.serialization.serialized_objects import DagSerialization as Serialization
    except ImportError:
        from airflow.serialization.serialized_objects import SerializedDAG as Serialization
    found = Serialization.to_dict(dag)["dag"]
    for name in PLACES:
        found.pop(name, None)
    for task in found["tasks"]:
        inner = task.get("__var", task)
        fields = set(inner.get("template_fields", ()))
        for part in (inner, inner.get("partial_kwargs", {})):
            for name in fields & part.keys():
                del part[name]
    return json.loads(json.dumps(found, default=str, sort_keys=True))


def rendered(dag):
    """Every template field of every task as a run would have it."""
    try:
        from airflow.sdk.execution_time.context import VariableAccessor
    except ImportError:
        from airflow.utils.context import VariableAccessor
    accessors = {name: VariableAccessor(deserialize_json=name == "json") for name in ("value", "json")}
    context = {**RUN, "var": accessors}
    found = {}
    for task in dag.tasks:
        if not hasattr(task, "render_template_fields") or type(task).__name__ == "MappedOperator":
            kwargs = task.partial_kwargs
            env = dag.get_template_env()
            fields = {
                name: task.render_template(kwargs[name], context, env)
                for name in kwargs
                if name in task.template_fields
            }
        else:
            task.render_template_fields(context, dag.get_template_env())
            fields = {name: getattr(task, name, None) for name in task.template_fields}
        found[task.task_id] = {name: repr(value) for name, value in fields.items()}
    return found


def results(dag):
    """What the Python tasks return without arguments."""
    functions = {task.task_id: getattr(task, "python_callable", None) for task in dag.tasks}
    return {
        name: repr(function()) for name, function in functions.items() if function and name.startswith("f")
    }


def answer(path):
    """Everything about one file; `heavy` says whether its DAG's file has imported pandas while it was parsed."""
    sys.modules.pop("pandas", None)
    sys.path.insert(0, str(Path(path).parent))
    names = {"__name__": "parsed", "__file__": path}
    try:
        exec(compile(Path(path).read_text(), path, "exec"), names)
        heavy = "pandas" in sys.modules
        dags = [value for value in names.values() if type(value).__name__ == "DAG"]
        return {
            "error": "",
            "heavy": heavy,
            "stored": [stored(dag) for dag in dags],
            "results": [results(dag) for dag in dags],
            "rendered": [rendered(dag) for dag in dags],
        }
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        sys.path.pop(0)


Path(sys.argv[1]).write_text(json.dumps([answer(path) for path in sys.argv[2:]]))
