"""Wrong values are refused by name and rule, and generated environments pass our validation and botocore's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from botocore.model import Shape
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airshift.around.options import Options
from airshift.environments import cdk, cloudformation
from airshift.environments.limits import broken_limits
from airshift.environments.model import Green, with_texts
from airshift.environments.service_model import create
from airshift.environments.validate import violations
from airshift.errors import UsageError
from environments.blues import ACCOUNT, CLASSES, REGION, TARGETS, description, green

CREATED_HERE = ("Name", "SourceBucketArn", "AirflowVersion")
"""Fields that do not come from blue; their rules are tested with wishes that cannot be."""


def wrong(
    shape: Shape, value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any, str]]:
    """Every way to break one rule of a shape below a legal value: where, the wrong value, the rule's words."""
    limits = shape.metadata
    kind = shape.type_name
    yield path, 3.5, "has to be"
    if "pattern" in limits and limits["pattern"] != ".*":
        yield path, "\n", "has to match"
    if limits.get("enum"):
        yield path, "NOPE", "has to be one of"
    if "min" in limits and kind == "integer":
        yield path, limits["min"] - 1, f"at least {limits['min']}"
    if "max" in limits and kind == "integer":
        yield path, limits["max"] + 1, f"at most {limits['max']}"
    if "max" in limits and kind == "string":
        yield path, "a" * (limits["max"] + 1), f"at most {limits['max']}"
    if "max" in limits and kind == "list":
        yield path, value * (limits["max"] + 1), f"at most {limits['max']}"
    if "min" in limits and kind == "list":
        yield path, [], f"at least {limits['min']}"
    if kind == "structure":
        for name in shape.required_members:
            if path:
                yield path, {key: item for key, item in value.items() if key != name}, "is required"
        for name, item in value.items():
            if name in shape.members:
                yield from wrong(shape.members[name], item, (*path, name))
    elif kind == "list":
        yield from wrong(shape.member, value[0], (*path, 0))
    elif kind == "map":
        key = next(iter(value))
        yield from wrong(shape.value, value[key], (*path, key))


