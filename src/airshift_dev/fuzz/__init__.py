"""Feeds airshift with what nobody would write: `python -m airshift_dev.fuzz --help`."""

from __future__ import annotations
