"""SubDAGs and groups are compared by their tasks."""

from __future__ import annotations

from typing import Any

from airshift_dev.fix_shapes import flat


def dag(**tasks: tuple[str, list[str]]) -> dict[str, Any]:
    described = {
        name.replace("__", "."): {"operator": operator, "downstream": downstream}
        for name, (operator, downstream) in tasks.items()
    }
    return {"schedule": "x", "tasks": described}


def test_a_subdag_is_the_group_of_its_id() -> None:
    before = {
        "p": dag(
            a=("Empty", ["s"]), s=("SubDagOperator", ["t"]), t=("SubDagOperator", ["z"]), z=("Empty", [])
        ),
        "p.s": dag(one=("Empty", ["two"]), two=("Empty", [])),
        "p.t": dag(one=("Empty", []), two=("Empty", [])),
    }
    after = {
        "p": dag(
            a=("Empty", ["s.one"]),
            s__one=("Empty", ["s.two"]),
            s__two=("Empty", ["t.one", "t.two"]),
            t__one=("Empty", ["z"]),
            t__two=("Empty", ["z"]),
            z=("Empty", []),
        )
    }
    assert flat(before) == flat(after)


def test_another_edge_is_a_difference() -> None:
    before = {"p": dag(s=("SubDagOperator", ["z"]), z=("Empty", [])), "p.s": dag(one=("Empty", []))}
    assert flat(before) == flat({"p": dag(s__one=("Empty", ["z"]), z=("Empty", []))})
    assert flat(before) != flat({"p": dag(s__one=("Empty", []), z=("Empty", []))})
    assert flat(before) != flat({"p": dag(s__two=("Empty", ["z"]), z=("Empty", []))})
