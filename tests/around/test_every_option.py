"""Every option of 2.10.3 in every kind of file: flagged on its own line exactly when the target lost the name.

What each version has was read off real installs (rules/index/config.json); facts/config.md lists the same options
with their new names.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from airshift.around.options import Options, name_of
from airshift.index import Index
from airshift.targets import parse_target
from around.checking import found

FATES = ("AS801", "AS802", "AS803")
TARGETS = ("3.0.6", "3.1.8", "3.2.1", "3.3.1", "3.3.2")
_DOCUMENT = json.loads((Index.load().folder / "config.json").read_text())
OLD = sorted(
    name for name in _DOCUMENT["options"] if Index.load().option(*name.split(".", 1), "2.10.3") is not None
)
_PROVIDERS = _DOCUMENT["from_providers"]["options"].split()
CORE = [name for name in OLD if name not in _PROVIDERS]


def _cfg(names: list[str]) -> tuple[str, str]:
    return "airflow.cfg", "".join("[{}]\n{} = 4711\n".format(*name.split(".", 1)) for name in names)


def _env(names: list[str]) -> tuple[str, str]:
    lines = ("AIRFLOW__{}__{}=4711".format(*name.upper().split(".", 1)) for name in names)
    return ".env", "".join(f"# airflow\n{line}\n" for line in lines)


def _mwaa(names: list[str]) -> tuple[str, str]:
    lines = ",\n\n".join(f'"{name}": "4711"' for name in names)
    return "mwaa.json", f'{{"AirflowConfigurationOptions": {{\n{lines}\n}}}}\n'


def _terraform(names: list[str]) -> tuple[str, str]:
    lines = "".join(f'  # {name}\n  "{name}" = "4711"\n' for name in names)
    return (
        "mwaa.tf",
        f'resource "aws_mwaa_environment" "x" {{ airflow_configuration_options = {{\n{lines}}} }}\n',
    )


FILES: dict[str, Callable[[list[str]], tuple[str, str]]] = {
    "cfg": _cfg,
    "env": _env,
    "mwaa": _mwaa,
    "terraform": _terraform,
}
FIRST = {"cfg": 2, "env": 2, "mwaa": 2, "terraform": 3}


def flagged(kind: str, names: list[str], target: str) -> dict[str, int]:
    """Line by option."""
    path, text = FILES[kind](names)
    return {symbol: line for code, line, symbol in found(path, text, target) if code in FATES}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", FILES)
def test_flagged_on_its_line_exactly_when_the_target_has_no_such_option(kind: str, target: str) -> None:
    lines = {name: FIRST[kind] + 2 * number for number, name in enumerate(CORE)}
    gone = {name: line for name, line in lines.items() if not _has(name, target)}
    assert len(CORE) > 280
    assert len(gone) > 80
    assert flagged(kind, CORE, target) == gone


def _has(name: str, target: str) -> bool:
    return Index.load().option(*name.split(".", 1), target) is not None


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", FILES)
def test_no_option_of_the_target_is_flagged(kind: str, target: str) -> None:
    own = [name for name in _DOCUMENT["options"] if _has(name, target)]
    assert len(own) > 270
    assert flagged(kind, own, target) == {}


def _facts() -> str:
    shared = Path(os.environ.get("AIRSHIFT_SHARED", Path(__file__).parents[3] / "shared"))
    facts = shared / "facts" / "config.md"
    if not facts.is_file():
        pytest.skip("the facts are not here")
    return facts.read_text()


def _rows(text: str) -> list[tuple[str, str, str, str]]:
    """Old name, new name, what 3.0.6 and what 3.3.1 has, from both tables of old names."""
    main, _, older = text.partition("## Pre-2.10 names")
    row = re.compile(r"^\| ([a-z0-9_]+\.[a-z0-9_]+) \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|", re.MULTILINE)
    found = [
        (m[1], m[3].strip(), m[4].strip(), m[5].strip())
        for m in row.finditer(main)
        if m[2].strip() in ("renamed/moved", "removed")
    ]
    older = older.replace("| elasticsearch.log_id_template |", "|")  # the provider's handler still reads it
    return [*found, *((m[1], m[2].strip().strip("()"), "gone", "gone") for m in row.finditer(older))]


_LATER = {
    # The facts stop at the first renaming; these are the names that 3.3.1 reads.
    "webserver.access_logfile": "api.log_config",
    "webserver.page_size": "api.fallback_page_limit",
    "scheduler.statsd_allow_list": "metrics.metrics_allow_list",
    # Renamed to an option that is gone itself.
    "core.load_default_connections": "",
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(("target", "column"), [("3.0.6", 2), ("3.3.1", 3)])
def test_every_option_of_the_facts_is_flagged_on_its_line(kind: str, target: str, column: int) -> None:
    rows = _rows(_facts())
    lines = {row[0]: FIRST[kind] + 2 * number for number, row in enumerate(rows)}
    gone = {row[0]: lines[row[0]] for row in rows if row[column] == "gone"}
    assert len(rows) > 150
    assert flagged(kind, [row[0] for row in rows], target) == gone


def test_every_new_name_of_the_facts_is_the_one_that_is_advised() -> None:
    wrong = {}
    for old, new, _, now in _rows(_facts()):
        if now != "gone" or not new or new == "removed":
            continue
        advised = Options.load().verdict(name_of(old), parse_target("3.3.1")).to
        if ".".join(advised or ()) != _LATER.get(old, new):
            wrong[old] = (new, advised)
    assert wrong == {}
