"""Clients of remote services; each translates foreign exceptions into ServiceError."""

from __future__ import annotations
