"""What the file system says of a file stands for its bytes, but never for bytes that it does not have any more."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airshift import manifest as manifest_module
from airshift.cache import Cache, digest, dumps
from airshift.checking import check_paths
from airshift.files import EstateFile, list_files, read_with_state
from airshift.manifest import Manifest

LONG_AGO = time.time_ns() - 3_600_000_000_000


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are read."""
    names: list[str] = []

    def noting(file: EstateFile) -> object:
        names.append(file.location.name)
        return read_with_state(file)

    monkeypatch.setattr(manifest_module, "read_with_state", noting)
    return names


def written(folder: Path, **files: str) -> Path:
    """Write files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def later(monkeypatch: pytest.MonkeyPatch, seconds: float = 3600) -> None:
    """Let the clock show another time than the one files are written at."""
    monkeypatch.setattr(manifest_module, "time_ns", lambda: time.time_ns() + int(seconds * 1e9))


def contents(folder: Path, cache: Path) -> dict[str, bytes]:
    opened = Cache(cache)
    try:
        return Manifest(opened).contents(list_files([folder]).files)
    finally:
        opened.close()


def truth(folder: Path) -> dict[str, bytes]:
    return {file.path: digest(file.location.read_bytes()) for file in list_files([folder]).files}


def test_files_as_they_were_are_not_read_again(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = written(tmp_path / "estate", a="1", b="2")
    later(monkeypatch)
    assert contents(estate, tmp_path / "cache") == truth(estate)
    read.clear()
    assert contents(estate, tmp_path / "cache") == truth(estate)
    assert read == []
    written(estate, b="22", c="3")
    assert contents(estate, tmp_path / "cache") == truth(estate)
    assert read == ["b.py", "c.py"]


def test_what_changed_just_now_is_read_again(tmp_path: Path, read: list[str]) -> None:
    estate = written(tmp_path / "estate", a="1")
    contents(estate, tmp_path / "cache")
    contents(estate, tmp_path / "cache")
    assert read == ["a.py", "a.py"]


def test_the_same_size_and_a_restored_time_hide_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = written(tmp_path / "estate", a="1")
    os.utime(estate / "a.py", ns=(LONG_AGO, LONG_AGO))
    later(monkeypatch)
    contents(estate, tmp_path / "cache")
    time.sleep(0.05)
    (estate / "a.py").write_text("2")
    os.utime(estate / "a.py", ns=(LONG_AGO, LONG_AGO))
    assert contents(estate, tmp_path / "cache") == truth(estate)


def test_an_old_file_with_a_new_change_is_not_trusted(tmp_path: Path, read: list[str]) -> None:
    estate = written(tmp_path / "estate", a="1")
    os.utime(estate / "a.py", ns=(LONG_AGO, LONG_AGO))
    contents(estate, tmp_path / "cache")
    contents(estate, tmp_path / "cache")
    assert read == ["a.py", "a.py"]


def test_a_file_that_another_one_took_the_place_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    estate = written(tmp_path / "estate", a="1")
    other = written(tmp_path / "other", a="2") / "a.py"
    for file in (estate / "a.py", other):
        os.utime(file, ns=(LONG_AGO, LONG_AGO))
    later(monkeypatch)
    contents(estate, tmp_path / "cache")
    other.replace(estate / "a.py")
    assert contents(estate, tmp_path / "cache") == truth(estate)


def test_a_clock_that_goes_backwards(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = written(tmp_path / "estate", a="1")
    later(monkeypatch, -7200)
    contents(estate, tmp_path / "cache")
    written(estate, a="2")
    assert contents(estate, tmp_path / "cache") == truth(estate)
    assert read == ["a.py", "a.py"]


def test_two_estates_in_turn_and_a_folder_that_is_moved(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = written(tmp_path / "one", a="1"), written(tmp_path / "other", a="2")
    later(monkeypatch)
    for _ in range(2):
        assert contents(one, tmp_path / "cache") == truth(one)
        assert contents(other, tmp_path / "cache") == truth(other)
    assert read == ["a.py", "a.py"]
    other.rename(tmp_path / "swap")
    one.rename(other)
    (tmp_path / "swap").rename(one)
    assert contents(one, tmp_path / "cache") == truth(one)
    assert contents(other, tmp_path / "cache") == truth(other)


def test_one_file_that_is_named_leaves_what_is_known_of_its_folder(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = written(tmp_path / "estate", a="1", b="2")
    later(monkeypatch)
    contents(estate, tmp_path / "cache")
    assert contents(estate / "b.py", tmp_path / "cache") == {"b.py": digest(b"2")}
    read.clear()
    assert contents(estate, tmp_path / "cache") == truth(estate)
    assert read == []


def test_a_file_that_cannot_be_read_has_no_digest(tmp_path: Path) -> None:
    estate = written(tmp_path / "estate", a="1")
    missing = EstateFile(estate / "gone.py", "gone.py")
    assert list(Manifest(Cache(tmp_path / "cache")).contents([missing])) == []


@pytest.mark.parametrize("row", [b"", b"nonsense", dumps(7), dumps(["a.py"])])
def test_a_spoilt_row_is_no_row(tmp_path: Path, row: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    estate = written(tmp_path / "estate", a="1")
    monkeypatch.setattr(Cache, "get", lambda self, keys: dict.fromkeys(keys, row))
    assert contents(estate, tmp_path / "cache") == truth(estate)


def test_a_file_that_changes_before_it_is_judged_is_remembered_as_it_was_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (
        "from airflow.models import DAG\n",
        "from airflow.operators.bash_operator import BashOperator\n",
    )
    estate = written(tmp_path / "estate", a=old, b=old)
    plain = Manifest.contents

    def changing(self: Manifest, files: Sequence[EstateFile]) -> dict[str, bytes]:
        found = plain(self, files)
        written(estate, a=new)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "contents", changing)
        check_paths([estate], cache=Cache(tmp_path / "cache"))
    for text in (old, new, old):
        written(estate, a=text)
        assert (
            check_paths([estate], cache=Cache(tmp_path / "cache")).findings == check_paths([estate]).findings
        )


edits = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["1", "2", "22", None]), st.booleans()),
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits)
def test_whatever_was_written_the_digests_are_those_of_the_bytes(
    tmp_path_factory: pytest.TempPathFactory, done: list[tuple[str, str | None, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("m")
    estate = written(folder / "estate", a="1")
    for name, text, restored in done:
        file = estate / f"{name}.py"
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(text)
            if restored:
                os.utime(file, ns=(LONG_AGO, LONG_AGO))
        assert contents(estate, folder / "cache") == truth(estate)


def test_runs_at_once_find_what_one_finds(tmp_path: Path) -> None:
    text = "from airflow.models import DAG\nDAG('{}', schedule_interval=None)\n"
    estate = written(tmp_path / "estate", **{f"d{number}": text.format(number) for number in range(60)})
    command = [sys.executable, "-m", "airshift", "check", str(estate), "-t", "3.3.1", "-q", "-f", "json"]
    environment = {**os.environ, "AIRSHIFT_CACHE": str(tmp_path / "cache")}
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(3)]
    printed = {run.communicate()[0] for run in runs}
    assert len(printed) == 1
    cached = check_paths([estate], cache=Cache(tmp_path / "cache"))
    assert cached.findings == check_paths([estate]).findings
