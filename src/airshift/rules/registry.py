"""The rules that run on every Python file, in reporting order."""

from __future__ import annotations

from airshift.rules import default_args, keywords, positional, trigger_rules
from airshift.rules.base import Rule

RULES: tuple[Rule, ...] = (keywords, default_args, positional, trigger_rules)
