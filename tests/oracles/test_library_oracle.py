"""A name that old modules imported from the standard library is that very object on a real Airflow 2.10.3."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from airshift.index import NameStatus
from airshift.rules.move_rows import LIBRARY
from airshift.rules.moves import move_table
from airshift_dev.envs import Environment, ensure
from rules.checking import context

pytestmark = pytest.mark.oracle
SOURCE, TARGET = "2.10.3", "3.3.1"
GONE = (NameStatus.MISSING, NameStatus.DEPRECATED)

_SCRIPT = """
import collections.abc, importlib, json, os, sys, warnings
warnings.simplefilter("ignore")
given, out = sys.argv[1:]

def homes(home):
    module, _, name = home.rpartition(".")
    same = [getattr(importlib.import_module(module), name)]
    if module == "collections.abc":
        same.append(getattr(importlib.import_module("typing"), name, None))
    return same

def differs(module, name, home):
    try:
        value = getattr(importlib.import_module(module), name)
    except BaseException:
        return False
    return not any(value is same for same in homes(home))

wrong = [row for row in json.load(open(given)) if differs(*row)]
with open(out, "w") as file:
    json.dump(wrong, file)
os._exit(0)
"""


def test_names_of_the_standard_library_are_what_the_rows_say(tmp_path: Path) -> None:
    rules = context(TARGET, SOURCE)
    table, index = move_table(rules.catalogue), rules.index
    library = next(row.renamed for row in table.rows if row.module == LIBRARY)
    modules = json.loads((index.folder / "core.json").read_text())["modules"]
    asked = [
        (module, name, str(table.resolve(module, name, index, rules.target).home))
        for module in modules
        for name in sorted(index.names(module, SOURCE) & library.keys())
        if index.status(module, name, TARGET) in GONE
    ]
    assert len(asked) > 300
    given, out = tmp_path / "asked.json", tmp_path / "wrong.json"
    given.write_text(json.dumps(asked))
    python = ensure(Environment(SOURCE, wide=True))
    command = [str(python), "-c", _SCRIPT, str(given), str(out)]
    settings = {**os.environ, "AIRFLOW_HOME": str(tmp_path)}
    subprocess.run(command, env=settings, capture_output=True, check=False)
    assert json.loads(out.read_text()) == []
