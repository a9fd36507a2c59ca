"""Rules: one module a concern, each with CODES, TRIGGERS and `check` (see airshift.rules.base)."""

from __future__ import annotations
