"""On the whole Airflow 2.10.3 package our resolver agrees with libcst's QualifiedNameProvider.

Only names that libcst traces to imports are compared. Places where the two differ are listed with the
reason; the adversarial cases where libcst is known to be wrong stand in test_names.py.
"""

from __future__ import annotations

import ast
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider, QualifiedNameProvider, QualifiedNameSource

from airshift.engine.names import walk
from airshift_dev.envs import Environment
from airshift_dev.parsing import site_packages

pytestmark = [pytest.mark.oracle, pytest.mark.exhaustive]
Answers = dict[tuple[int, int], frozenset[str]]

KNOWN_DIFFERENCES: dict[str, str] = {}
"""Dotted name -> why ours is right; empty: on this corpus the two agree everywhere."""


def _ours(source: str) -> Answers:
    names = walk(ast.parse(source), "m")
    lines = source.split("\n")
    found: Answers = {}
    for use in names.uses:
        resolved = names.resolve_use(use)
        if resolved.bindings and all(binding.is_import for binding in resolved.bindings):
            line = lines[use.node.lineno - 1].encode()
            found[use.node.lineno, len(line[: use.node.col_offset].decode())] = resolved.names
    return found


class _Chains(cst.CSTVisitor):
    """Collects the qualified names of maximal `a.b.c` chains outside import statements."""

    def __init__(self, wrapper: MetadataWrapper) -> None:
        self.qualified = wrapper.resolve(QualifiedNameProvider)
        self.positions = wrapper.resolve(PositionProvider)
        self.found: Answers = {}

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def visit_Name(self, node: cst.Name) -> None:
        self._take(node)

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        self._take(node)
        inner: cst.BaseExpression = node
        while isinstance(inner, cst.Attribute):
            inner = inner.value
        return not isinstance(inner, cst.Name)

    def _take(self, node: cst.CSTNode) -> None:
        value = self.qualified.get(node)
        names = list((value() if callable(value) else value) or ())
        if names and all(name.source is QualifiedNameSource.IMPORT for name in names):
            start = self.positions[node].start
            self.found[start.line, start.column] = frozenset(name.name for name in names)


def _compare(path: Path) -> tuple[int, list[str]]:
    source = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    ours = _ours(source)
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    visitor = _Chains(wrapper)
    wrapper.module.visit(visitor)
    places = ours.keys() | visitor.found.keys()
    differing = [
        f"{path.name}:{place[0]}: ours {sorted(ours.get(place, ()))}, libcst {sorted(visitor.found.get(place, ()))}"
        for place in places
        if ours.get(place) != visitor.found.get(place)
    ]
    return len(places), differing


def test_every_use_of_an_import_is_named_alike() -> None:
    files = sorted((site_packages(Environment("2.10.3", wide=True)) / "airflow").rglob("*.py"))
    with ProcessPoolExecutor(2) as pool:
        results = list(pool.map(_compare, files, chunksize=8))
    unexpected = [
        text
        for _, differing in results
        for text in differing
        if not any(n in text for n in KNOWN_DIFFERENCES)
    ]
    assert sum(count for count, _ in results) > 10_000
    assert unexpected == []
