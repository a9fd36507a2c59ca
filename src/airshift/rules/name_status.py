"""What an import does on a version, also below packages that are gone as a whole."""

from __future__ import annotations

from airshift.index import Index, NameStatus


def status_of(index: Index, module: str, name: str | None, version: str) -> NameStatus:
    """The index's answer; MISSING where it has none but a package around the module does not exist."""
    status = index.status(module, name, version)
    if status is not NameStatus.UNKNOWN:
        return status
    package = module.rpartition(".")[0]
    while package.count(".") >= 1:
        if index.status(package, None, version) is NameStatus.MISSING:
            return NameStatus.MISSING
        package = package.rpartition(".")[0]
    return status
