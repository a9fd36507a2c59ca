"""Sizes of pools, from what `airflow pools export` or the REST API prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from airshift.errors import UsageError


def read_pools(text: str, where: str) -> dict[str, int]:
    """Slots by pool; raise UsageError for anything else. A pool of -1 slots has no limit."""
    try:
        found = dict(_pools(json.loads(text)))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UsageError(f"{where}: not the pools of Airflow as JSON: {error!r}") from error
    return {name: slots for name, slots in found.items() if slots >= 0}


def _pools(content: Any) -> Iterator[tuple[str, int]]:
    """Pools by name, or a list of them."""
    listed = content.get("pools", content) if isinstance(content, dict) else content
    if isinstance(listed, dict):
        yield from ((str(name), int(pool["slots"])) for name, pool in listed.items())
    else:
        yield from ((str(pool.get("name") or pool["pool"]), int(pool["slots"])) for pool in listed)
