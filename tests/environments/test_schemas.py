"""The JSON of `env green` is as its schema promises."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from airshift.environments.document import green_document
from environments.blues import CLASSES, TARGETS, description, green

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/schemas/env-green.schema.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("environment_class", CLASSES)
def test_green_is_valid(environment_class: str, target: str) -> None:
    jsonschema.validate(green_document(green(description(environment_class), target)), SCHEMA)


def test_a_blue_with_next_to_nothing_is_valid_too() -> None:
    bare = description(
        AirflowConfigurationOptions=None,
        AirflowVersion=None,
        Tags=None,
        KmsKey=None,
        LoggingConfiguration=None,
    )
    jsonschema.validate(green_document(green(bare)), SCHEMA)


def test_the_schema_says_no_to_another_document() -> None:
    document = green_document(green())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {"surprise": 1}, SCHEMA)
    del document["request"]["Name"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)
