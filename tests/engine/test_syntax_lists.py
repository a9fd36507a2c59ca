"""The lists that the one walk keeps for rules hold what a walk of the whole tree finds."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest

import airshift
from airshift.engine.names import Names, walk

EVERYWHERE = """
    import a

    @a.decorated(x[0].key)
    class K(a.Base, metaclass=a().meta):
        field: a.Type
        a().bare.target: int
        a.given: a[0].typed = a().value

        def method(self, p: a.Annotated = a.default, *args: a.Star, k=a.keyword, **kw: a.Stars) -> a.Returned:
            self.counted += a().step
            del self.gone, a[b.index]
            return lambda q=a.lambda_default: q.of_parameter

    for a.slot in a().iterated:
        for i, x.y in z:
            a.mapping["key"] = [i.element for i in a.first if i.wanted async for j in i.inner]
    else:
        one["key"] = two["key"] = 1
    try:
        with a.opened() as a.held, (yield_ := a.b.c.d):
            f"{a.formatted!r:{a.width}}"
    except a.Error as error:
        raise a.Other from error.cause
    match a.subject:
        case a.Pattern(key=a.constant) if a.guard:
            x["item"]: int = 1
            (x["item"]) = 1

    async def later():
        async for i in a.stream:
            await i.done
"""


def _agree(source: str) -> Names:
    tree = ast.parse(source)
    names = walk(tree)
    every = list(ast.walk(tree))
    assert names.attributes == {node.attr for node in every if isinstance(node, ast.Attribute)}
    assert _places(names.loops) == _places([node for node in every if isinstance(node, ast.For)])
    stores = [n for n in every if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Subscript)]
    assert _places(names.item_stores) == _places(stores)
    return names


def _places(nodes: list[ast.For] | list[ast.Assign]) -> list[tuple[int, int]]:
    return sorted((node.lineno, node.col_offset) for node in nodes)


def test_attributes_loops_and_item_stores_are_found_wherever_they_stand() -> None:
    names = _agree(dedent(EVERYWHERE))
    assert len(names.loops) == 2
    assert len(names.item_stores) == 3
    assert {"bare", "target", "of_parameter", "width", "constant"} <= names.attributes


@pytest.mark.parametrize(
    "path", sorted((Path(airshift.__file__).parent / "rules").glob("*.py")), ids=lambda path: path.stem
)
def test_the_lists_agree_with_the_tree_of_real_files(path: Path) -> None:
    _agree(path.read_text(encoding="utf-8"))
