"""Laws of `airshift fix` over generated import styles of real old names."""

from __future__ import annotations

import ast

import pytest
from hypothesis import HealthCheck, given, settings

from airshift.engine.blocks import Guard
from airshift.engine.facts import ModuleFacts
from airshift.engine.source import Source
from airshift.fix.files import FileFix, fix_file
from airshift.index import NameStatus
from fix.old_imports import files
from rules.checking import context

LAWS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def fixed(raw: bytes, target: str) -> FileFix:
    found = fix_file("dag.py", raw, context(target), unsafe=True)
    assert not found.refused, found.refused
    return found


@pytest.mark.parametrize("target", ["3.0.6", "3.3.1"])
@LAWS
@given(files())
def test_fixing_converges_and_parses(target: str, file: tuple[str, list[str]]) -> None:
    once = fixed(file[0].encode(), target)
    ast.parse(once.after)
    again = fixed(once.after, target)
    assert again.after.decode() == once.after.decode()


@pytest.mark.parametrize("target", ["3.0.6", "3.3.1"])
@LAWS
@given(files())
def test_what_is_imported_exists_on_the_target_or_is_reported(
    target: str, file: tuple[str, list[str]]
) -> None:
    result = fixed(file[0].encode(), target)
    lines = {line for f in result.left for line in range(f.place.line, f.place.end_line + 1)}
    for line, module, name in imported(result.after):
        status = context(target).index.status(module, name, target)
        assert status is not NameStatus.MISSING or line in lines, (module, name, result.after.decode())
    for places, dotted in read_off_modules(result.after, target):
        status = context(target).index.status(*dotted.rpartition(".")[::2], target)
        assert status is not NameStatus.MISSING or places & lines, (dotted, result.after.decode())


@pytest.mark.parametrize("target", ["3.0.6", "3.3.1"])
@LAWS
@given(files())
def test_every_use_is_bound_afterwards(target: str, file: tuple[str, list[str]]) -> None:
    result = fixed(file[0].encode(), target)
    assert not unbound(facts_of(result.after)), result.after.decode()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@LAWS
@given(files())
def test_lines_that_concern_no_rule_stay(newline: str, file: tuple[str, list[str]]) -> None:
    text, kept = file
    after = fixed(text.replace("\n", newline).encode(), "3.3.1").after.decode()
    position = 0
    for line in kept:
        found = after.find(line.replace("\n", newline), position)
        assert found >= 0, (line, after)
        position = found + 1
    if newline == "\r\n":
        assert "\n" not in after.replace("\r\n", "")


def facts_of(raw: bytes) -> ModuleFacts:
    return ModuleFacts(Source.from_bytes("dag.py", raw))


def imported(raw: bytes) -> list[tuple[int, str, str | None]]:
    """Line, module and name of each unguarded import from Airflow."""
    return [
        (i.alias.lineno, i.module, None if i.name == "*" else i.name)
        for i in facts_of(raw).names.imports
        if i.module.partition(".")[0] == "airflow" and Guard.IMPORT_ERROR not in i.block.guards()
    ]


def read_off_modules(raw: bytes, target: str) -> list[tuple[set[int], str]]:
    """What is read off modules of Airflow that the target has, with the lines of the use and of its import."""
    facts, index = facts_of(raw), context(target).index
    found = []
    for use in facts.names.uses:
        resolved = facts.names.resolve_use(use)
        for dotted in resolved.names if resolved.certain else ():
            module = dotted.rpartition(".")[0]
            works = module.startswith("airflow.") and index.status(module, None, target)
            if works in (NameStatus.IMPORTABLE, NameStatus.DEPRECATED):
                bound = {b.node.lineno for b in resolved.bindings if isinstance(b.node, ast.alias)}
                found.append(({use.node.lineno, *bound}, dotted))
    return found


def unbound(facts: ModuleFacts) -> set[str]:
    """Names that are used and bound nowhere, builtins and names of star imports apart."""
    if facts.names.stars:
        return set()
    known = dir(__builtins__) if not isinstance(__builtins__, dict) else list(__builtins__)
    return {
        use.head
        for use in facts.names.uses
        if not facts.names.resolve_use(use).bindings and use.head not in known
    }
