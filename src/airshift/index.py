"""What can be imported from Airflow and its providers, version by version: the reader of `rules/index/`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from airshift._data import data_folder

INDEXED = ("2.10.3", "2.11.2", "3.0.6", "3.1.8", "3.2.1", "3.3.1", "3.3.2")
"""Bit n of a mask in the data stands for the n-th version."""

_NOT_WALKED = re.compile(r"\.(tests?|migrations|example_dags|node_modules)(\.|$)|_vendor\.|__main__$|\.\d|-")


class NameStatus(StrEnum):
    """What an import does on a version; `UNKNOWN` means that the index cannot tell."""

    IMPORTABLE = "importable"
    DEPRECATED = "deprecated"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Masks:
    """The versions in which an import works, works with a warning, or could not be tried."""

    works: int = 0
    warns: int = 0
    unknown: int = 0

    @classmethod
    def parse(cls, text: str) -> Masks:
        return cls(*(int(part, 16) for part in text.split(":")))

    def status(self, bit: int) -> NameStatus:
        if self.warns & bit:
            return NameStatus.DEPRECATED
        if self.works & bit:
            return NameStatus.IMPORTABLE
        return NameStatus.UNKNOWN if self.unknown & bit else NameStatus.MISSING


@dataclass(slots=True)
class Distribution:
    """The names of one distribution; a module's lines are only taken apart when it is asked for."""

    versions: Mapping[str, str]
    modules: Mapping[str, tuple[str, Mapping[str, str]]]
    redirects: Mapping[str, Mapping[str, str]]
    _names: dict[str, dict[str, Masks]] = field(default_factory=dict)

    def module(self, module: str) -> Masks:
        line = self.modules.get(module)
        return Masks.parse(line[0]) if line else Masks()

    def names(self, module: str) -> Mapping[str, Masks]:
        if module not in self._names:
            groups = self.modules.get(module, ("00", {}))[1]
            self._names[module] = {name: Masks.parse(masks) for masks, line in groups.items() for name in line.split()}
        return self._names[module]

    def redirect(self, module: str, name: str, bits: int) -> str | None:
        """The newest redirect among `bits`."""
        best, found = 0, None
        for mask, line in self.redirects.get(module, {}).items():
            held = int(mask, 16) & bits
            target = next((item.partition(">")[2] for item in line.split() if item.partition(">")[0] == name), None)
            if target and held > best:
                best, found = held, target
        return found


