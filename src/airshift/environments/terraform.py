"""Green as Terraform (resource aws_mwaa_environment of hashicorp/aws); secrets and file versions are variables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from airshift.environments.cloudformation import UNSUPPORTED
from airshift.environments.model import Green, Later, Source
from airshift.environments.variables import snake

_BLOCKS = ("NetworkConfiguration", "LoggingConfiguration")


def configuration(green: Green) -> str:
    """Variables, then the resource."""
    lines: list[str] = []
    for later in green.later:
        lines += [*_declared(later), ""]
    lines += [f"# {name} is not an argument of the resource: set it on the environment" for name in UNSUPPORTED
              if name in green.request]  # fmt: skip
    lines.append('resource "aws_mwaa_environment" "green" {')
    for name, value in green.request.items():
        if name not in UNSUPPORTED:
            lines += _argument(name, value, "  ")
    return "\n".join([*lines, "}", ""])


def _declared(later: Later) -> Iterator[str]:
    secret = later.source is Source.SECRET
    about = (
        f"blue has it as {later.blue_key}; the state file will hold it"
        if secret
        else f"version of {later.key}"
    )
    yield f"variable {_quoted(later.variable)} {{"
    yield f"  description = {_quoted(about)}"
    yield "  type        = string"
    if secret:
        yield "  sensitive   = true"
    yield "}"


def _argument(name: str, value: Any, indent: str) -> Iterator[str]:
    if name in _BLOCKS or (name.endswith("Logs") and isinstance(value, dict)):
        yield f"{indent}{snake(name)} {{"
        for key, item in value.items():
            yield from _argument(key, item, indent + "  ")
        yield f"{indent}}}"
    elif isinstance(value, dict):
        yield f"{indent}{snake(name)} = {{"
        for key, item in value.items():
            yield f"{indent}  {_quoted(key)} = {_value(item)}"
        yield f"{indent}}}"
    else:
        yield f"{indent}{snake(name)} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, Later):
        return f"var.{value.variable}"
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    """A text in HCL: JSON's escapes, and none of its templates."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
