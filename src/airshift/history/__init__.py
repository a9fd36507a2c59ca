"""What changed between reports: two compared, or many as a trend. Reports are read, never made, here."""

from __future__ import annotations
