"""The Airflow versions that are installed for real, and how each one is pinned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pin:
    """How the dependencies of one Airflow version are fixed."""

    python: str
    constraints: str
    """The version whose official constraints file names the providers (and, without `cutoff`, pins everything)."""
    cutoff: str | None = None
    """For a version without a bundled constraints file: ignore everything published after this day."""


INDEXED = ("2.10.3", "2.11.2", "3.0.6", "3.1.8", "3.2.1", "3.3.1", "3.3.2")
"""The order is the order of the bits in every mask of the index: append, never insert."""

PINS = {
    "2.10.3": Pin("3.11", "2.10.3"),
    "2.11.2": Pin("3.12", "2.11.2"),
    "3.0.6": Pin("3.12", "3.0.6"),
    "3.1.8": Pin("3.12", "3.0.6", cutoff="2026-03-15"),
    "3.2.1": Pin("3.12", "3.2.1"),
    "3.3.1": Pin("3.12", "3.3.1"),
    "3.3.2": Pin("3.12", "3.3.1", cutoff="2026-10-01"),
}

NOT_WIDE = {
    "apache-flink": "needs pyflink: a 200 MB jar and a C compiler",
    "apache-beam": "its crcmod has no wheel and needs a C compiler; most constraints files do not pin it at all",
}
"""Providers left out of the wide installs, with the reason."""

NO_BINARY = ("gssapi", "krb5", "mysqlclient")
"""Requirements that only build with a C library: left out, the modules that need them are read without importing."""
