"""Terraform, CloudFormation and CDK say the same as the request, in valid syntax."""

from __future__ import annotations

import ast
import io
import json
from typing import Any

import hcl2
import pytest
import yaml

from airshift.environments import cdk, cloudformation, terraform
from airshift.environments.model import Green, Later
from airshift.environments.variables import snake
from environments.blues import CLASSES, TARGETS, description, green

ODD = {
    "core.default_timezone": 'quote" backslash\\ ${var.x} %{if true} $(id) `id`',
    "my_team.api": "a secret",
    "my.team_api": "another secret",
    "my_team_api.x": "true",
}
BLUES = [description(one) for one in CLASSES] + [
    description(AirflowConfigurationOptions=ODD, Tags={"api token": "x", "ä": "y z"})
]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("blue", BLUES)
def test_terraform_holds_the_request(blue: dict[str, Any], target: str) -> None:
    made = green(blue, target)
    found = hcl2.load(io.StringIO(terraform.configuration(made)))
    resource = found["resource"][0]['"aws_mwaa_environment"']['"green"']
    expected = {snake(name): _terraform(value) for name, value in made.request.items()}
    assert _plain(resource) == expected
    declared = [json.loads(name) for block in found.get("variable", []) for name in block]
    assert declared == [later.variable for later in made.later]


def _terraform(value: Any) -> Any:
    """What a parsed configuration holds for a value of the request."""
    if isinstance(value, Later):
        return f"${{var.{value.variable}}}"
    if isinstance(value, dict):
        return {_spelled(key): _terraform(item) for key, item in value.items()}
    return value


def _spelled(key: str) -> str:
    return snake(key) if key.endswith(("Logs", "Ids")) or key in ("Enabled", "LogLevel") else key


def _plain(value: Any) -> Any:
    """A parsed configuration without the marks and quotes of the parser."""
    if isinstance(value, dict):
        return {_unquoted(key): _plain(item) for key, item in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        items = [_plain(item) for item in value]
        return items[0] if len(items) == 1 and isinstance(items[0], dict) else items
    return _unquoted(value) if isinstance(value, str) else value


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    return str(json.loads(text)).replace("$${", "${").replace("%%{", "%{")


@pytest.mark.parametrize("blue", BLUES)
def test_cloudformation_holds_the_request(blue: dict[str, Any]) -> None:
    made = green(blue)
    template = yaml.safe_load(cloudformation.template(made))
    resource = template["Resources"]["Green"]
    assert resource["Type"] == "AWS::MWAA::Environment"
    assert _resolved(resource["Properties"], made) == made.request
    for name, parameter in template["Parameters"].items():
        assert name.isalnum()
        assert parameter["Type"] == "String"
    hidden = [
        one.key for one in made.later if template["Parameters"][cloudformation.logical(one)].get("NoEcho")
    ]
    assert hidden == [one.key for one in made.later if one.source == "secret"]


def _resolved(value: Any, made: Green) -> Any:
    if isinstance(value, dict) and list(value) == ["Ref"]:
        return {cloudformation.logical(one): one for one in made.later}[value["Ref"]]
    if isinstance(value, dict):
        return {key: _resolved(item, made) for key, item in value.items()}
    return value


@pytest.mark.parametrize("blue", BLUES)
def test_the_cdk_stack_makes_the_request(blue: dict[str, Any]) -> None:
    """The stack is run with stand-ins that hand back what they are called with."""
    made = green(blue)
    source = cdk.stack(made)
    ast.parse(source)
    code = "\n".join(
        line for line in source.splitlines() if not line.startswith(("from aws_cdk", "from constructs"))
    )
    calls: list[dict[str, Any]] = []
    space: dict[str, Any] = {
        "Stack": _Stack,
        "Construct": object,
        "CfnParameter": _Parameter,
        "mwaa": _Module(calls),
    }
    exec(compile(code, "green_stack.py", "exec"), space)
    space["GreenStack"](None, "green")
    assert calls == [{snake(name): _constructed(value) for name, value in made.request.items()}]


class _Stack:
    def __init__(self, scope: object, construct_id: str, **kwargs: object) -> None:
        pass


class _Parameter:
    def __init__(self, scope: object, name: str, **given: Any) -> None:
        assert given["type"] == "String"
        self.value_as_string = f"<{name} {given['no_echo']}>"


class _Module:
    def __init__(self, calls: list[dict[str, Any]]) -> None:
        class Environment:
            NetworkConfigurationProperty = LoggingConfigurationProperty = dict
            ModuleLoggingConfigurationProperty = dict

            def __init__(self, scope: object, construct_id: str, /, **properties: Any) -> None:
                calls.append(properties)

        self.CfnEnvironment = Environment


def _constructed(value: Any) -> Any:
    if isinstance(value, Later):
        return f"<{cloudformation.logical(value)} {value.source == 'secret'}>"
    if isinstance(value, dict):
        return {_spelled(key): _constructed(item) for key, item in value.items()}
    return value


def test_what_a_template_cannot_say_is_said_in_a_comment() -> None:
    center = {"StartUrl": "https://d-1234567890.awsapps.com/start", "IdentityStoreId": "d-1234567890"}
    made = green(description(IdentityCenterConfiguration=center))
    for text in (terraform.configuration(made), cloudformation.template(made), cdk.stack(made)):
        assert "# IdentityCenterConfiguration " in text
        assert "awsapps" not in text


def test_names_of_variables_differ_in_every_spelling() -> None:
    options = {"a.b_c": "x", "a_b.c": "x", "ab.c": "x", "a.bc": "x"}
    later = [
        one for one in green(description(AirflowConfigurationOptions=options)).later if one.source == "secret"
    ]
    assert (
        len({one.variable for one in later})
        == len({cloudformation.logical(one).lower() for one in later})
        == 4
    )
