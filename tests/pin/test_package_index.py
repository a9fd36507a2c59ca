from __future__ import annotations

import json
from pathlib import Path

import pytest

from airshift.errors import ServiceError
from airshift.pin.decisions import Release
from airshift.pin.document import parse_document
from airshift.pin.index_settings import settings_of
from airshift.pin.package_index import PackageIndex, parse_page, releases_of
from airshift.pin.versions import wheel_fits
from pin.servers import Reply, serving

HTML = """<html><body>
<a href="x/a-1.0.tar.gz#sha256=1">a-1.0.tar.gz</a><br/>
<a href="x/a-1.0-cp311-cp311-manylinux_2_17_x86_64.whl" data-yanked="broken &amp; bad">a-1.0-cp311-cp311-manylinux_2_17_x86_64.whl</a>
<a href="x" data-yanked="broken &amp; bad">a-2.0-py3-none-any.whl</a><a href="x" data-yanked>a-3.0.tar.gz</a>
<a href="x">a-4.0-cp312-cp312-manylinux_2_28_x86_64.whl</a><a href="x">README</a>
</body></html>"""
JSON = json.dumps(
    {
        "files": [
            {"filename": "a-1.0.tar.gz", "yanked": False},
            {"filename": "a-1.0-cp311-cp311-manylinux_2_17_x86_64.whl", "yanked": "broken & bad"},
            {"filename": "a-2.0-py3-none-any.whl", "yanked": "broken & bad"},
            {"filename": "a-3.0.tar.gz", "yanked": True},
            {"filename": "a-4.0-cp312-cp312-manylinux_2_28_x86_64.whl"},
            {"filename": "README"},
        ]
    }
)
EXPECTED = {
    "1.0": Release(None, wheel=False, source=True),
    "2.0": Release("broken & bad", wheel=True, source=False),
    "3.0": Release("", wheel=False, source=True),
    "4.0": Release(None, wheel=True, source=False),
}


@pytest.mark.parametrize(
    ("text", "content_type"), [(HTML, "text/html"), (JSON, "application/vnd.pypi.simple.v1+json")]
)
def test_both_forms_of_the_simple_index_tell_the_same(text: str, content_type: str) -> None:
    with serving(lambda *_: Reply(200, text, {"Content-Type": content_type})) as server:
        assert PackageIndex((f"{server.url}/simple/",)).releases("A.a_b", "3.12") == EXPECTED
    assert server.requests[0][0] == "/simple/a-a-b/"
    assert "simple.v1+json" in server.requests[0][1]["accept"]


def test_a_package_that_is_nowhere_has_no_releases_and_each_index_is_asked_once() -> None:
    with serving(lambda path, *_: Reply(200, HTML) if "/b/" in path else Reply(404)) as server:
        index = PackageIndex((f"{server.url}/a", f"{server.url}/b"))
        assert index.releases("a", "3.12").keys() == EXPECTED.keys()
        index.releases("a", "3.11")
        assert PackageIndex((f"{server.url}/a",)).releases("a", "3.12") == {}
    assert len(server.requests) == 3


@pytest.mark.parametrize("body", ["{}", "[", '{"files": 1}'])
def test_nonsense_and_silence_are_service_errors_without_secrets(body: str) -> None:
    with serving(lambda *_: Reply(200, body, {"Content-Type": "application/json"})) as server:
        url = server.url.replace("//", "//me:hunter2@")
        with pytest.raises(ServiceError, match=r"\*\*\*\*@") as caught:
            PackageIndex((url,)).releases("a", "3.12")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ServiceError):
        PackageIndex(("http://127.0.0.1:9",)).releases("a", "3.12")


def test_an_index_in_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text(HTML)
    index = PackageIndex((tmp_path.as_uri(),))
    assert index.releases("a", "3.12") == EXPECTED
    assert index.releases("b", "3.12") == {}


@pytest.mark.parametrize(
    ("name", "python", "fits"),
    [
        ("a-1-py3-none-any.whl", "3.12", True),
        ("a-1-py2-none-any.whl", "3.12", False),
        ("a-1-cp312-cp312-manylinux2014_x86_64.whl", "3.12", True),
        ("a-1-cp311-cp311-manylinux2014_x86_64.whl", "3.12", False),
        ("a-1-cp38-abi3-manylinux_2_28_x86_64.whl", "3.12", True),
        ("a-1-cp312-cp312-macosx_11_0_arm64.whl", "3.12", False),
        ("a-1-cp312-cp312-musllinux_1_1_x86_64.whl", "3.12", False),
        ("a-1-cp312-cp312-manylinux_2_39_x86_64.whl", "3.12", False),
        ("a-1.tar.gz", "3.12", None),
    ],
)
def test_wheels_fit_linux_and_the_python(name: str, python: str, fits: bool | None) -> None:
    assert wheel_fits(name, python) is fits


def test_a_version_is_yanked_only_when_all_its_files_are() -> None:
    assert releases_of(parse_page(HTML, "text/html"), "3.12")["1.0"].yanked is None


def test_settings_prefer_the_file_then_the_environment_then_pips_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configured = {"index-url": "https://conf/s", "extra-index-url": "https://conf/e"}
    monkeypatch.setattr("airshift.pin.index_settings.pip_configuration", lambda: configured)
    file = [parse_document("--index-url https://file/${TOKEN}/s\n--extra-index-url https://file/e\n", "f")]
    environment = {"PIP_INDEX_URL": "https://env/s", "PIP_EXTRA_INDEX_URL": "https://env/e", "TOKEN": "t"}
    assert settings_of(file, environment).urls == (
        *("https://file/t/s", "https://file/e", "https://env/e", "https://conf/e"),
    )
    assert settings_of([], environment).main == "https://env/s"
    assert settings_of([], {"UV_DEFAULT_INDEX": "https://uv/s", **environment}).main == "https://uv/s"
    assert settings_of([], {}).main == "https://conf/s"
    assert settings_of([parse_document("--no-index\n--find-links w\n", "f")], environment).urls == ()
