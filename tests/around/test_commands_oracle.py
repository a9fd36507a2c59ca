"""rules/cli.toml against the argument parsers of real installs."""

from __future__ import annotations

import pytest

from airshift.around.commands import CommandLine, check_command
from airshift.findings import Applicability
from airshift.targets import parse_target
from around.installs import TARGETS, commands

pytestmark = pytest.mark.oracle


def codes(text: str, version: str) -> list[str]:
    return [match.code for match in check_command(text, parse_target(version)) if match.code != "AS832"]


@pytest.mark.parametrize("version", TARGETS)
def test_a_command_is_gone_exactly_when_the_parser_lacks_it(version: str) -> None:
    old, new = commands("2.10.3"), commands(version)
    wrong = {
        command: codes(f"airflow {command}", version)
        for command in old
        if (codes(f"airflow {command}", version) == ["AS830"]) != (command not in new)
    }
    assert len(old) > 90
    assert wrong == {}


@pytest.mark.parametrize("version", TARGETS)
def test_no_command_of_the_target_is_reported(version: str) -> None:
    new = commands(version)
    assert [command for command in new if codes(f"airflow {command}", version)] == []


@pytest.mark.parametrize("version", TARGETS)
def test_a_flag_is_gone_exactly_when_the_parser_lacks_it(version: str) -> None:
    old, new = commands("2.10.3"), commands(version)
    wrong = []
    for command in sorted(set(old) & set(new)):
        for flag in old[command]:
            said = codes(f"airflow {command} {flag} value", version) == ["AS831"]
            if said != (flag not in new[command]):
                wrong.append((command, flag, said))
    assert wrong == []


@pytest.mark.parametrize("version", TARGETS)
def test_every_new_command_and_kept_flag_exists(version: str) -> None:
    new = commands(version)
    provider = {"celery", "kubernetes"}
    for row in CommandLine.load().commands:
        if not row.to or row.to.split()[0] in provider:
            continue
        named = [command for command in new if command == row.to or command.startswith(f"{row.to} ")]
        assert named, row.to
        if row.keep is not None:
            known = {*new.get(row.to, ()), "-h", "--help"}
            # The spelling of 1.10 had an underscore; the same flag is looked up with either.
            assert {flag for flag in row.keep - known if flag != "--run_id"} == set(), row


@pytest.mark.parametrize("version", TARGETS)
def test_every_renamed_flag_exists_and_means_the_same_kind_of_value(version: str) -> None:
    new = commands(version)
    renamed = [row for row in CommandLine.load().flags if row.to]
    assert renamed
    for row in renamed:
        for command in row.commands:
            assert row.to in new[" ".join(command)]


@pytest.mark.parametrize("version", TARGETS)
def test_safe_fixes_leave_a_command_line_the_parser_knows(version: str) -> None:
    new = commands(version)
    for command, flags in commands("2.10.3").items():
        for flag in ["", *flags]:
            text = f"airflow {command} {flag}".strip()
            for match in check_command(text, parse_target(version)):
                if match.applicability is not Applicability.SAFE:
                    continue
                fixed = text
                for (start, end), replacement in sorted(match.edits, reverse=True):
                    fixed = fixed[:start] + replacement + fixed[end:]
                called = next(name for name in new if f"{fixed} ".startswith(f"airflow {name} "))
                rest = fixed.removeprefix(f"airflow {called}").split()
                assert not rest or rest[0] in new[called], (text, fixed)
