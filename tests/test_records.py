"""Records behave as frozen slotted dataclasses of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift import records


def made_by(dataclass: Any) -> tuple[Any, Any, Any]:
    """Three classes, as one or the other library makes them."""

    @dataclass(frozen=True, slots=True)
    class Point:
        """A point."""

        x: int
        y: str = "up"
        z: dict[str, int] = field(default_factory=dict)
        hidden: int = field(default=0, compare=False, repr=False)

        def double(self) -> int:
            return self.x * 2

        @property
        def negative(self) -> int:
            return -self.x

    @dataclass(frozen=True, slots=True)
    class Single:
        only: float

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    return Point, Single, Empty


Fast, Single, Empty = made_by(records.dataclass)
Standard, _, _ = made_by(dataclass)
arguments = st.tuples(st.integers(), st.text(), st.dictionaries(st.text(), st.integers()), st.integers())


@records.dataclass(frozen=True, slots=True)
class Kept:
    """Can be pickled: it is found under its name."""

    name: str
    parts: tuple[int, ...] = ()


@given(arguments, arguments)
def test_what_is_equal_is_what_is_equal_in_the_standard_library(one: Any, other: Any) -> None:
    assert (Fast(*one) == Fast(*other)) == (Standard(*one) == Standard(*other))
    assert repr(Fast(*one)) == repr(Standard(*one))
    assert dataclasses.asdict(Fast(*one)) == dataclasses.asdict(Standard(*one))


@given(st.text(), st.lists(st.integers()))
def test_equal_records_have_equal_hashes_and_survive_pickling(name: str, parts: list[int]) -> None:
    one = Kept(name, tuple(parts))
    assert hash(one) == hash(Kept(name, tuple(parts)))
    assert pickle.loads(pickle.dumps(one, protocol=5)) == one == copy.deepcopy(one)


def test_fields_defaults_and_matching_are_those_of_the_standard_library() -> None:
    assert [one.name for one in fields(Fast)] == [one.name for one in fields(Standard)]
    assert Fast.__match_args__ == Standard.__match_args__
    assert Fast.__slots__ == Standard.__slots__
    assert Fast(1) == Fast(x=1, y="up", z={}, hidden=7)
    assert Fast(1).z is not Fast(1).z
    assert replace(Fast(1), y="down").y == "down"
    assert Fast(2).double() == 4
    assert Fast(2).negative == -2
    assert Fast.__doc__ == "A point."
    assert dataclasses.is_dataclass(Fast)


def test_a_record_cannot_be_changed_and_says_so() -> None:
    record = Kept("a")
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'name'"):
        record.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'name'"):
        del record.name
    with pytest.raises((AttributeError, TypeError)):
        record.__dict__  # noqa: B018


@pytest.mark.parametrize("arguments", [(), (1, "a", {}, 0, 5)])
def test_wrong_arguments_are_refused(arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        Fast(*arguments)
    with pytest.raises(TypeError, match="unexpected keyword"):
        Fast(1, w=2)


def test_records_of_different_classes_are_never_equal() -> None:
    other = made_by(records.dataclass)[1]
    assert Single(1.0) == Single(1.0)
    assert Single(1.0) != other(1.0)
    assert Single(1.0) != (1.0,)


def test_a_record_may_have_no_fields_or_itself_in_it() -> None:
    assert Empty() == Empty()
    assert hash(Empty()) == hash(Empty())
    assert repr(Empty()).endswith("Empty()")
    inside: list[object] = []
    inside.append(Kept("a", inside))  # type: ignore[arg-type]
    assert "..." in repr(inside[0])


def test_own_methods_of_a_class_win() -> None:
    @records.dataclass(frozen=True, slots=True)
    class Quiet:
        secret: str

        def __repr__(self) -> str:
            return "Quiet(****)"

        def __hash__(self) -> int:
            return 7

    assert repr(Quiet("a")) == "Quiet(****)"
    assert hash(Quiet("a")) == 7


def test_what_needs_more_is_left_to_the_standard_library() -> None:
    @records.dataclass(frozen=True, slots=True)
    class Counted:
        kind: ClassVar[str] = "counted"
        x: int

    @records.dataclass(frozen=True, slots=True)
    class Larger(Kept):
        more: int = 0

    @records.dataclass(order=True)
    class Ordered:
        x: int

    @records.dataclass(frozen=True, slots=True)
    class Checked:
        x: int

        def __post_init__(self) -> None:
            if self.x < 0:
                raise ValueError("negative")

    assert [one.name for one in fields(Counted)] == ["x"]
    assert Counted(1).kind == "counted"
    assert Larger("a", (1,), 2) == Larger("a", (1,), 2)
    assert Ordered(1) < Ordered(2)
    with pytest.raises(ValueError, match="negative"):
        Checked(-1)


def test_a_mutable_default_is_refused() -> None:
    with pytest.raises(ValueError, match="default_factory"):

        @records.dataclass(frozen=True, slots=True)
        class Shared:
            items: list[int] = []  # noqa: RUF012
