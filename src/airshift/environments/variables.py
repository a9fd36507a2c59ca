"""Name the values that are filled in later, each name once whatever the spelling of a template makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from airshift.environments.model import Later, Source


def named(values: Iterable[Later]) -> tuple[Later, ...]:
    """The values with variable names that also differ when a template drops case and underscores."""
    taken: set[str] = set()
    found = []
    for later in values:
        base = name = _name(later)
        count = 1
        while name.replace("_", "") in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name.replace("_", ""))
        found.append(replace(later, variable=name))
    return tuple(found)


def snake(name: str) -> str:
    """DagS3Path becomes dag_s3_path, as Terraform and the CDK for Python spell it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _name(later: Later) -> str:
    if later.source is Source.VERSION:
        return snake(later.field)
    kind = "tag" if later.field == "Tags" else "option"
    return f"{kind}_{re.sub('[^a-z0-9]+', '_', later.key.lower())}".strip("_")
