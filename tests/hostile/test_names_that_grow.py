"""A module that is called like the package it imports from: its names end somewhere."""

from __future__ import annotations

from airshift.checking import rule_context
from airshift.engine.facts import ModuleFacts
from airshift.engine.project import Project
from airshift.engine.source import Source
from airshift.fix.files import fix_file
from airshift.judge import check_file
from airshift.patience import at_most
from airshift.targets import parse_target, parse_version

CONTEXT = rule_context(parse_target("3.3.1"), parse_version("2.10.3"))
GROWING = b"""
from airflow import DAG
from nodes.plugin import plugin

class Mine(plugin.Plugin):
    pass

Mine(schedule_interval="@daily")
plugin.a(provide_context=True)
"""


def test_a_name_that_grows_with_every_step_is_left_as_written() -> None:
    summary = ModuleFacts(Source.from_bytes("lib/nodes.py", GROWING)).summary
    project = Project([summary])
    with at_most(5):
        assert project.canonical("nodes.plugin.Plugin", "lib/nodes.py") == "nodes.plugin.Plugin"
        project.bases("nodes.Mine", "lib/nodes.py")


def test_such_a_module_is_checked_and_fixed_in_no_time() -> None:
    with at_most(5):
        assert check_file("lib/nodes.py", GROWING, CONTEXT).problem is None
        assert not fix_file("lib/nodes.py", GROWING, CONTEXT, unsafe=True).refused


def test_re_exports_are_still_followed_to_their_end() -> None:
    texts = {
        "c.py": b"import airflow\nclass Deep: pass\n",
        "b.py": b"import airflow\nfrom c import Deep as Middle\n",
    }
    project = Project([ModuleFacts(Source.from_bytes(path, raw)).summary for path, raw in texts.items()])
    assert project.canonical("b.Middle") == "c.Deep"
