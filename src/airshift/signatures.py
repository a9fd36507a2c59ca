"""What constructors accept, version by version: the reader of `rules/index/signatures/`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from airshift.masks import bit, value, words
from airshift.records import dataclass

_HOPS = 12


@dataclass(frozen=True, slots=True)
class Signature:
    """The keywords of one class or decorator on one version, inherited ones included."""

    home: str
    """Where the class is defined on that version."""
    accepted: frozenset[str]
    required: frozenset[str]
    takes_any: bool
    """Whether keywords beyond `accepted` might be accepted too."""
    positional: tuple[str, ...]
    """Parameters that may be given by position, in order; only kept for DAGs, groups, assets, params and DagBag."""
    template_fields: frozenset[str]
    template_ext: frozenset[str]


@dataclass(frozen=True, slots=True)
class Signatures:
    """All signatures; a distribution's file is read when a class of it is first asked for."""

    folder: Path
    file_of: Callable[[str], str | None]
    redirect: Callable[[str, str | None], str | None]

    def find(self, qualified: str, version: str) -> Signature | None:
        """The signature of a class or decorator by the dotted path code imports it from; None when unknown."""
        home = self.home(qualified, version)
        if home is None:
            return None
        facts = self._entry(home)
        wanted = bit(version)
        accepted, required, takes_any = self._chain(home, wanted)
        return Signature(
            home,
            accepted,
            required,
            takes_any,
            tuple((value(facts.get("order", {}), wanted) or "").split()),
            frozenset(words(facts.get("fields", {}), wanted)),
            frozenset(words(facts.get("ext", {}), wanted)),
        )

    def home(self, qualified: str, version: str) -> str | None:
        """Where the class behind a dotted path is defined on `version`, through re-exports and moved names."""
        for _ in range(_HOPS):
            if self._exists(qualified, bit(version)):
                return qualified
            following = self._alias(qualified, bit(version))
            following = following or self.redirect(qualified, version) or self.redirect(qualified, None)
            if following is None or following == qualified:
                return None
            qualified = following
        return None

    def decorators(self, version: str) -> dict[str, str]:
        """`@task.<name>` by name, with the operator class behind it where the source names one."""
        found = {}
        for name, paths in self._file("core").get("decorators", {}).items():
            path = value(paths, bit(version))
            if path is not None:
                found[name] = value(self._entry(path).get("operator", {}), bit(version)) or path
        return found

    def _chain(self, home: str, wanted: int) -> tuple[frozenset[str], frozenset[str], bool]:
        """Keywords accepted and required along the classes that hand their `**kwargs` on."""
        facts = self._entry(home)
        accepted = {*words(facts.get("own", {}), wanted), *words(facts.get("popped", {}), wanted)}
        required = set(words(facts.get("required", {}), wanted))
        takes_any = bool(int(facts.get("open", "0"), 16) & wanted)
        following = value(facts.get("next", {}), wanted)
        if following is None:
            # A class without a constructor of its own has its parent's, which was not recorded.
            return frozenset(accepted), frozenset(required), takes_any or not accepted
        if not self._exists(following, wanted):
            return frozenset(accepted), frozenset(required), True
        above, needed, takes_any = self._chain(following, wanted)
        fixed = set(words(facts.get("fixed", {}), wanted))
        return (
            frozenset(accepted | (above - fixed)),
            frozenset(required | (needed - fixed - accepted)),
            takes_any,
        )

    def _exists(self, qualified: str, wanted: int) -> bool:
        return bool(int(self._entry(qualified).get("in", "0"), 16) & wanted)

    def _entry(self, qualified: str) -> Mapping[str, Any]:
        file = self._of(qualified)
        found: Mapping[str, Any] = file.get("classes", {}).get(qualified) or file.get("functions", {}).get(
            qualified, {}
        )
        return found

    def _alias(self, qualified: str, wanted: int) -> str | None:
        return value(self._of(qualified).get("aliases", {}).get(qualified, {}), wanted)

    def _of(self, qualified: str) -> Mapping[str, Any]:
        part = self.file_of(qualified.rpartition(".")[0])
        return self._file(part.rpartition("/")[2]) if part else {}

    def _file(self, name: str) -> Mapping[str, Any]:
        return _read(self.folder, name)


@cache
def _read(folder: Path, name: str) -> Mapping[str, Any]:
    file = folder / f"{name}.json"
    if not file.is_file():
        return {}
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document
