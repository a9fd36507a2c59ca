"""Rows about moved names: a source for each, and a replacement that some indexed Airflow really has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from airshift.catalogue import Catalogue
from airshift.errors import DataError
from airshift.index import Index, NameStatus
from airshift.rules.move_rows import Home, Row, read_rows
from airshift.rules.moves import MoveTable, move_table
from rules.checking import context

KNOWN = (NameStatus.IMPORTABLE, NameStatus.DEPRECATED, NameStatus.UNKNOWN)


def written(folder: Path, group: str) -> list[Row]:
    (folder / "moves.toml").write_text(group)
    return list(read_rows(Catalogue(folder)))


def unverified(rows: Iterable[Row]) -> Iterator[str]:
    """Homes that no version of the index has, and that no other row leads on from."""
    index, table = Index.load(), move_table(Catalogue.load())
    for row in rows:
        for home in (*row.to, *(home for homes in row.renamed.values() for home in homes)):
            if home.module.partition(".")[0] != "airflow" or _moves_on(table, home):
                continue
            if not any(index.status(home.module, home.name or None, v) in KNOWN for v in index.versions):
                yield f"{row.module}: {home}"


def _moves_on(table: MoveTable, home: Home) -> bool:
    row = table.row(home.module, home.name)
    return row is not None and any(following != home for following in row.homes(home.name))


def test_every_replacement_is_known_to_the_index_or_moves_on() -> None:
    assert list(unverified(move_table(Catalogue.load()).rows)) == []


@pytest.mark.parametrize(
    ("row", "home"),
    [
        ('{ from = "airflow.old:A", to = "airflow.sdk:Nothing" }', Home("airflow.sdk", "Nothing")),
        ('{ from = "airflow.old", to = "airflow.nowhere" }', Home("airflow.nowhere", "")),
        (
            '{ from = "airflow.old", renamed = { A = "airflow.models:Nothing" } }',
            Home("airflow.models", "Nothing"),
        ),
    ],
)
def test_a_replacement_that_nobody_has_is_found(tmp_path: Path, row: str, home: Home) -> None:
    rows = written(tmp_path, f'[[group]]\ntitle = "t"\nsource = "https://a"\nrows = [{row}]\n')
    assert list(unverified(rows)) == [f"airflow.old: {home}"]


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ('rows = [{ from = "a", to = "b" }]', "source is missing"),
        ('source = "https://a"\nrows = [{ to = "b" }]', "from is missing"),
        ('source = "https://a"\nrows = [{ from = "a" }]', "needs to, renamed or note"),
        ('source = "https://a"\nrows = [{ from = "a", too = "b" }]', "unknown key too"),
        ('source = "https://a"\nrows = [{ from = "a", to = "b:" }]', "is not a module"),
    ],
)
def test_a_row_that_lacks_something_is_named(tmp_path: Path, group: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        written(tmp_path, f"[[group]]\n{group}\n")


def test_one_row_is_enough_for_a_moved_name(tmp_path: Path) -> None:
    """The index decides where it counts."""
    rows = written(
        tmp_path,
        '[[group]]\nsource = "https://a"\nrows = [{ from = "airflow.mine:A", to = "airflow.sdk:DAG" }]\n',
    )
    assert [str(home) for home in rows[0].homes("A")] == ["airflow.sdk.DAG"]
    assert context().index.status("airflow.sdk", "DAG", "3.3.1") is NameStatus.IMPORTABLE
