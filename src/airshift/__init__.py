"""airshift: assess, fix, pin, plan, prove and carry out a move from Airflow 2 to Airflow 3.

`check`, `assess`, `fix`, `plan` and `inventory` are the public functions; `airshift.api` says what they take and
return. They are loaded when they are first used, so importing the package costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airshift.api import (
        Assessment,
        CheckResult,
        FixResult,
        InventoryResult,
        PlanResult,
        assess,
        check,
        fix,
        inventory,
        plan,
    )

__version__ = "0.1.0"
__all__ = [
    "Assessment",
    "CheckResult",
    "FixResult",
    "InventoryResult",
    "PlanResult",
    "assess",
    "check",
    "fix",
    "inventory",
    "plan",
]


class _CallableModule(ModuleType):
    """A module that shares its name with a public function: called, it is that function."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        function = self.__name__.rpartition(".")[2]
        return getattr(import_module("airshift.api"), function)(*arguments, **options)


class _Package(ModuleType):
    """The package: public names come from `airshift.api`, whichever of its modules are loaded already."""

    def __getattr__(self, name: str) -> Any:
        if name in __all__:
            return getattr(import_module("airshift.api"), name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: object) -> None:
        if name in __all__ and isinstance(value, ModuleType):
            value.__class__ = _CallableModule
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
