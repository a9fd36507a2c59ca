"""Runs inside a real Airflow install and answers one question about it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Answer the question named on the command line; its argument is JSON on stdin."""
    question, out = sys.argv[1:3]
    given = json.load(sys.stdin)
    Path(out).write_text(json.dumps(globals()[question](given)))


def options(_: object) -> dict[str, str | None]:
    from airflow.configuration import retrieve_configuration_description

    described = retrieve_configuration_description(include_providers=True)
    return {
        f"{section}.{name}": None if option.get("default") is None else str(option["default"])
        for section, block in described.items()
        for name, option in block["options"].items()
    }


def aliases(_: object) -> dict[str, str]:
    from airflow.configuration import conf

    found = {}
    for new, old in conf.deprecated_options.items():
        for section, name, *_version in [old] if isinstance(old, tuple) else old:
            found[f"{section}.{name}"] = ".".join(new)
    return found


def honoured(pairs: list[tuple[str, str]]) -> list[bool]:
    """Whether setting only the old name as a variable is seen under the new one."""
    from airflow.configuration import conf

    found = []
    for old, new in pairs:
        variable = "AIRFLOW__{}__{}".format(*old.upper().split(".", 1))
        os.environ[variable] = "sentinel-4711"
        found.append(conf.get(*new.split(".", 1), fallback="") == "sentinel-4711")
        del os.environ[variable]
    return found


def commands(_: object) -> dict[str, list[str]]:
    from airflow.cli import cli_parser

    found: dict[str, list[str]] = {}

    def walk(parser: argparse.ArgumentParser, path: tuple[str, ...]) -> None:
        groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        for group in groups:
            for name, child in group.choices.items():
                walk(child, (*path, name))
        if not groups:
            found[" ".join(path)] = [flag for action in parser._actions for flag in action.option_strings]

    walk(cli_parser.get_parser(), ())
    return found


def operations(files: list[str]) -> dict[str, Any]:
    """Paths of the OpenAPI files found below airflow, with methods and the fields of request bodies."""
    import airflow
    import yaml

    found: dict[str, Any] = {}
    for file in files:
        for path in sorted(Path(airflow.__path__[0]).rglob(file)):
            spec = yaml.load(path.read_text(), yaml.CSafeLoader)
            for url, entry in spec["paths"].items():
                methods = {
                    method.upper(): _fields(spec, entry[method]) for method in entry if method in _METHODS
                }
                found.setdefault(url, {}).update(methods)
    return found


_METHODS = ("get", "post", "put", "patch", "delete")


def _fields(spec: dict[str, Any], operation: dict[str, Any]) -> dict[str, list[str]]:
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return {"fields": list(schema.get("properties", {})), "required": schema.get("required", [])}


def walks(given: list[tuple[str, str]]) -> list[list[str]]:
    """The files below each folder that the given syntax leaves."""
    try:
        from airflow.utils.file import find_path_from_directory
    except ImportError:
        from airflow._shared.module_loading import find_path_from_directory

    return [
        sorted(
            str(Path(path).relative_to(folder))
            for path in find_path_from_directory(folder, ".airflowignore", syntax)
        )
        for folder, syntax in given
    ]


if __name__ == "__main__":
    main()
