"""Every option of the service model, at every legal limit: green passes our validation and botocore's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import Shape
from botocore.validate import ParamValidator

from airshift.environments.limits import broken_limits, environment_table
from airshift.environments.model import with_texts
from airshift.environments.service_model import create
from airshift.environments.validate import violations
from airshift.errors import UsageError
from environments.blues import ACCOUNT, REGION, TARGETS, description, green

Path = tuple[str, ...]
OPTIONS = create().input_shape.members
CREATED_HERE = {"Name", "AirflowVersion", "SourceBucketArn"}
"""They come from the command line; their rules are tested with wishes."""
KEY = "12345678-1234-1234-1234-123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
WHOLE = description(
    Teams={"one": {"SourceBucketArn": "arn:aws:s3:::blue-bucket", "DagS3Path": "one"}},
    IdentityCenterConfiguration={
        "StartUrl": "https://d-1234567890.awsapps.com/start",
        "IdentityStoreId": "d-1234567890",
    },
)
PATTERNED: dict[Path, list[Any]] = {
    ("ExecutionRoleArn",): [ROLE + "x", ROLE + "service-role/" + "x" * 64],
    ("KmsKey",): [
        KEY, f"key/{KEY}", "alias/airflow", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY}",
    ],
    ("WeeklyMaintenanceWindowStart",): ["MON:00:00", "SUN:23:30"],
    ("NetworkConfiguration", "SubnetIds"): [["subnet-a1", "subnet-" + "0" * 17]],
    ("NetworkConfiguration", "SecurityGroupIds"): [["sg-a1"], [f"sg-{number:017}" for number in range(5)]],
    ("EnvironmentClass",): list(environment_table()["classes"]),
    ("Tags",): [{"k": "v"}, {f"k{number}": "v" * 256 for number in range(50)}, {"k" * 128: "\u00e4 1_.:/=+-@"}],
    ("AirflowConfigurationOptions",): [{"core.parallelism": "~" * 65_536}, {"a." + "b" * 62: " "}, {}],
    ("Teams",): [
        {
            f"team_{number}": {"SourceBucketArn": "arn:aws:s3:::blue-bucket", "DagS3Path": f"t{number}/dags"}
            for number in range(20)
        }
    ],
    ("IdentityCenterConfiguration",): [WHOLE["IdentityCenterConfiguration"]],
}  # fmt: skip
"""Legal values where a pattern, or a rule beside the model, decides."""


def legal(shape: Shape, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Legal values of every option below a shape: all of an enum, both ends of a number or of a text's length."""
    for name, member in shape.members.items():
        here, limits = (*path, name), member.metadata
        if here in PATTERNED:
            yield from ((here, value) for value in PATTERNED[here])
        elif here[0] in CREATED_HERE or name.endswith("S3ObjectVersion"):
            continue
        elif member.type_name == "structure":
            yield from legal(member, here)
        elif limits.get("enum"):
            yield from ((here, value) for value in limits["enum"])
        elif member.type_name == "boolean":
            yield from ((here, value) for value in (True, False))
        elif member.type_name == "integer":
            yield from ((here, value) for value in _numbers(name, limits))
        else:
            assert limits.get("pattern") in {None, ".*"}, f"{here}: say legal values of {limits['pattern']}"
            yield from ((here, "x" * length) for length in (max(1, limits["min"]), limits["max"]))


def _numbers(name: str, limits: dict[str, Any]) -> list[int]:
    """Both ends; the classes allow less than the model."""
    for kind, fields in {
        "schedulers": ("Schedulers",),
        "webservers": ("MinWebservers", "MaxWebservers"),
    }.items():
        if name in fields:
            return list(environment_table()["classes"]["mw1.large"][kind])
    return [limits["min"], limits.get("max", 25)]


LEGAL = list(legal(create().input_shape))


def placed(path: Path, value: Any) -> dict[str, Any]:
    """Blue with one option of this value; what belongs to it follows."""
    blue: dict[str, Any] = description("mw1.large")
    if path[0] in {"Teams", "IdentityCenterConfiguration"}:
        blue["IdentityCenterConfiguration"] = WHOLE["IdentityCenterConfiguration"]
    low_high = {"MinWorkers": "MaxWorkers", "MinWebservers": "MaxWebservers"}
    for low, high in low_high.items():
        if path[0] == low:
            blue[high] = max(blue[high], value)
        elif path[0] == high:
            blue[low] = min(blue[low], value)
    if path == ("EnvironmentClass",):
        blue = description(value)
    elif len(path) == 1:
        blue[path[0]] = value
    else:
        blue[path[0]] = _within(blue.get(path[0], {}), path[1:], value)
    return blue


def _within(whole: Any, path: Path, value: Any) -> Any:
    return {**whole, path[0]: value if len(path) == 1 else _within(whole.get(path[0], {}), path[1:], value)}


def test_no_option_of_the_model_is_left_out() -> None:
    tried = {path[0] for path, _ in LEGAL}
    assert tried | CREATED_HERE | {name for name in OPTIONS if name.endswith("S3ObjectVersion")} == set(
        OPTIONS
    )
    assert len(LEGAL) > 75


@pytest.mark.parametrize("target", TARGETS[:1] + TARGETS[-1:])
@pytest.mark.parametrize(("path", "value"), LEGAL, ids=lambda part: str(part)[:30])
def test_green_passes_both_validations(path: Path, value: Any, target: str) -> None:
    blue = placed(path, value)
    if value == "PUBLIC_AND_PRIVATE" and target == "mwaa-3.0.6":
        with pytest.raises(UsageError, match=r"needs Airflow 3\.2"):
            green(blue, target)
        return
    made = green(blue, target)
    request, shape = with_texts(made.request), create().input_shape
    assert list(violations(shape, request)) == []
    assert list(broken_limits(request, made.target)) == []
    assert not ParamValidator().validate(request, shape).has_errors()
    assert [change for change in made.changes if change.field.startswith(path[0])] or value == {}
