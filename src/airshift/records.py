"""`dataclass` as in the standard library, with a faster way to make the kind that airshift has hundreds of.

The standard library compiles six functions for each frozen record with slots, which takes two thirds of a
millisecond: a third of a short run would go into that. Here classes with equally many fields share one compiled
`__init__`, and the other methods are closures. `dataclasses.fields`, `replace` and `match` work as ever.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, field
from functools import cache
from operator import attrgetter
from reprlib import recursive_repr
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["dataclass"]
_Fields = dict[str, Field[Any]]
_USUAL = {"frozen": True, "slots": True}
_UNUSUAL = ("ClassVar", "InitVar", "KW_ONLY")
_OWN = frozenset({"__dict__", "__weakref__"})
"""What every class gets of its own when it is made."""

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls=None, /, **options):
        """As `dataclasses.dataclass`."""
        if cls is None and options == _USUAL:
            return _record
        return dataclasses.dataclass(cls, **options)


def _record(cls: type) -> type:
    known = _fields(cls)
    if known is None:
        return dataclasses.dataclass(**_USUAL)(cls)
    kept = {name: value for name, value in vars(cls).items() if name not in known and name not in _OWN}
    kept["__slots__"] = kept["__match_args__"] = tuple(known)
    kept["__dataclass_fields__"], kept["__dataclass_params__"] = known, _PARAMETERS
    kept["__setattr__"], kept["__delattr__"] = _refuse_to_set, _refuse_to_delete
    for name, method in _methods(known):
        if kept.get(name) is None:
            kept[name] = method
    made: Any = type(cls.__name__, (), kept)
    made.__qualname__ = cls.__qualname__
    made.__init__ = _init(made, known)
    record: type = made
    return record


def _fields(cls: type) -> _Fields | None:
    """The fields of a class; None for one that needs more than it writes down."""
    content = vars(cls)
    if cls.__bases__ != (object,) or "__post_init__" in content or "__init__" in content:
        return None
    found: _Fields = {}
    for name, annotation in content.get("__annotations__", {}).items():
        one = _field(content.get(name, MISSING))
        if any(word in str(annotation) for word in _UNUSUAL) or not one.init or one.kw_only is True:
            return None
        one.name, one.type, one.kw_only = name, annotation, False
        one._field_type = dataclasses._FIELD  # type: ignore[attr-defined]
        found[name] = one
    return found


def _field(written: Any) -> Field[Any]:
    if isinstance(written, Field):
        return written
    if written.__hash__ is None:
        raise ValueError(f"mutable default {type(written)} is not allowed: use default_factory")
    made: Field[Any] = field(default=written)
    return made


def _init(cls: type, known: _Fields) -> FunctionType:
    """`__init__` of a class: the body is shared, the names of its arguments and what sets the slots are not."""
    made = tuple(one.default_factory is not MISSING for one in known.values())
    names: dict[str, Any] = {"MISSING": MISSING}
    for number, (name, one) in enumerate(known.items()):
        names[f"set{number}"] = vars(cls)[name].__set__
        names[f"make{number}"] = one.default_factory
    code = _body(made).replace(co_varnames=("self", *known), co_qualname=f"{cls.__qualname__}.__init__")
    return FunctionType(code, names, "__init__", tuple(_defaults(known.values())))


@cache
def _body(made: tuple[bool, ...]) -> CodeType:
    """The code of an `__init__` for so many fields; `made` says which of them a function gives a default."""
    arguments = "".join(f", v{number}" for number in range(len(made)))
    lines = [f"def __init__(self{arguments}):", " pass"]
    for number, is_made in enumerate(made):
        value = f"make{number}() if v{number} is MISSING else v{number}" if is_made else f"v{number}"
        lines.append(f" set{number}(self, {value})")
    names: dict[str, Any] = {}
    exec("\n".join(lines), names)
    code: CodeType = names["__init__"].__code__
    return code


def _defaults(known: Iterable[Field[Any]]) -> Iterable[Any]:
    for one in known:
        if one.default is not MISSING or one.default_factory is not MISSING:
            yield one.default


def _methods(known: Mapping[str, Field[Any]]) -> Iterable[tuple[str, Callable[..., Any]]]:
    """What a record can do besides being made; a class may have its own way."""
    values = _getter(known)
    alike = _getter(name for name, one in known.items() if one.compare)
    hashed = _getter(name for name, one in known.items() if (one.compare if one.hash is None else one.hash))
    shown = tuple(name for name, one in known.items() if one.repr)

    def is_equal(self: object, other: object) -> bool:
        return alike(self) == alike(other) if other.__class__ is self.__class__ else NotImplemented

    def hash_of(self: object) -> int:
        return hash(hashed(self))

    @recursive_repr()
    def shown_as(self: object) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({inside})"

    def reduced(self: object) -> tuple[Any, ...]:
        return self.__class__, values(self)

    yield "__eq__", is_equal
    yield "__hash__", hash_of
    yield "__repr__", shown_as
    yield "__reduce__", reduced


def _getter(names: Iterable[str]) -> Callable[[object], tuple[Any, ...]]:
    """Gives the values of attributes as a tuple, however few they are."""
    listed = tuple(names)
    if len(listed) > 1:
        return attrgetter(*listed)
    return lambda self: tuple(getattr(self, name) for name in listed)


def _refuse_to_set(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


@dataclasses.dataclass(frozen=True)
class _Example:
    """Has the parameters of all records."""


_PARAMETERS = _Example.__dataclass_params__  # type: ignore[attr-defined]
