"""The rules that run on every Python file, in reporting order."""

from __future__ import annotations

from airshift.rules.base import Rule

RULES: tuple[Rule, ...] = ()
