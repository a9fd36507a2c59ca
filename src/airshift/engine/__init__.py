"""The engine: bytes to source, source to names, names to facts that rules judge."""

from __future__ import annotations
