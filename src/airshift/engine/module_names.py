"""What a file is called when it is imported."""

from __future__ import annotations


def module_name(path: str) -> tuple[str, bool]:
    """Dotted name of a file relative to the estate's root, and whether it is a package's `__init__`."""
    *folders, last = path.split("/")
    stem = last.rpartition(".")[0] or last
    is_package = stem == "__init__"
    parts = folders if is_package else [*folders, stem]
    return ".".join(part for part in parts if part not in (".", "")), is_package
