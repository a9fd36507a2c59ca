"""Masks over the indexed Airflow versions: how the data in `rules/index/` says in which versions a fact holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

INDEXED = ("2.10.3", "2.11.2", "3.0.6", "3.1.8", "3.2.1", "3.3.1", "3.3.2")
"""Bit n of a mask in the data stands for the n-th version."""


@cache
def nearest(version: str) -> str:
    """The indexed version that answers for `version`.

    The highest indexed version of the same minor that is not above it, else the lowest of the same minor, else the
    nearest lower one: 3.0.3 is answered by 3.0.6, 3.2.2 by 3.2.1, 3.4.0 by the newest, 2.9.2 by the first.
    """
    wanted = _key(version)
    same_minor = [known for known in INDEXED if _key(known)[:2] == wanted[:2]]
    lower = [known for known in same_minor or INDEXED if _key(known) <= wanted]
    return lower[-1] if lower else (same_minor or INDEXED)[0]


def _key(version: str) -> tuple[int, ...]:
    numbers = [int(number) for number in re.findall(r"\d+", version)[:3]]
    return tuple([*numbers, 0, 0, 0][:3])


@cache
def bit(version: str) -> int:
    """The bit of the indexed version that answers for `version`."""
    return 1 << INDEXED.index(nearest(version))


def words(lines: Mapping[str, str], wanted: int) -> list[str]:
    """The words of all lines whose mask holds `wanted`."""
    return [word for mask, line in lines.items() if int(mask, 16) & wanted for word in line.split()]


def value(lines: Mapping[str, str], wanted: int) -> str | None:
    """The alternative whose mask holds `wanted`."""
    return next((line for mask, line in lines.items() if int(mask, 16) & wanted), None)
