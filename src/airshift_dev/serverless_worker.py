"""Runs in the published converter's own environment: what it makes of DAG files, and what it says of definitions.

python serverless_worker.py DAGS DEFINITIONS ANSWER

Only the converter's own functions decide; this file calls them and writes down what they return.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml
from dag_converter import conversion_manager, yaml_validator
from dag_converter.schema_parser import ArgumentValidator

SCHEMA = Path(conversion_manager.__file__).parent / conversion_manager.VALIDATOR_SCHEMA_FILE


def converted(dags: Path, scratch: Path) -> dict[str, Any]:
    """By file: the error, or what each of its DAGs became."""
    scratch.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {}
    for path in sorted(dags.rglob("*.py")):
        name = path.relative_to(dags).as_posix()
        try:
            manager = conversion_manager.ConversionManager(None)
            texts = manager.start_file_conversion_process(path, scratch)
            found[name] = {"dags": {key: dag for text in texts for key, dag in yaml.safe_load(text).items()}}
        except Exception as error:
            found[name] = {"error": _last_error(f"{type(error).__name__}: {error}")}
    return found


def _last_error(text: str) -> str:
    """The error of a text that may quote tracebacks: what its last line with an error's name begins."""
    starts = [
        match.start()
        for match in re.finditer(r"^[A-Z]\w+(?:Error|Exception|Arg|Schedule): ", text, re.MULTILINE)
    ]
    return " ".join(text[starts[-1] if starts else 0 :].split())


def validated(definitions: Path) -> dict[str, Any]:
    """By definition: fields that the schema does not know, the loading error, and the DAG that dag-factory made."""
    validator = ArgumentValidator(SCHEMA)
    loaded: list[Any] = []
    yaml_validator.compare_dags = lambda initial, final: loaded.append(final)
    found: dict[str, Any] = {}
    for path in sorted(definitions.rglob("*.yaml")):
        loaded.clear()
        text = path.read_text(encoding="utf-8")
        ((dag_id, dag),) = yaml.safe_load(text).items()
        is_valid, message = yaml_validator.validate_yaml_with_dagbag(object(), text, path)
        found[f"{path.parent.name}/{dag_id}"] = {
            "unknown": sorted(_unknown(dag, validator)),
            "error": "" if is_valid else message,
            "tasks": {task.task_id: _task(task) for task in loaded[0].tasks} if loaded else {},
            "schedule": _schedule(loaded[0]) if loaded else None,
        }
    return found


def _unknown(dag: dict[str, Any], validator: ArgumentValidator) -> set[str]:
    found = {
        name
        for name, value in dag.items()
        if name != "default_args" and not validator.validate_field("dag", name, value)
    }
    found |= {
        f"default_args.{name}"
        for name in dag.get("default_args") or {}
        if not validator.validate_field("dag", "default_args", name)
    }
    for task in dag["tasks"].values():
        kind = task["operator"].rpartition(".")[2]
        found |= {
            f"{kind}.{name}"
            for name, value in task.items()
            if not validator.validate_field("task", name, value)
        }
    return found


def _task(task: Any) -> dict[str, Any]:
    return {
        "operator": f"{type(task).__module__}.{type(task).__name__}",
        "dependencies": sorted(task.upstream_task_ids),
        "retries": task.retries,
    }


def _schedule(dag: Any) -> str | None:
    value = dag.schedule
    return value if value is None else str(value)


def main() -> None:
    dags, definitions, answer = (Path(argument) for argument in sys.argv[1:4])
    validator = ArgumentValidator(SCHEMA)
    with contextlib.redirect_stdout(io.StringIO()):
        content: dict[str, Any] = {
            "converted": converted(dags, answer.parent / "converted"),
            "validated": validated(definitions),
        }
    content["operators"] = sorted(validator.get_allowed_operators())
    content["arguments"] = sorted(validator.get_allowed_task_fields())
    answer.write_text(json.dumps(content, default=str), encoding="utf-8")


if __name__ == "__main__":
    main()
