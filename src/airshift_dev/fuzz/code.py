"""Targets that take a Python file."""

from __future__ import annotations

import ast

from airshift_dev.fuzz.promises import BrokenPromise, context, demand, folder, no_internal_error


def check(raw: bytes) -> None:
    """A module is judged, whatever it holds; the same bytes give the same answer."""
    from airshift.judge import check_file

    found = check_file("dags/a.py", raw, context())
    if found.problem is not None:
        no_internal_error(found.problem.reason)
    for finding in found.findings:
        place = finding.place
        demand(place.line >= 1 and place.column >= 1, "places count from 1")
        demand(
            (place.line, place.column) <= (place.end_line, place.end_column), "places end after they start"
        )


def fix(raw: bytes) -> None:
    """What is fixed still parses, and is fixed by then; what has nothing to fix stays as it is."""
    from airshift.fix.files import fix_file

    once = fix_file("dags/a.py", raw, context(), unsafe=True)
    no_internal_error(once.refused)
    if not once.changed:
        return
    try:
        ast.parse(once.after)
    except (ValueError, RecursionError, MemoryError) as error:
        raise BrokenPromise(f"the fixed file does not parse: {error}") from error
    twice = fix_file("dags/a.py", once.after, context(), unsafe=True)
    demand(twice.after == once.after, "fixing twice is fixing once")


def inventory(raw: bytes) -> None:
    """The DAGs of a module are read without running it."""
    from airshift.estate.inventory import build_inventory
    from airshift.files import EstateFile, Listing

    path = folder() / "dag.py"
    path.write_bytes(raw)
    _, problems = build_inventory(Listing(folder(), (EstateFile(path, "dag.py"),), ()), jobs=1)
    for problem in problems:
        no_internal_error(problem.reason)
