"""Stand-ins for values and modules that are not there."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from airshift.verify.inside.airshift_parser.stand_ins import AnyKey, StandIn
from airshift.verify.inside.airshift_parser.stubs import StubFinder


@pytest.fixture
def finder() -> Iterator[StubFinder]:
    found = StubFinder(str(Path(__file__).parent), ["helpers"])
    sys.meta_path.append(found)
    yield found
    sys.meta_path.remove(found)
    for name in [name for name in sys.modules if name.partition(".")[0] in found.stubbed]:
        del sys.modules[name]


def test_a_stand_in_tells_the_way_to_it() -> None:
    value = StandIn("ti", task_id="a")
    assert f"{value.xcom_pull('x', key='k')[0].rows}" == "<ti.xcom_pull('x', key='k')[0].rows>"
    assert value.task_id == "a"
    assert list(value) == []
    assert json.dumps(value) == '"<ti>"'


def test_an_object_has_every_key() -> None:
    value = AnyKey("variable-config")
    assert (value["a"], value.get("a"), value.get("a", 3)) == ("variable-config.a", "variable-config.a", 3)


def test_a_library_still_sees_that_an_optional_module_is_missing(finder: StubFinder) -> None:
    code = compile("import optional_and_missing", "/elsewhere/site-packages/library.py", "exec")
    with pytest.raises(ModuleNotFoundError):
        exec(code, {})
    assert finder.stubbed == set()


def test_modules_that_are_missing_become_stubs(finder: StubFinder) -> None:
    module = importlib.import_module("not_installed_here.deep.module")
    client = module.Client("x", y=1)
    assert client.call(2).rows is not None
    assert isinstance(type("Mine", (module.Client,), {})(), module.Client)
    assert finder.stubbed == {"not_installed_here"}


@pytest.mark.parametrize("name", ["airflow.not_there", "helpers", "helpers.deep", "json.not_there"])
def test_airflow_the_library_and_the_estate_are_never_stubbed(finder: StubFinder, name: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(name)
    assert finder.stubbed == set()
