"""The command line: thin functions that read, call the library and print."""

from __future__ import annotations
