"""Fixes: rewrites as rules describe them, and how they become edits of the source."""

from __future__ import annotations
