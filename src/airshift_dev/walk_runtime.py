"""Run a real task in an installed Airflow and print what its context and its objects carry, as JSON.

Runs inside the interpreter of the install. `dag.test()` hands out the same classes as a worker does; what breaks only
on a worker (the closed metadata database) is not a matter of attributes.
"""

from __future__ import annotations

import dis
import importlib
import inspect
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

CLASSES = {
    "model.DAG": ("airflow.models.DAG", "airflow.models.dag.DAG"),
    "model.BaseOperator": ("airflow.models.BaseOperator", "airflow.models.baseoperator.BaseOperator"),
    "model.TaskInstance": ("airflow.models.TaskInstance",),
    "model.DagRun": ("airflow.models.DagRun",),
    "model.DagModel": ("airflow.models.DagModel",),
    "model.XCom": ("airflow.models.XCom",),
    "model.BaseXCom": ("airflow.models.xcom.BaseXCom", "airflow.models.xcom.XComModel"),
    "model.Variable": ("airflow.models.Variable",),
    "model.Connection": ("airflow.models.Connection",),
    "model.Pool": ("airflow.models.Pool",),
    "DagBag": (
        "airflow.models.DagBag",
        "airflow.models.dagbag.DagBag",
        "airflow.dag_processing.dagbag.DagBag",
    ),
    "BaseHook": ("airflow.hooks.base.BaseHook",),
    "Dataset": ("airflow.datasets.Dataset",),
    "DatasetAlias": ("airflow.datasets.DatasetAlias",),
    "sdk.DAG": ("airflow.sdk.DAG",),
    "sdk.BaseOperator": ("airflow.sdk.BaseOperator",),
    "sdk.BaseSensorOperator": ("airflow.sdk.BaseSensorOperator",),
    "sdk.Variable": ("airflow.sdk.Variable",),
    "sdk.Connection": ("airflow.sdk.Connection",),
    "sdk.BaseHook": ("airflow.sdk.BaseHook", "airflow.sdk.bases.hook.BaseHook"),
    "sdk.XCom": ("airflow.sdk.execution_time.xcom.XCom",),
    "sdk.BaseXCom": ("airflow.sdk.BaseXCom", "airflow.sdk.bases.xcom.BaseXCom"),
    "Asset": ("airflow.sdk.Asset",),
    "AssetAlias": ("airflow.sdk.AssetAlias",),
    "TriggerRule": ("airflow.utils.trigger_rule.TriggerRule",),
    "State": ("airflow.utils.state.State",),
    "TaskInstanceState": ("airflow.utils.state.TaskInstanceState",),
    "DagRunState": ("airflow.utils.state.DagRunState",),
    "DagRunType": ("airflow.utils.types.DagRunType",),
    "BaseExecutor": ("airflow.executors.base_executor.BaseExecutor",),
    "Timetable": ("airflow.timetables.base.Timetable",),
    "AirflowPlugin": ("airflow.plugins_manager.AirflowPlugin",),
    "BaseSecretsBackend": ("airflow.secrets.BaseSecretsBackend",),
    "BaseNotifier": (
        "airflow.sdk.bases.notifier.BaseNotifier",
        "airflow.notifications.basenotifier.BaseNotifier",
    ),
    "TaskGroup": ("airflow.utils.task_group.TaskGroup", "airflow.sdk.TaskGroup"),
}
"""Classes that DAG code names itself, by kind; the first path that imports is taken."""

PYTHON_OPERATOR = (
    "airflow.providers.standard.operators.python.PythonOperator",
    "airflow.operators.python.PythonOperator",
)
DAG_FILE = """# A file of the DAG folder, airflow: newer versions only run what they find there.
from airshift_dev.walk_runtime import build

dag = build()
"""
CONTEXT_OBJECTS = {"ti": "ti", "dag_run": "dag_run", "dag": "dag", "task": "task", "macros": "macros"}

Facts = dict[str, Any]


def members(thing: Any) -> dict[str, list[str] | None]:
    """Public attributes that really answer, each with its parameters when it can be called."""
    found: dict[str, list[str] | None] = {}
    for name in sorted(_spelt(thing)):
        try:
            value = getattr(thing, name)
        except AttributeError:
            continue
        except Exception:
            found[name] = None
            continue
        found[name] = parameters(value) if callable(value) else None
    return found


def _spelt(thing: Any) -> set[str]:
    if type(thing).__name__ == "MacrosAccessor":
        thing = importlib.import_module("airflow.sdk.execution_time.macros")
    return {name for name in dir(thing) if not name.startswith("_")}


