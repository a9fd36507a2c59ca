"""The files for signatures, members and options: facts of many versions merged into masks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from airshift_dev.layout import file_of, text
from airshift_dev.versions import INDEXED

Facts = dict[str, Any]
LISTS = ("own", "required", "popped", "fixed", "fields", "ext")
SINGLE = ("next", "operator")


def bit(version: str) -> int:
    return 1 << INDEXED.index(version)


def grouped(masks: Mapping[str, int]) -> dict[str, str]:
    """Words that hold in the same versions, on one line."""
    groups: dict[int, list[str]] = defaultdict(list)
    for word, mask in sorted(masks.items()):
        groups[mask].append(word)
    return {f"{mask:02x}": " ".join(words) for mask, words in sorted(groups.items())}


def by_value(values: Mapping[str, int]) -> dict[str, str]:
    """Alternatives, each with the versions it holds in."""
    return {f"{mask:02x}": value for value, mask in sorted(values.items(), key=lambda item: item[1])}


class Signature:
    """One class or function over all versions."""

    def __init__(self) -> None:
        self.exists = self.open = 0
        self.lists: dict[str, dict[str, int]] = {key: defaultdict(int) for key in LISTS}
        self.single: dict[str, dict[str, int]] = {key: defaultdict(int) for key in (*SINGLE, "order")}

    def note(self, facts: Facts, version: int) -> None:
        self.exists |= version
        self.open |= version if facts.get("open") else 0
        for key in LISTS:
            for word in facts.get(key, ()):
                self.lists[key][word] |= version
        for key in SINGLE:
            if facts.get(key):
                self.single[key][facts[key]] |= version
        if "order" in facts:
            self.single["order"][" ".join(facts["order"])] |= version

    def document(self) -> Facts:
        parts: Facts = {"in": f"{self.exists:02x}"}
        if self.open:
            parts["open"] = f"{self.open:02x}"
        parts.update({key: grouped(masks) for key, masks in self.lists.items() if masks})
        parts.update({key: by_value(values) for key, values in self.single.items() if values})
        return parts


def write_signatures(walks: Mapping[str, Facts], folder: Path) -> list[Path]:
    """Write one JSON a distribution, and the names of the task decorators."""
    files: dict[str, dict[str, dict[str, Signature]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(Signature))
    )
    aliases: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    decorators: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for version, walk in walks.items():
        for name, path in walk["decorators"].items():
            decorators[name][path] |= bit(version)
        for dist, found in walk["signatures"].items():
            for section in ("classes", "functions"):
                for path, facts in found[section].items():
                    files[file_of(dist)][section][path].note(_plain(path, facts), bit(version))
        for dist, short, path in _aliases(walk):
            aliases[file_of(dist)][short][path] |= bit(version)
    written = []
    for name in sorted({*files, *aliases}):
        sections = {section: _documents(files[name][section]) for section in ("classes", "functions")}
        sections["aliases"] = {short: by_value(paths) for short, paths in sorted(aliases[name].items())}
        if name == "core":
            sections["decorators"] = {short: by_value(paths) for short, paths in sorted(decorators.items())}
        if any(sections.values()):
            written.append(_write(folder / f"{name.rpartition('/')[2]}.json", sections))
    return written


def _plain(path: str, facts: Facts) -> Facts:
    """The SDK's `dag` takes any keyword by its signature, and hands all of them to the DAG beside it."""
    if "__DAG_class" not in facts.get("own", ()):
        return facts
    return {"own": ["dag_id"], "open": False, "next": f"{path.rpartition('.')[0]}.DAG"}


def _aliases(walk: Facts) -> Iterable[tuple[str, str, str]]:
    for short, path in walk["aliases"].items():
        yield "apache-airflow", short, path
    for dist, found in walk["signatures"].items():
        for short, path in found["aliases"].items():
            yield dist, short, path


def _documents(signatures: Mapping[str, Signature]) -> Facts:
    return {path: signature.document() for path, signature in sorted(signatures.items())}


def _write(file: Path, sections: dict[str, Facts]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text(sections))
    return file


def write_members(walks: Mapping[str, Facts], file: Path) -> Path:
    """Members of the runtime objects; `in` says in which versions the object exists at all."""
    exists: dict[str, int] = defaultdict(int)
    names: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    methods: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for version, walk in walks.items():
        for kind, found in walk["members"].items():
            exists[kind] |= bit(version) if found else 0
            for name, parameters in found.items():
                names[kind][name] |= bit(version)
                for parameter in parameters or ():
                    methods[kind][name][parameter] |= bit(version)
    kinds = {kind: [f"{exists[kind]:02x}", grouped(found)] for kind, found in sorted(names.items())}
    calls = {
        f"{kind}.{name}": grouped(found)
        for kind, group in sorted(methods.items())
        for name, found in sorted(group.items())
    }
    return _write(file, {"kinds": kinds, "parameters": calls})


def write_config(walks: Mapping[str, Facts], file: Path) -> Path:
    """Every option with its default by version, and the old names that lead to it."""
    exists: dict[str, int] = defaultdict(int)
    defaults: dict[str, dict[str | None, int]] = defaultdict(lambda: defaultdict(int))
    providers: set[str] = set()
    renamed: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for version, walk in walks.items():
        for name, option in walk["config"]["options"].items():
            exists[name] |= bit(version)
            defaults[name][option["default"]] |= bit(version)
            providers.update([name] if option["provider"] else [])
        for name, (old, since) in walk["config"]["renamed"].items():
            renamed[name][f"{old} {since}".strip()] |= bit(version)
    options = {
        name: [
            f"{exists[name]:02x}",
            {f"{mask:02x}": value for value, mask in sorted(found.items(), key=_by_mask)},
        ]
        for name, found in sorted(defaults.items())
    }
    old_names = {name: by_value(found) for name, found in sorted(renamed.items())}
    provided = {"options": " ".join(sorted(providers))}
    return _write(file, {"options": options, "renamed_from": old_names, "from_providers": provided})


def _by_mask(item: tuple[str | None, int]) -> int:
    return item[1]
