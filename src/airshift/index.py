"""What can be imported from Airflow and its providers, version by version: the reader of `rules/index/`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from airshift import runtime_facts
from airshift._data import data_folder
from airshift.masks import INDEXED, bit, nearest
from airshift.records import dataclass
from airshift.signatures import Signature, Signatures

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
            self._names[module] = {
                name: Masks.parse(masks) for masks, line in groups.items() for name in line.split()
            }
        return self._names[module]

    def redirect(self, module: str, name: str, bits: int) -> str | None:
        """The newest redirect among `bits`."""
        best, found = 0, None
        for mask, line in self.redirects.get(module, {}).items():
            held = int(mask, 16) & bits
            target = next(
                (item.partition(">")[2] for item in line.split() if item.partition(">")[0] == name), None
            )
            if target and held > best:
                best, found = held, target
        return found


_BASE_OPERATOR = "airflow.sdk.BaseOperator"


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The name index. `Index.load()` is cheap: a distribution is read when a module of it is first asked for.

    A version that was not indexed is answered by a neighbour: see `airshift.masks.nearest`.
    """

    folder: Path
    _statuses: dict[tuple[str, str | None, str], NameStatus] = field(default_factory=dict)
    _signed: dict[tuple[str, str], Signature | None] = field(default_factory=dict)
    _lost: dict[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)
    _own: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    _decorators: dict[str, dict[str, str]] = field(default_factory=dict)
    _parts: dict[str, str | None] = field(default_factory=dict)
    _read: dict[str, Distribution | None] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Index:
        """The index that comes with airshift."""
        return _loaded(data_folder("rules") / "index")

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that were really installed and walked."""
        return INDEXED

    def status(self, module: str, name: str | None, version: str) -> NameStatus:
        """What `import module` (no name) or `from module import name` does on `version`.

        Whether a module imports that needs a library which the walked install lacks is unknown; its names are told
        from its source. A version in which the distribution was not walked is answered where its neighbours agree.
        """
        asked = (module, name, version)
        if asked not in self._statuses:
            self._statuses[asked] = self._status(module, name, version)
        return self._statuses[asked]

    def _status(self, module: str, name: str | None, version: str) -> NameStatus:
        whole = self._data(module)
        if whole is not None and nearest(version) not in whole.versions:
            return self._between(whole, module, name, version)
        data = self._covering(module, version)
        if data is None or _NOT_WALKED.search(f"{module}.{name}" if name else module):
            return NameStatus.UNKNOWN
        itself = data.module(module).status(bit(version))
        if name is None or itself is NameStatus.MISSING:
            return itself
        return _together(itself, self._member(data, module, name, version))

    def _between(self, data: Distribution, module: str, name: str | None, version: str) -> NameStatus:
        """What the walked versions on both sides of `version` agree on."""
        position = INDEXED.index(nearest(version))
        lower = [known for known in INDEXED[:position] if known in data.versions]
        upper = [known for known in INDEXED[position + 1 :] if known in data.versions]
        if not lower:
            return NameStatus.UNKNOWN
        below = self.status(module, name, lower[-1])
        if not upper:
            same_minor = lower[-1].rpartition(".")[0] == nearest(version).rpartition(".")[0]
            return below if same_minor else NameStatus.UNKNOWN
        return below if below is self.status(module, name, upper[0]) else NameStatus.UNKNOWN

    def _member(self, data: Distribution, module: str, name: str, version: str) -> NameStatus:
        found = data.names(module).get(name, Masks()).status(bit(version))
        if found is not NameStatus.MISSING:
            return found
        submodule = f"{module}.{name}"
        inside = self._covering(submodule, version)
        if inside is not None and submodule in inside.modules:
            return inside.module(submodule).status(bit(version))
        if name.startswith("_") and name not in data.names(module):
            return NameStatus.UNKNOWN
        return found

    def redirect(self, qualified: str, version: str | None = None) -> str | None:
        """Where Airflow's own maps of moved names send `qualified`: in `version`, or in the newest that knows."""
        module, _, name = qualified.rpartition(".")
        data = self._data(module)
        if data is None:
            return None
        return data.redirect(module, name, bit(version) if version else (1 << len(INDEXED)) - 1)

    def names(self, module: str, version: str) -> frozenset[str]:
        """The public names that `from module import *` could at most give on `version`, submodules apart."""
        data = self._covering(module, version)
        if data is None:
            return frozenset()
        works = (NameStatus.IMPORTABLE, NameStatus.DEPRECATED)
        return frozenset(
            name for name, masks in data.names(module).items() if masks.status(bit(version)) in works
        )

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
        data = _read(
            self.folder,
            "core" if core else f"providers/{distribution.removeprefix('apache-airflow-providers-')}",
        )
        return data.versions.get(nearest(version)) if data else None

    def signature(self, qualified: str, version: str) -> Signature | None:
        """What a class or decorator accepts on `version`, whatever path it is imported from; None when unknown."""
        asked = (qualified, version)
        if asked not in self._signed:
            self._signed[asked] = self._signatures().find(qualified, version)
        return self._signed[asked]

    def keywords(self, qualified: str, version: str) -> frozenset[str] | None:
        """Every keyword a class accepts; None when it is unknown or might accept any other as well."""
        found = self.signature(qualified, version)
        return None if found is None or found.takes_any else found.accepted

    def lost_keywords(self, qualified: str, source: str, target: str) -> frozenset[str]:
        """Keywords that a class accepts on `source` and rejects on `target`; none when one side is not known."""
        asked = (qualified, source, target)
        if asked not in self._lost:
            before, after = self.keywords(qualified, source), self.keywords(qualified, target)
            self._lost[asked] = frozenset() if before is None or after is None else before - after
        return self._lost[asked]

    def own_parameters(self, qualified: str, version: str) -> frozenset[str]:
        """Parameters that only this operator has and that are no template fields; none when they are not known."""
        asked = (qualified, version)
        if asked not in self._own:
            own, every = self.signature(qualified, version), self.signature(_BASE_OPERATOR, version)
            if own is None or every is None:
                self._own[asked] = frozenset()
            else:
                self._own[asked] = own.accepted - own.template_fields - every.accepted
        return self._own[asked]

    def decorators(self, version: str) -> dict[str, str]:
        """The task decorators (`docker` for `@task.docker`) with the operator class behind each."""
        if version not in self._decorators:
            self._decorators[version] = self._signatures().decorators(version)
        return self._decorators[version]

    def members(self, kind: str, version: str) -> frozenset[str] | None:
        """Public members of a runtime object such as `ti`, or keys of the `context`; None when it is not known."""
        return runtime_facts.members(self.folder, kind, version)

    def parameters(self, kind: str, member: str, version: str) -> frozenset[str]:
        """Parameters of a method of a runtime object."""
        return runtime_facts.parameters(self.folder, kind, member, version)

    def option(self, section: str, key: str, version: str) -> runtime_facts.Option | None:
        """An option of Airflow's configuration, None when `version` has none of that name."""
        return runtime_facts.option(self.folder, section, key, version)

    def renamed_option(self, section: str, key: str, version: str) -> tuple[str, str] | None:
        """The section and key that Airflow reads in place of an old name."""
        return runtime_facts.renamed_option(self.folder, section, key, version)

    def _signatures(self) -> Signatures:
        return Signatures(self.folder / "signatures", self._file, self.redirect)

    def _covering(self, module: str, version: str) -> Distribution | None:
        data = self._data(module)
        return data if data is not None and nearest(version) in data.versions else None

    def _data(self, module: str) -> Distribution | None:
        part = self._file(module)
        if part is None:
            return None
        if part not in self._read:
            self._read[part] = _read(self.folder, part)
        return self._read[part]

    def _file(self, module: str) -> str | None:
        """The data file for a module: `core`, `providers/amazon`, ... or None when nothing covers it."""
        if module not in self._parts:
            self._parts[module] = self._part(module)
        return self._parts[module]

    def _part(self, module: str) -> str | None:
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


def _together(module: NameStatus, name: NameStatus) -> NameStatus:
    """An import that passes through a deprecated module warns, even for a name that is fine by itself."""
    deprecated = name is NameStatus.IMPORTABLE and module is NameStatus.DEPRECATED
    return NameStatus.DEPRECATED if deprecated else name


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
