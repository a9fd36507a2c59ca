"""Requirements that install on the target: read, resolve against the official constraints, write."""

from __future__ import annotations