def placed(whole: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of `whole` with another value at one place."""
    if not path:
        return value
    copy = list(whole) if isinstance(whole, list) else dict(whole)
    copy[path[0]] = placed(copy[path[0]], path[1:], value)  # type: ignore[index]
    return copy


BLUE = description(
    Teams={"one": {"SourceBucketArn": "arn:aws:s3:::blue-bucket", "DagS3Path": "one"}},
    IdentityCenterConfiguration={
        "StartUrl": "https://d-1234567890.awsapps.com/start",
        "IdentityStoreId": "d-1234567890",
    },
    AirflowConfigurationOptions={"core.parallelism": "32"},
    Tags={"team": "data"},
)
WRONG = [
    (path, value, rule)
    for path, value, rule in wrong(create().input_shape, BLUE)
    if path and path[0] not in CREATED_HERE and not str(path[0]).endswith("ObjectVersion")
]


def test_every_kind_of_rule_is_tried() -> None:
    rules = {rule.rstrip("0123456789 ") for _, _, rule in WRONG}
    assert rules == {"has to be", "has to match", "has to be one of", "at least", "at most", "is required"}
    assert len(WRONG) > 90


@pytest.mark.parametrize(("path", "value", "rule"), WRONG, ids=lambda part: str(part)[:40])
def test_a_wrong_value_is_refused_with_field_and_rule(
    path: tuple[str | int, ...], value: Any, rule: str
) -> None:
    with pytest.raises(UsageError) as caught:
        green(placed(BLUE, path, value))
    message = str(caught.value)
    assert str(path[0]) in message
    assert rule in message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"EnvironmentClass": "mw1.huge"}, "EnvironmentClass: has to be one of mw1.micro"),
        ({"Schedulers": 1}, "Schedulers: mw1.small takes 2 to 5 schedulers"),
        ({"MaxWebservers": 6}, "MaxWebservers: mw1.small takes 2 to 5 webservers"),
        ({"MinWorkers": 11}, "MinWorkers: has to be at most MaxWorkers"),
        ({"EnvironmentClass": "mw1.micro"}, "Schedulers: mw1.micro takes 1 schedulers"),
        (
            {"Teams": {"one": {"SourceBucketArn": "arn:aws:s3:::blue-bucket", "DagS3Path": "one"}}},
            "Teams: need IdentityCenter",
        ),
        (
            {"AirflowConfigurationOptions": {"core.parallelism": ""}},
            r'"core.parallelism"\]: has to be at least 1',
        ),
        ({"AirflowConfigurationOptions": {"Core.Parallelism": "1"}}, "the key has to match"),
        ({"AirflowConfigurationOptions": {"a." + "b" * 70: "1"}}, "the key has to be at most 64"),
        ({"AirflowConfigurationOptions": {"core.parallelism": 1}}, "has to be a map of texts"),
        ({"Tags": {f"t{n}": "x" for n in range(51)}}, "Tags: has to be at most 50"),
        ({"Tags": {"a;b": "x"}}, "the key has to match"),
        ({"ExecutionRoleArn": None}, "ExecutionRoleArn: is required"),
        ({"AirflowVersion": "two"}, "is not an Airflow version"),
        ({"Arn": "arn:aws:s3:::x"}, "Arn: not the ARN of an MWAA environment"),
    ],
)
def test_rules_beyond_the_service_model(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        green(description(**changes))


def test_public_and_private_needs_3_2() -> None:
    blue = description(WebserverAccessMode="PUBLIC_AND_PRIVATE")
    assert green(blue, "mwaa-3.2.1").request["WebserverAccessMode"] == "PUBLIC_AND_PRIVATE"
    with pytest.raises(UsageError, match=r"needs Airflow 3\.2"):
        green(blue, "mwaa-3.0.6")


def test_all_violations_are_told_at_once_and_without_values() -> None:
    options = {"smtp.smtp_host": "canary\u00e4", "core.parallelism": "canary\n"}
    with pytest.raises(UsageError) as caught:
        green(description(Schedulers=9, AirflowConfigurationOptions=options))
    message = str(caught.value)
    assert message.count("\n") == 3
    assert "canary" not in message


def _texts(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=least, max_size=most)


OPTION_NAMES = st.sampled_from(sorted(".".join(name) for name in Options.load().rows)) | st.from_regex(
    r"[a-z]{1,9}\.[a-z][a-z0-9_]{0,20}[a-z]", fullmatch=True
)
TAG_TEXTS = st.text(st.sampled_from("abcÄß 19_.:/=+-@"), min_size=1, max_size=20).filter(str.strip)


@st.composite
def blues(draw: st.DrawFn) -> dict[str, Any]:
    """Legal environments of Airflow 2 and 3 with any subset of the optional fields."""
    made = description(draw(st.sampled_from(CLASSES)))
    made["AirflowVersion"] = draw(st.sampled_from(("2.4.3", "2.8.1", "2.10.3", "2.11.2", "3.0.6")))
    made["AirflowConfigurationOptions"] = draw(st.dictionaries(OPTION_NAMES, _texts(1, 40), max_size=12))
    made["Tags"] = draw(st.dictionaries(TAG_TEXTS, TAG_TEXTS, max_size=5))
    made["WebserverAccessMode"] = draw(st.sampled_from(("PRIVATE_ONLY", "PUBLIC_ONLY")))
    made["EndpointManagement"] = draw(st.sampled_from(("SERVICE", "CUSTOMER")))
    made["DagS3Path"] = draw(_texts(0, 30))
    key = "12345678-1234-1234-1234-123456789012"
    made["KmsKey"] = draw(
        st.sampled_from((key, f"key/{key}", "alias/airflow", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"))
    )
    for name in draw(st.sets(st.sampled_from(sorted(set(made) - REQUIRED)))):
        del made[name]
    for kind in ("Plugins", "Requirements", "StartupScript"):
        if f"{kind}S3Path" in made:
            made[f"{kind}S3Path"] = draw(_texts(1, 30))
    return made


REQUIRED = {"Arn", "Name", "ExecutionRoleArn", "SourceBucketArn", "DagS3Path", "NetworkConfiguration"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blues(), st.sampled_from(TARGETS))
def test_green_of_a_legal_blue_is_legal(blue: dict[str, Any], target: str) -> None:
    made = green(blue, target)
    request = with_texts(made.request)
    shape = create().input_shape
    assert list(violations(shape, request)) == []
    assert list(broken_limits(request, made.target)) == []
    assert not ParamValidator().validate(request, shape).has_errors()
    assert {change.field.partition("[")[0].partition(".")[0] for change in made.changes} >= set(blue) - {
        "AirflowConfigurationOptions", "LoggingConfiguration", "Tags",
    }  # fmt: skip
    _templates_are_well_formed(made)


def _templates_are_well_formed(made: Green) -> None:
    template = yaml.safe_load(cloudformation.template(made))
    properties = template["Resources"]["Green"]["Properties"]
    assert set(properties) == set(made.request)
    assert len(template.get("Parameters", {})) == len(made.later)
    ast.parse(cdk.stack(made))
