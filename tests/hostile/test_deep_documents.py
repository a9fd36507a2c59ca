"""Documents nested without end are refused or read, by every reader that the fuzzer feeds."""

from __future__ import annotations

import pytest

from airshift_dev.fuzz.targets import TARGETS

DEEP = {
    "open brackets": b"[" * 1_500,
    "brackets": b"[" * 1_200 + b"]" * 1_200,
    "objects": b'{"a":' * 1_200 + b"1" + b"}" * 1_200,
    "waves": b'{"waves": ' + b"[" * 1_200 + b"]" * 1_200 + b"}",
    "dags": b'{"dags": ' + b"[" * 1_200 + b"]" * 1_200 + b"}",
    "an environment": b'{"Environment": ' + b'{"a":' * 1_200 + b"1" + b"}" * 1_201,
    "TOML": b"a = " + b"[" * 1_200 + b"]" * 1_200,
    "YAML": b"a: " + b"[" * 1_000 + b"]" * 1_000,
    "a template": b"{{ " + b"(" * 1_200 + b")" * 1_200 + b" }}",
}
READERS = (
    "jinja",
    "policy",
    "environment",
    "plan",
    "exact",
    "metadata",
    "journal",
    "inventory",
    "check",
    "fix",
)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("raw", DEEP.values(), ids=DEEP)
def test_what_is_nested_too_deeply_is_an_answer(reader: str, raw: bytes) -> None:
    TARGETS[reader].run(raw)


@pytest.mark.parametrize("kind", range(14))
def test_around_python_as_well(kind: int) -> None:
    for raw in DEEP.values():
        TARGETS["around"].run(bytes([kind]) + raw)
