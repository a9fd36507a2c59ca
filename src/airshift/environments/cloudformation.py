"""Green as a CloudFormation template in YAML; secrets and file versions are parameters."""

from __future__ import annotations

from typing import Any

from airshift.environments.model import Green, Later, Source

UNSUPPORTED = ("IdentityCenterConfiguration", "Teams")
"""Fields that AWS::MWAA::Environment did not have in November 2026."""


def template(green: Green) -> str:
    """The template, in YAML without CloudFormation's own tags."""
    import yaml

    request = {name: value for name, value in green.request.items() if name not in UNSUPPORTED}
    body: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{green.name}: Airflow {green.target.version}, taken over from {green.blue.name}",
    }
    if green.later:
        body["Parameters"] = {logical(later): _parameter(later) for later in green.later}
    properties = _with_references(request)
    body["Resources"] = {"Green": {"Type": "AWS::MWAA::Environment", "Properties": properties}}
    left_out = [name for name in UNSUPPORTED if name in green.request]
    note = "".join(
        f"# {name} cannot be set with CloudFormation: set it on the environment\n" for name in left_out
    )
    return note + yaml.safe_dump(body, sort_keys=False, width=100)


def logical(later: Later) -> str:
    """A parameter's name: letters and digits."""
    return "".join(word.capitalize() for word in later.variable.split("_"))


def _parameter(later: Later) -> dict[str, Any]:
    if later.source is Source.VERSION:
        return {"Type": "String", "Description": f"Version of {later.key} in the bucket"}
    return {"Type": "String", "NoEcho": True, "Description": f"Blue has it as {later.blue_key}"}


def _with_references(value: Any) -> Any:
    if isinstance(value, Later):
        return {"Ref": logical(value)}
    if isinstance(value, dict):
        return {key: _with_references(item) for key, item in value.items()}
    return value
