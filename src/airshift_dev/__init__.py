"""Scripts that make and check the data which airshift ships; not part of the wheel."""

from __future__ import annotations
