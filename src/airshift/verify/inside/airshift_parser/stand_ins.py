"""Values that answer every question with a value of the same kind, so that code goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class StandIn(str):
    """A text that has every attribute, can be called and indexed, and reads as the way to it."""

    def __new__(cls, name: str, **known: Any) -> StandIn:
        return super().__new__(cls, f"<{name}>")

    def __init__(self, name: str, **known: Any) -> None:
        self.__dict__.update(known)
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self._name}.{name}")

    def __call__(self, *arguments: Any, **keywords: Any) -> StandIn:
        given = [repr(one) for one in arguments] + [
            f"{name}={one!r}" for name, one in sorted(keywords.items())
        ]
        return StandIn(f"{self._name}({', '.join(given)})")

    def __getitem__(self, key: Any) -> StandIn:
        return StandIn(f"{self._name}[{key!r}]")

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __bool__(self) -> bool:
        return True


class AnyKey(dict[str, Any]):
    """A JSON object that has every key; the values say where they come from."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def __missing__(self, key: str) -> str:
        return f"{self.name}.{key}"

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if default is None else default
