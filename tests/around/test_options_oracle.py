"""rules/config.toml against real installs."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from airshift.around.options import Fate, Options, name_of
from airshift.targets import parse_target
from around.installs import TARGETS, aliases, ask, options

pytestmark = pytest.mark.oracle

NOT_FROM_CORE = ("imap.", "smtp_provider.", "fab.", "common.", "standard.")
"""Options of providers that 2.10.3 installs by default and the target's set of providers may not."""


def fate(option: str, version: str) -> Fate:
    return Options.load().verdict(name_of(option), parse_target(version)).fate


@pytest.mark.parametrize("version", TARGETS)
def test_every_option_of_2_10_is_judged_as_the_install_does(version: str) -> None:
    described = options(version)
    old = [*options("2.10.3"), *aliases("2.10.3")]
    wrong = {
        option: fate(option, version)
        for option in old
        if (fate(option, version) is Fate.PRESENT) != (option in described)
        and not option.startswith(NOT_FROM_CORE)
    }
    assert wrong == {}


@pytest.mark.parametrize("version", TARGETS)
def test_every_row_is_read_under_its_old_name_exactly_where_it_says_so(version: str) -> None:
    table = Options.load()
    target = parse_target(version)
    verdicts = {name: table.verdict(name, target) for name in table.rows}
    pairs = [(".".join(name), ".".join(found.to)) for name, found in verdicts.items() if found.to]
    answers = ask(version, "honoured", pairs)
    expected = [verdicts[name_of(old)].fate is Fate.HONOURED for old, _ in pairs]
    wrong = [pair for pair, is_so, says in zip(pairs, answers, expected, strict=True) if is_so != says]
    assert len(pairs) > 90
    assert wrong == []


@pytest.mark.parametrize("version", TARGETS)
def test_every_new_name_exists(version: str) -> None:
    table = Options.load()
    target = parse_target(version)
    described = options(version)
    # celery.worker_precheck is read from the celery configuration and described nowhere; the policy is code.
    known = {"celery.worker_precheck", "policy.task_policy", "api.access_logfile"}
    names = {".".join(to) for name in table.rows if (to := table.verdict(name, target).to)}
    assert {name for name in names - known if name not in described} == set()


@pytest.mark.parametrize("version", TARGETS)
def test_every_alias_that_the_target_reads_has_a_row(version: str) -> None:
    described = options(version)
    # An alias of a name that is itself gone again is read by nothing.
    read = {old for old, new in aliases(version).items() if new in described}
    assert {old for old in read if fate(old, version) is not Fate.HONOURED} == set()


@pytest.mark.parametrize("version", TARGETS)
def test_every_changed_default_is_known(version: str) -> None:
    before, after = options("2.10.3"), options(version)
    changed = {name for name in before if name in after and before[name] != after[name]}
    rows = {".".join(row.name) for row in Options.load().changed_defaults(None, parse_target(version))}
    # Defaults that follow the version or the code, not a choice of the estate.
    of_airflow = {
        "core.xcom_backend",
        "logging.log_filename_template",
        "logging.log_format",
        "logging.simple_log_format",
        "logging.celery_logging_level",
        "webserver.page_size",
    }
    unknown = {name: (before[name], after[name]) for name in changed - rows - of_airflow}
    assert {name for name in unknown if not name.startswith(NOT_FROM_CORE)} == set()
    assert {name for name in rows if after.get(name) in (None, before.get(name))} == set()


def test_every_row_of_the_measured_facts_is_handled() -> None:
    shared = Path(os.environ.get("AIRSHIFT_SHARED", Path(__file__).parents[3] / "shared"))
    facts = shared / "facts" / "config.md"
    if not facts.is_file():
        pytest.skip("the facts are not here")
    rows = re.findall(
        r"^\| ([a-z0-9_]+\.[a-z0-9_]+) \| (renamed/moved|removed)", facts.read_text(), re.MULTILINE
    )
    assert len(rows) > 100
    assert [option for option, _ in rows if fate(option, "3.3.1") is Fate.PRESENT] == []
