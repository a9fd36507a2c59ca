"""Stand-ins for third-party modules that are not installed; Airflow itself is never replaced."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .stand_ins import StandIn


class StubFinder(MetaPathFinder, Loader):
    """Asked last: makes a module of stand-ins for what the estate imports and nobody has, and remembers its name.

    Libraries that try an optional import still see that it is missing.
    """

    def __init__(self, root: str, own: Sequence[str]) -> None:
        self.stubbed: set[str] = set()
        self._root = f"{root}/"
        self._never = {"airflow", *own, *getattr(sys, "stdlib_module_names", ())}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        top = fullname.partition(".")[0]
        if top in self._never or (top != fullname and top not in self.stubbed):
            return None
        if top not in self.stubbed and not self._from_estate():
            return None
        self.stubbed.add(top)
        return ModuleSpec(fullname, self, is_package=True)

    def _from_estate(self) -> bool:
        """Whether the import statement that leads here stands in a file of the estate."""
        frame = sys._getframe(2)
        while frame.f_back is not None and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        return frame.f_code.co_filename.startswith(self._root)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Stub(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


class _Stub(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = type(name, (_StubClass,), {}) if name[:1].isupper() else StandIn(f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


class _StubClass(StandIn):
    """What a class of a missing module is made of: any arguments will do."""

    def __new__(cls, *arguments: Any, **keywords: Any) -> Any:
        return StandIn.__new__(cls, cls.__name__)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(type(self).__name__)
