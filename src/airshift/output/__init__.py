"""How `airshift check` prints: pure functions from findings to text."""

from __future__ import annotations
