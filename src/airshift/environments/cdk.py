"""Green as a stack of the AWS CDK in Python; secrets and file versions are parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airshift.environments.cloudformation import UNSUPPORTED, logical
from airshift.environments.model import Green, Later, Source
from airshift.environments.variables import snake

_STRUCTURES = {
    "NetworkConfiguration": "NetworkConfigurationProperty",
    "LoggingConfiguration": "LoggingConfigurationProperty",
}
_MODULE = "ModuleLoggingConfigurationProperty"


def stack(green: Green) -> str:
    """A module with one stack."""
    lines = [
        f'"""{green.name}: Airflow {green.target.version}, taken over from {green.blue.name}."""',
        "",
        "from aws_cdk import CfnParameter, Stack",
        "from aws_cdk import aws_mwaa as mwaa",
        "from constructs import Construct",
        "",
        "",
        "class GreenStack(Stack):",
        "    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:",
        "        super().__init__(scope, construct_id, **kwargs)",
    ]
    lines += [f"        {line}" for line in _parameters(green)]
    for name in UNSUPPORTED:
        if name in green.request:
            lines.append(f"        # {name} cannot be set with CloudFormation: set it on the environment")
    lines += ["        mwaa.CfnEnvironment(", "            self,", '            "Green",']
    for name, value in green.request.items():
        if name not in UNSUPPORTED:
            lines += _argument(name, value, " " * 12)
    return "\n".join([*lines, "        )", ""])


def _parameters(green: Green) -> Iterator[str]:
    for later in green.later:
        secret = later.source is Source.SECRET
        yield f'{later.variable} = CfnParameter(self, "{logical(later)}", type="String", no_echo={secret})'


def _argument(name: str, value: Any, indent: str) -> Iterator[str]:
    made = _STRUCTURES.get(name) or (_MODULE if name.endswith("Logs") and isinstance(value, dict) else "")
    if made:
        yield f"{indent}{snake(name)}=mwaa.CfnEnvironment.{made}("
        for key, item in value.items():
            yield from _argument(key, item, indent + "    ")
        yield f"{indent}),"
    elif isinstance(value, dict):
        yield f"{indent}{snake(name)}={{"
        for key, item in value.items():
            yield f"{indent}    {key!r}: {_value(item)},"
        yield f"{indent}}},"
    else:
        yield f"{indent}{snake(name)}={_value(value)},"


def _value(value: Any) -> str:
    return f"{value.variable}.value_as_string" if isinstance(value, Later) else repr(value)
