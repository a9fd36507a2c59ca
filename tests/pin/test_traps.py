from __future__ import annotations

import pytest

from airshift.pin.decisions import Answers, Release
from airshift.pin.resolver import resolve
from pin.requests_of import request_of

NEW = "--constraint https://raw.githubusercontent.com/apache/airflow/constraints-3.3.1/constraints-3.12.txt\n"


def traps(text: str, target: str = "mwaa-3.3.1") -> list[str]:
    return [trap.trap for trap in resolve(request_of(text, target), Answers(True)).traps]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (NEW + "pandas\n", []),
        (NEW.replace("3.3.1", "2.10.3") + "pandas\n", ["stale_constraint"]),
        (NEW.replace("3.12", "3.11") + "pandas\n", ["stale_constraint"]),
        ("pandas\n", ["missing_constraint"]),
        ("# --constraint none\npandas\n", ["commented_constraint"]),
        ("# run pip -c x by hand\npandas\n", ["commented_constraint"]),
        ("pandas  # see -c above\n", ["commented_constraint"]),
        ("# basic-checks stay\npandas\n", ["missing_constraint"]),
        (NEW.replace("--constraint ", "--constraint=") + "pandas\n", ["unrecognised_constraint"]),
        (NEW.replace("--constraint ", "-c\t") + "pandas\n", ["unrecognised_constraint"]),
        (NEW + "--extra-index-url https://h/s\n", ["private_index"]),
        (NEW + "--find-links /usr/local/airflow/plugins\n--no-index\n", ["local_wheels", "local_wheels"]),
        (NEW + "git+https://tok@h/r#egg=a\n", ["credentials"]),
        (NEW + "mysqlclient\n", ["source_only"]),
    ],
)
def test_traps_on_mwaa(text: str, expected: list[str]) -> None:
    assert traps(text) == expected


@pytest.mark.parametrize("text", ["pandas\n", "# --constraint none\npandas\n", "mysqlclient\n"])
def test_what_only_mwaa_does_is_no_trap_elsewhere(text: str) -> None:
    assert traps(text, "3.3.1") == []


def test_what_the_index_has_no_wheel_for_is_a_source_build() -> None:
    releases = {
        "own": {"1.0": Release(None, wheel=False, source=True)},
        "fine": {"1.0": Release(None, wheel=True)},
    }
    answers = Answers(True, versions={"own": "1.0", "fine": "1.0"}, releases=releases)
    found = resolve(request_of(NEW + "own\nfine\n"), answers).traps
    assert [(trap.trap, trap.message.split()[0]) for trap in found] == [("source_only", "own")]


def test_a_long_install_is_estimated() -> None:
    from airshift.pin.store import load_bundled

    assert "slow_install" not in traps(NEW + "pandas\n")
    lock = tuple(f"p{number}==1.0" for number in range(200))
    deep = resolve(request_of(NEW + "pandas\n"), Answers(True, lock=lock))
    assert [trap.trap for trap in deep.traps] == ["slow_install"]
    many = "".join(f"{name}\n" for name in list(load_bundled("3.3.1", "3.12").versions)[:400])
    assert "slow_install" in traps(NEW + many)
