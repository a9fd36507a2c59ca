from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.errors import DataError, UsageError
from airshift.pin.compare import compare_pins
from airshift.pin.pins import Pins, canonical, parse_bundled, parse_upstream, parse_versions, render
from airshift.pin.store import bundled, essentials, images, load_bundled, minor, usual_python

REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("AIRSHIFT_SHARED") or REPOSITORY.parent / "shared") / "constraints"
OFFICIAL = sorted(SHARED.glob("airflow-*.txt"))
NAMES = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+){0,2}", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,3}){0,3}(rc1|\.post1|b2)?", fullmatch=True)


@pytest.mark.skipif(not OFFICIAL, reason="the official files are not beside the repository")
@pytest.mark.parametrize("official", OFFICIAL, ids=lambda path: path.stem)
def test_every_line_of_every_official_file_is_bundled_and_nothing_else(official: Path) -> None:
    version, python = re.match(r"airflow-([\d.]+)-python-([\d.]+)\.txt", official.name).groups()
    lines = [line.strip() for line in official.read_text().splitlines()]
    expected = {
        canonical(line.split("==")[0]): line.split("==")[1] for line in lines if line and line[0] != "#"
    }
    pins = load_bundled(version, python)
    assert dict(pins.versions) == expected
    assert len(expected) > 500
    assert pins.upstream.endswith(f"constraints-{version}/constraints-{python}.txt")
    assert pins.generated.startswith("202")
    assert (
        parse_upstream(official.read_text(), version, python, origin="x").upstream_sha256
        == pins.upstream_sha256
    )


@pytest.mark.skipif(not OFFICIAL, reason="the official files are not beside the repository")
def test_mwaa_essentials_equal_the_official_lists() -> None:
    for path in (SHARED / "mwaa-essential").glob("*.txt"):
        assert essentials(path.stem) == parse_versions(path.read_text(), path.name)
        assert essentials(path.stem)["apache-airflow"] == path.stem


def test_each_image_has_its_essentials_and_known_providers() -> None:
    assert set(images()) == {"2.9.2", "2.10.1", "2.10.3", "2.11.0", "2.11.2", "3.0.6", "3.2.1", "3.3.1"}
    old, new = images()["2.10.3"].packages, images()["3.0.6"].packages
    assert {"apache-airflow-providers-ftp", "apache-airflow-providers-imap"} <= old.keys()
    assert not {"apache-airflow-providers-ftp", "apache-airflow-providers-imap"} & new.keys()
    assert new["apache-airflow-providers-standard"] == "1.6.0"
    assert "apache-airflow-providers-standard" not in old
    assert "pandas" not in new


def test_image_versions_are_those_of_its_constraints_or_essentials() -> None:
    for version, image in images().items():
        pins = load_bundled(version, minor(image.python)).versions
        for name, pinned in image.packages.items():
            allowed = {pins.get(name), essentials(version).get(name), "", version}
            assert pinned in allowed or name == "apache-airflow-task-sdk", (version, name)


def test_unknown_combinations_name_what_is_bundled() -> None:
    with pytest.raises(
        UsageError, match=r"3\.3\.2 for Python 3\.12.*bundled: .*3\.3\.1 \(3\.12\).*sync 3\.3\.2"
    ):
        load_bundled("3.3.2", "3.12")


@pytest.mark.parametrize(
    ("version", "platform", "python"),
    [("2.10.3", "", "3.11"), ("3.3.1", "mwaa", "3.12"), ("3.2.1", "", "3.12"), ("3.9.0", "", "3.12")],
)
def test_usual_python(version: str, platform: str, python: str) -> None:
    assert usual_python(version, platform=platform) == python


@settings(deadline=None)
@given(st.dictionaries(NAMES, VERSIONS, max_size=30))
def test_rendered_pins_read_back(versions: dict[str, str]) -> None:
    pins = Pins(
        "3.3.1", "3.12", versions, "https://x/constraints-3.3.1/constraints-3.12.txt", "2026-01-01", "0"
    )
    assert parse_bundled(render(pins), "x") == pins


@pytest.mark.parametrize("text", ["a>=1", "a", "a==1; python_version<'3'", "-r b.txt", "a==1\na==2"])
def test_anything_but_one_exact_pin_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(DataError, match=r"f\.txt, line \d"):
        parse_versions(f"b==1\n{text}", "f.txt")


def test_an_edited_bundle_is_refused() -> None:
    text = render(load_bundled("3.3.1", "3.12")).replace("a2wsgi==1.10.10", "a2wsgi==9")
    with pytest.raises(DataError, match="pins-sha256"):
        parse_bundled(text, "x.txt")


def test_compare_tells_new_gone_changed_and_major() -> None:
    old, new = (
        Pins("1", "3", {"a": "1.0", "b": "1.0", "c": "1", "d": "2"}),
        Pins("2", "3", {"a": "2.0", "b": "1.1", "d": "2", "e": "3"}),
    )
    assert compare_pins(old, new).lines() == ["~ a 1.0 -> 2.0  major", "~ b 1.0 -> 1.1", "- c==1", "+ e==3"]


def test_list_is_ordered_by_number() -> None:
    assert bundled()[0][0] == "2.9.2"
    assert bundled()[-1] == ("3.3.1", "3.12")
