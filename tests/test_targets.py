"""Targets and sources as people write them."""

from __future__ import annotations

import pytest

from airshift.errors import UsageError
from airshift.index import Index
from airshift.targets import (
    MWAA_VERSIONS,
    NEWEST_MINOR,
    Target,
    default_source,
    default_target,
    parse_target,
    parse_version,
)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("3.3.1", Target("3.3.1")),
        ("3.0", Target("3.0.0")),
        (" 3.2.1 ", Target("3.2.1")),
        ("mwaa-3.3.1", Target("3.3.1", "mwaa")),
        ("MWAA-3.0.6", Target("3.0.6", "mwaa")),
        ("3.3.2", Target("3.3.2")),
    ],
)
def test_targets(text: str, target: Target) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize(
    "text",
    ["", "3", "3.x", "v3.3.1", "3.3.1rc1", "3.3.1.1", "mwaa", "mwaa3.3.1", "aws-3.3.1", "2.11.2", "mwaa-2.10.3",
     "1.10.15", "mwaa-3.1.8", "mwaa-3.3", "3.4.0", "4.0.0", "33.1"],
)  # fmt: skip
def test_what_is_no_target(text: str) -> None:
    with pytest.raises(UsageError):
        parse_target(text)


@pytest.mark.parametrize("version", [version for version in MWAA_VERSIONS if version.startswith("3.")])
def test_every_mwaa_version_of_airflow_3_is_a_target(version: str) -> None:
    assert str(parse_target(f"mwaa-{version}")) == f"mwaa-{version}"


def test_a_source_may_be_any_version() -> None:
    assert parse_version("1.10.15").release == (1, 10, 15)
    assert parse_version("mwaa-2.8") == Target("2.8.0", "mwaa")


def test_the_spelling_of_a_target_is_read_back() -> None:
    for text in ("3.3.1", "mwaa-3.0.6"):
        assert str(parse_target(text)) == text


def test_defaults() -> None:
    assert str(default_target()) == f"mwaa-{MWAA_VERSIONS[-1]}"
    assert default_source().version == "2.10.3"
    assert sorted(MWAA_VERSIONS, key=lambda version: parse_version(version).release) == list(MWAA_VERSIONS)


def test_the_newest_minor_is_the_newest_that_was_indexed() -> None:
    assert max(parse_version(version).release[:2] for version in Index.load().versions) == NEWEST_MINOR
