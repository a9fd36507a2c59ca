"""Twins of the tables say what the tables say, or nothing."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest

from airshift import tables
from airshift._data import data_folder
from airshift.around.commands import CommandLine
from airshift.tables import read_table

TABLES = sorted(data_folder("rules").glob("*.toml"))


@pytest.fixture(autouse=True)
def writing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def written(folder: Path, text: str) -> Path:
    path = folder / "rules" / "moves.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    return path


def twins(path: Path) -> list[Path]:
    return sorted((path.parent / "__pycache__").glob("*"))


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_a_table_is_the_same_from_its_twin(tmp_path: Path, table: Path) -> None:
    path = written(tmp_path, table.read_text(encoding="utf-8"))
    content = tomllib.loads(table.read_text(encoding="utf-8"))
    assert read_table(path) == content
    assert list(read_table(path)) == list(content)
    has_dates = "datetime.date(" in repr(content)
    assert [twin.name for twin in twins(path)] == ([] if has_dates else ["moves.json"])


def test_a_twin_is_read_in_place_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "a = 1\n")
    read_table(path)
    monkeypatch.setattr(tomllib, "loads", lambda text: pytest.fail("read as TOML"))
    assert read_table(path) == {"a": 1}


def test_a_twin_of_other_bytes_is_not_believed(tmp_path: Path) -> None:
    path = written(tmp_path, "a = 1\n")
    read_table(path)
    written(tmp_path, "a = 2\n")
    assert read_table(path) == {"a": 2}
    assert read_table(path) == {"a": 2}
    assert len(twins(path)) == 1


@pytest.mark.parametrize("spoilt", ["", "nonsense", "{mark}\n", "{mark}\n[1]", '{mark}\n{{"a": 1', "\n{{}}"])
def test_a_spoilt_twin_is_no_twin(tmp_path: Path, spoilt: str) -> None:
    path = written(tmp_path, "a = 1\n")
    read_table(path)
    (twin,) = twins(path)
    mark = twin.read_text().partition("\n")[0]
    twin.write_text(spoilt.format(mark=mark))
    assert read_table(path) == {"a": 1}
    assert json.loads(twin.read_text().partition("\n")[2]) == {"a": 1}


def test_where_python_writes_nothing_no_twin_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = written(tmp_path, "a = 1\n")
    assert read_table(path) == {"a": 1}
    assert twins(path) == []


def test_a_folder_that_cannot_be_written_to_has_no_twins(tmp_path: Path) -> None:
    path = written(tmp_path, "a = 1\n")
    (path.parent / "__pycache__").write_text("a file")
    assert read_table(path) == {"a": 1}


@pytest.mark.parametrize("text", ["a = 2026-01-01\n", "a = nan\n"])
def test_what_json_cannot_hold_has_no_twin(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    assert repr(read_table(path)) == repr(tomllib.loads(text))
    assert twins(path) == []


@pytest.mark.parametrize("raw", [b"a = \n", b"a = '\xff'\n"])
def test_what_is_no_table_is_an_error(tmp_path: Path, raw: bytes) -> None:
    path = written(tmp_path, "")
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=r"."):
        tables.read_table(path)


def test_no_command_of_airflow_is_called_as_the_statement_in_front_of_most_names() -> None:
    assert "import" not in CommandLine.load().first_words
    assert all(word[:1].isalnum() for word in CommandLine.load().first_words)
