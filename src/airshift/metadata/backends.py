"""Recognise that an Airflow looks connections and variables up in a secrets backend. Its arguments are never read."""

from __future__ import annotations

import json
import re
from configparser import ConfigParser
from configparser import Error as ConfigError
from pathlib import Path
from typing import Any

from airshift.errors import UsageError

_OPTION = "secrets.backend"
_VARIABLE = re.compile(r"^\s*(?:export\s+)?AIRFLOW__SECRETS__BACKEND\s*=\s*[\"']?([\w.]+)", re.MULTILINE)
_CLASS = re.compile(r"[\w.]+")


def backend_of_file(path: Path) -> str:
    """The backend that environment.json, airflow.cfg or a file of environment variables names, or nothing."""
    file = path / "environment.json" if path.is_dir() else path
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"--config {path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise UsageError(f"--config {path}: not UTF-8") from None
    if file.suffix == ".json":
        return _of_json(file, text)
    if file.suffix == ".cfg":
        return _of_cfg(file, text)
    match = _VARIABLE.search(text)
    return match[1] if match else ""


def backend_of_environment(described: dict[str, Any]) -> str:
    """The backend in what `aws mwaa get-environment` says, or nothing."""
    options = described.get("Environment", described).get("AirflowConfigurationOptions") or {}
    return _name(options.get(_OPTION))


def _of_json(file: Path, text: str) -> str:
    try:
        return backend_of_environment(json.loads(text))
    except (ValueError, RecursionError, AttributeError):
        raise UsageError(f"--config {file}: not the JSON of `aws mwaa get-environment`") from None


def _of_cfg(file: Path, text: str) -> str:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except ConfigError:
        raise UsageError(f"--config {file}: not an airflow.cfg") from None
    return _name(parser.get("secrets", "backend", fallback=""))


def _name(content: object) -> str:
    """The name of a class, or nothing: whatever else stands there is not repeated."""
    text = content.strip() if isinstance(content, str) else ""
    return text if _CLASS.fullmatch(text) else ""