def class_members(class_: type) -> dict[str, list[str] | None]:
    """What instances of a class answer to: attributes of the class, declared fields, names set by `__init__`."""
    found = members(class_)
    for ancestor in class_.__mro__:
        for source in (vars(ancestor).get("__annotations__", {}), vars(ancestor).get("__slots__", ())):
            found.update({name: None for name in source if not name.startswith("_") and name not in found})
        found.update({name: None for name in assigned(ancestor) if name not in found})
    for field in getattr(class_, "__attrs_attrs__", ()):
        found.setdefault(field.name, None)
    return {name: value for name, value in found.items() if not name.startswith("_")}


def assigned(class_: type) -> set[str]:
    """Names that `__init__` sets on self."""
    code = getattr(inspect.unwrap(vars(class_).get("__init__", object.__init__)), "__code__", None)
    if code is None or "airflow" not in code.co_filename:
        return set()
    steps = list(dis.get_instructions(code))
    stores = {step.argval for step in steps if step.opname == "STORE_ATTR"}
    return {name for name in stores if not name.startswith("_")}


def parameters(function: Callable[..., Any]) -> list[str] | None:
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [_stars(item) + item.name for item in found if item.name not in {"self", "cls"}]


def _stars(parameter: inspect.Parameter) -> str:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return "*"
    return "**" if parameter.kind is parameter.VAR_KEYWORD else ""


def load(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def first(paths: tuple[str, ...]) -> Any:
    for path in paths:
        try:
            return load(path)
        except Exception:
            continue
    return None


def classes() -> dict[str, dict[str, list[str] | None]]:
    found = {}
    for kind, paths in CLASSES.items():
        class_ = first(paths)
        if isinstance(class_, type):
            found[kind] = class_members(class_)
    return found


seen: list[Facts] = []
"""What the task found, one entry a run."""


def look(**context: Any) -> None:
    """The callable of the task that is run: note what it was given."""
    facts: Facts = {"context": _answering(context)}
    for kind, key in CONTEXT_OBJECTS.items():
        facts[kind] = members(context[key]) if key in context else {}
    for kind in ("var", "conn"):
        facts[kind] = members(context[kind])
    seen.append(facts)


def build() -> Any:
    """The DAG with the one task."""
    with load("airflow.models.dag.DAG")(
        "airshift_probe", schedule=None, start_date=load("pendulum.datetime")(2024, 1, 1)
    ) as dag:
        first(PYTHON_OPERATOR)(task_id="look", python_callable=look)
    return dag


def run_tasks() -> Facts:
    """Run the task with a date and, where runs without one exist, without."""
    folder = Path(os.environ["AIRFLOW_HOME"]) / "dags"
    folder.mkdir(exist_ok=True)
    (folder / "airshift_probe.py").write_text(DAG_FILE)
    sys.path.append(str(folder))
    importlib.invalidate_caches()
    dag = importlib.import_module("airshift_probe").dag
    _test(dag)
    facts = seen[0]
    if "logical_date" in inspect.signature(dag.test).parameters:
        seen.clear()
        _test(dag, logical_date=None, run_after=load("pendulum.datetime")(2024, 1, 3))
        facts["context_without_date"] = seen[0]["context"] if seen else {}
    return facts


def _test(dag: Any, **arguments: Any) -> None:
    known = inspect.signature(dag.test).parameters
    dag.test(**{key: value for key, value in arguments.items() if key in known})


def _answering(context: dict[str, Any]) -> dict[str, None]:
    """The keys of a context that give a value."""
    return {key: None for key in sorted(context) if not key.startswith("_") and key not in {"templates_dict"}}


def configuration() -> Facts:
    """Every option with its default, and the old names that still lead to it."""
    conf, retrieve_configuration_description = (
        load(f"airflow.configuration.{name}") for name in ("conf", "retrieve_configuration_description")
    )
    own = retrieve_configuration_description(include_providers=False)
    options = {}
    for section, entry in retrieve_configuration_description(include_providers=True).items():
        for key, option in (entry.get("options") or {}).items():
            provider = key not in ((own.get(section) or {}).get("options") or {})
            options[f"{section}.{key}"] = {"default": _default(option), "provider": provider}
    renamed = {
        f"{new[0]}.{new[1]}": [f"{old[0]}.{old[1]}", str(old[2]) if len(old) > 2 else ""]
        for new, old in getattr(conf, "deprecated_options", {}).items()
    }
    return {"options": options, "renamed": renamed}


def _default(option: dict[str, Any]) -> str | None:
    value = option.get("default")
    return None if value is None else str(value)


def migrate() -> None:
    """Lay an empty metadata database in this run's own folder."""
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def main() -> None:
    """Write the result to the second argument."""
    warnings.simplefilter("ignore")
    migrate()
    result = {
        "members": {**classes(), **run_tasks()},
        "config": configuration(),
        "python": sys.version.split()[0],
    }
    Path(sys.argv[2]).write_text(json.dumps(result))
    os._exit(0)
