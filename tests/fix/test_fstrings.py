"""A fix is the same on every Python: what only 3.12 reads inside an f-string is not written."""

from __future__ import annotations

import ast
import sys

import pytest

from airshift.fix.fstrings import needs_python_3_12

OLD = [
    "f'{a}'",
    "f\"{a['b']}\"",
    'f"""{a["b"]}"""',
    "f'{a:>{width}}'",
    "f'a\\n{b}'",
    "x = '{\"a\"}'",
    "rf'{a}\\d'",
]
NEW = ["f'{a['b']}'", 'f"{a["b"]}"', "f'{\"\\n\".join(a)}'", "f'{f'{a}'}'", "f'''{a['''b''']}'''"]


@pytest.mark.parametrize("after", OLD)
def test_what_every_python_reads_may_be_written(after: str) -> None:
    ast.parse(after)
    assert not needs_python_3_12(b"f'{0}'", after.encode())


@pytest.mark.parametrize("after", NEW)
def test_what_only_newer_ones_read_may_not(after: str) -> None:
    if sys.version_info >= (3, 12):
        assert needs_python_3_12(b"f'{0}'", after.encode())
    else:
        with pytest.raises(SyntaxError):
            ast.parse(after)


@pytest.mark.parametrize("source", NEW)
def test_what_was_there_before_is_no_hindrance(source: str) -> None:
    assert not needs_python_3_12(source.encode(), source.encode())
