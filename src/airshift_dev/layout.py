"""The files of the name index: many walks merged into masks, one JSON a distribution."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from airshift_dev.versions import INDEXED

CORE = "apache-airflow"
PROVIDER = "apache-airflow-providers-"
FAILED, OK, DEPRECATED, ABSENT = range(4)
Walk = dict[str, Any]

_PATH = re.compile(r"\s*\(?/[^ ]*\)?")
"""Where a module was installed is no business of the index."""


class Masks:
    """Version masks of one name: works, works with a warning, cannot be told."""

    def __init__(self) -> None:
        self.works = self.warns = self.unknown = 0

    def note(self, bit: int, state: int) -> None:
        if state in {OK, DEPRECATED}:
            self.works |= bit
        if state == DEPRECATED:
            self.warns |= bit
        if state == ABSENT:
            self.unknown |= bit

    def __str__(self) -> str:
        parts = [f"{self.works:02x}", f"{self.warns:02x}", f"{self.unknown:02x}"]
        while len(parts) > 1 and parts[-1] == "00":
            parts.pop()
        return ":".join(parts)


class Names:
    """Everything known about one distribution's modules."""

    def __init__(self) -> None:
        self.modules: dict[str, Masks] = defaultdict(Masks)
        self.names: dict[str, dict[str, Masks]] = defaultdict(lambda: defaultdict(Masks))
        self.redirects: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
        self.reasons: dict[str, dict[str, int]] = defaultdict(dict)
        self.versions: dict[str, str] = {}

    def note(self, module: str, entry: dict[str, Any], bit: int) -> None:
        error = entry.get("error")
        self.modules[module].note(bit, module_state(entry))
        if error:
            error = _PATH.sub("", error)
            self.reasons[module][error] = self.reasons[module].get(error, 0) | bit
        for name, state in entry.get("names", {}).items():
            self.names[module][name].note(bit, state)
        for name, target in entry.get("lazy", {}).items():
            targets = self.redirects[module][name]
            targets[target] = targets.get(target, 0) | bit

    def document(self) -> dict[str, Any]:
        return {
            "versions": self.versions,
            "modules": {
                module: [str(masks), grouped(self.names[module])]
                for module, masks in sorted(self.modules.items())
            },
            "redirects": {module: moved(names) for module, names in sorted(self.redirects.items()) if names},
            "reasons": {
                module: {f"{mask:02x}": reason for reason, mask in reasons.items()}
                for module, reasons in sorted(self.reasons.items())
            },
        }


def module_state(entry: dict[str, Any]) -> int:
    """What importing the module itself does; a module read without importing is believed to import."""
    if str(entry.get("error", "")).startswith("absent:"):
        return ABSENT
    if "error" in entry:
        return FAILED
    return DEPRECATED if entry.get("warns") else OK


def grouped(names: dict[str, Masks]) -> dict[str, str]:
    """Names that share their masks, on one line."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, masks in sorted(names.items()):
        groups[str(masks)].append(name)
    return {masks: " ".join(members) for masks, members in sorted(groups.items()) if masks != "00"}


def moved(names: dict[str, dict[str, int]]) -> dict[str, str]:
    """Redirects that hold in the same versions, on one line."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, targets in sorted(names.items()):
        for target, mask in sorted(targets.items()):
            groups[f"{mask:02x}"].append(f"{name}>{target}")
    return {mask: " ".join(members) for mask, members in sorted(groups.items())}


def merged(walks: dict[str, Walk]) -> dict[str, Names]:
    """The walks of all versions by the file they go to: `core`, `providers/amazon`, ...

    A module without a file is born while any distribution is walked: its name tells whose it is.
    """
    files: dict[str, Names] = defaultdict(Names)
    for version, walk in walks.items():
        bit = 1 << INDEXED.index(version)
        for dist, release in walk["distributions"].items():
            if dist in {entry["dist"] for entry in walk["modules"].values()} or dist.startswith(PROVIDER):
                files[file_of(dist)].versions.setdefault(version, release)
        files["core"].modules["airflow.providers"].note(bit, OK)
        for module, entry in walk["modules"].items():
            part = file_of(owner(module, walk)) if entry.get("virtual") else file_of(entry["dist"])
            files[part].note(module, entry, bit)
            for parent in parents(module):
                _note_parent(files[part], walk, parent, bit)
    return files


def _note_parent(names: Names, walk: Walk, parent: str, bit: int) -> None:
    """A folder without a file of its own imports as a namespace package."""
    shared = parent.count(".") < 2 or (parent.startswith("airflow.providers.") and parent.count(".") < 3)
    if parent not in walk["modules"] and not shared:
        names.modules[parent].note(bit, OK)


def parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:size]) for size in range(1, len(parts))]


def owner(module: str, walk: Walk) -> str:
    """The installed distribution whose part of the name space a module is in."""
    parts = module.removeprefix("airflow.providers.").replace("_", "-").split(".")
    if module.startswith("airflow.providers."):
        for size in range(len(parts), 0, -1):
            dist = PROVIDER + "-".join(parts[:size])
            if dist in walk["distributions"]:
                return dist
    return CORE


def file_of(dist: str) -> str:
    return f"providers/{dist.removeprefix(PROVIDER)}" if dist.startswith(PROVIDER) else "core"


def write_names(walks: dict[str, Walk], sources: dict[str, dict[str, str]], folder: Path) -> list[Path]:
    """Write one JSON a distribution and the provenance; return the files."""
    written = []
    for name, names in sorted(merged(walks).items()):
        if not names.modules:
            continue
        if name == "core":
            names.versions = {version: version for version in walks}
        file = folder / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(names.document()))
        written.append(file)
    written.append(write_provenance(walks, sources, folder / "provenance.toml"))
    return written


def text(document: dict[str, dict[str, Any]]) -> str:
    """JSON with one line an entry, so that a difference between two walks can be read."""
    sections = []
    for section, entries in document.items():
        lines = [
            f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in entries.items()
        ]
        body = ",\n".join(lines)
        sections.append(f"{json.dumps(section)}: {{\n{body}\n}}" if lines else f"{json.dumps(section)}: {{}}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def write_provenance(walks: dict[str, Walk], sources: dict[str, dict[str, str]], file: Path) -> Path:
    """Record where every version's data comes from."""
    blocks = ["# Written by `python -m airshift_dev.index`: which installs the index was read from.\n"]
    for version, walk in walks.items():
        lines = {"python": walk["python"], "walked": date.today().isoformat(), **sources[version]}
        body = "".join(f'{key} = "{value}"\n' for key, value in lines.items())
        blocks.append(f'["{version}"]\n{body}modules = {len(walk["modules"])}\n')
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(blocks))
    return file
