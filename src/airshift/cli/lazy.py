"""Commands that are imported when they are asked for: most of a start would go into those that are not."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class Commands(MutableMapping[str, Any]):
    """Commands by name; each is made from its module at the first look at it."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = dict(places)
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _made(name, self._places[name])
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._places.setdefault(name, "")
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._places[name]
        self._made.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def lazy_group(places: dict[str, str]) -> type[TyperGroup]:
    """A group of the commands at these places, `module:function` or `module:group`.

    The class of a command may follow, as `module:function:module:class`.
    """

    class LazyGroup(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            self.commands = Commands(places)

    return LazyGroup


def _made(name: str, place: str) -> Any:
    parts = place.split(":")
    found = [
        getattr(import_module(module), what) for module, what in zip(parts[::2], parts[1::2], strict=True)
    ]
    holder = typer.Typer(rich_markup_mode=None)
    holder.callback()(_nothing)
    if isinstance(found[0], typer.Typer):
        holder.add_typer(found[0])
    else:
        holder.command(name, cls=found[1] if len(found) > 1 else TyperCommand)(found[0])
    return typer.main.get_group(holder).commands[name]


def _nothing() -> None:
    """A group of one command stays a group."""