@dataclass(frozen=True, slots=True)
class Index:
    """The name index. `Index.load()` is cheap: a distribution is read when a module of it is first asked for.

    A version that was not indexed is answered by the highest indexed version of the same minor that is not above it,
    else by the nearest one of the same minor, else by the nearest lower one: 3.0.3 by 3.0.6, 3.2.2 by 3.2.1, 3.4.0 by
    the newest. Versions below the first are answered by the first.
    """

    folder: Path

    @classmethod
    def load(cls) -> Index:
        """The index that comes with airshift."""
        return _loaded(data_folder("rules") / "index")

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that were really installed and walked."""
        return INDEXED

    def status(self, module: str, name: str | None, version: str) -> NameStatus:
        """What `import module` (no name) or `from module import name` does on `version`."""
        bit = _bit(version)
        data = self._covering(module, version)
        if data is None or _NOT_WALKED.search(f"{module}.{name}" if name else module):
            return NameStatus.UNKNOWN
        itself = data.module(module).status(bit)
        if name is None or itself is NameStatus.MISSING:
            return itself
        return _together(itself, self._member(data, module, name, version))

    def _member(self, data: Distribution, module: str, name: str, version: str) -> NameStatus:
        found = data.names(module).get(name, Masks()).status(_bit(version))
        if found is not NameStatus.MISSING:
            return found
        submodule = f"{module}.{name}"
        inside = self._covering(submodule, version)
        if inside is not None and submodule in inside.modules:
            return inside.module(submodule).status(_bit(version))
        if name.startswith("_") and name not in data.names(module):
            return NameStatus.UNKNOWN
        return found

    def redirect(self, qualified: str, version: str | None = None) -> str | None:
        """Where Airflow's own maps of moved names send `qualified`: in `version`, or in the newest that knows."""
        module, _, name = qualified.rpartition(".")
        data = self._data(module)
        if data is None:
            return None
        return data.redirect(module, name, _bit(version) if version else (1 << len(INDEXED)) - 1)

    def names(self, module: str, version: str) -> frozenset[str]:
        """The public names that `from module import *` could at most give on `version`, submodules apart."""
        data = self._covering(module, version)
        if data is None:
            return frozenset()
        works = (NameStatus.IMPORTABLE, NameStatus.DEPRECATED)
        return frozenset(name for name, masks in data.names(module).items() if masks.status(_bit(version)) in works)

    def covers(self, module: str, version: str) -> bool:
        """Whether the distribution that carries `module` was walked on `version`."""
        return self._covering(module, version) is not None

    def distribution(self, module: str) -> str | None:
        """The distribution a module belongs to: `apache-airflow` for core and the SDK, or a provider's."""
        part = self._file(module)
        if part is None:
            return None
        return "apache-airflow" if part == "core" else f"apache-airflow-providers-{part.partition('/')[2]}"

    def distribution_version(self, distribution: str, version: str) -> str | None:
        """The release of a distribution that goes with an Airflow version, None when it was not installed there."""
        core = distribution in {"apache-airflow", "apache-airflow-core"}
        data = _read(self.folder, "core" if core else f"providers/{distribution.removeprefix('apache-airflow-providers-')}")
        return data.versions.get(nearest(version)) if data else None

    def _covering(self, module: str, version: str) -> Distribution | None:
        data = self._data(module)
        return data if data is not None and nearest(version) in data.versions else None

    def _data(self, module: str) -> Distribution | None:
        part = self._file(module)
        return _read(self.folder, part) if part else None

    def _file(self, module: str) -> str | None:
        """The data file for a module: `core`, `providers/amazon`, ... or None when nothing covers it."""
        parts = module.split(".")
        if parts[0] != "airflow":
            return None
        if parts[:2] != ["airflow", "providers"] or len(parts) == 2:
            return "core"
        for size in range(len(parts), 2, -1):
            name = "-".join(parts[2:size]).replace("_", "-")
            if name in _providers(self.folder):
                return f"providers/{name}"
        return None


def nearest(version: str) -> str:
    """The indexed version that answers for `version`; see `Index`."""
    wanted = _key(version)
    same_minor = [known for known in INDEXED if _key(known)[:2] == wanted[:2]]
    lower = [known for known in same_minor or INDEXED if _key(known) <= wanted]
    return lower[-1] if lower else (same_minor or INDEXED)[0]


def _key(version: str) -> tuple[int, ...]:
    numbers = [int(number) for number in re.findall(r"\d+", version)[:3]]
    return tuple([*numbers, 0, 0, 0][:3])


@cache
def _bit(version: str) -> int:
    return 1 << INDEXED.index(nearest(version))


def _together(module: NameStatus, name: NameStatus) -> NameStatus:
    """An import that passes through a deprecated module warns, even for a name that is fine by itself."""
    if name is NameStatus.IMPORTABLE and module is NameStatus.DEPRECATED:
        return NameStatus.DEPRECATED
    return NameStatus.UNKNOWN if module is NameStatus.UNKNOWN else name


@cache
def _loaded(folder: Path) -> Index:
    return Index(folder)


@cache
def _providers(folder: Path) -> frozenset[str]:
    return frozenset(file.stem for file in (folder / "providers").glob("*.json"))


@cache
def _read(folder: Path, part: str) -> Distribution | None:
    file = folder / f"{part}.json"
    if not file.is_file():
        return None
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return Distribution(document["versions"], document["modules"], document["redirects"])
