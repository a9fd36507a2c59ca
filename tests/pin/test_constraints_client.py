from __future__ import annotations

from pathlib import Path

import pytest

from airshift.clients.constraints import ConstraintsClient
from airshift.errors import ServiceError, UsageError
from airshift.pin.obtain import obtain, synchronise
from airshift.pin.store import load_bundled
from pin.servers import Reply, serving

TEXT = """
# This constraints file was automatically generated on 2026-10-01T10:00:00.000000
#    "https://raw.githubusercontent.com/apache/airflow/constraints-X.Y.Z/constraints-3.12.txt"
pandas==3.0.9
Flask_Thing==1.0
"""
UNREACHABLE = "http://127.0.0.1:9/{version}/{python}"


def client(url: str, folder: Path) -> ConstraintsClient:
    return ConstraintsClient(f"{url}/constraints-{{version}}/constraints-{{python}}.txt", folder, backoff=0.0)


def test_the_mirror_is_asked_for_version_and_python(tmp_path: Path) -> None:
    with serving(lambda *_: Reply(200, TEXT, {"ETag": '"1"'})) as server:
        pins = client(server.url, tmp_path).fetch("3.3.2", "3.12")
    assert server.requests[0][0] == "/constraints-3.3.2/constraints-3.12.txt"
    assert dict(pins.versions) == {"pandas": "3.0.9", "flask-thing": "1.0"}
    assert (pins.origin, pins.generated) == ("network", "2026-10-01T10:00:00.000000")


def test_the_second_time_the_etag_is_sent_and_the_cache_used(tmp_path: Path) -> None:
    def answer(_path: str, headers: dict[str, str], _number: int) -> Reply:
        return Reply(304) if headers.get("if-none-match") == '"1"' else Reply(200, TEXT, {"ETag": '"1"'})

    with serving(answer) as server:
        fetcher = client(server.url, tmp_path)
        first, second = fetcher.fetch("3.3.2", "3.12"), fetcher.fetch("3.3.2", "3.12")
    assert (first.origin, second.origin) == ("network", "cache")
    assert first.digest == second.digest
    assert fetcher.cached("3.3.2", "3.12").digest == first.digest


def test_a_damaged_cache_is_not_used(tmp_path: Path) -> None:
    with serving(lambda *_: Reply(200, TEXT, {"ETag": '"1"'})) as server:
        fetcher = client(server.url, tmp_path)
        fetcher.fetch("3.3.2", "3.12")
        (entry,) = (tmp_path / "constraints").glob("*.json")
        entry.write_text(entry.read_text().replace("3.0.9", "9.9.9"))
        assert fetcher.cached("3.3.2", "3.12") is None
        assert fetcher.fetch("3.3.2", "3.12").versions["pandas"] == "3.0.9"
    assert "if-none-match" not in server.requests[1][1]


def test_failures_of_the_server_are_tried_again(tmp_path: Path) -> None:
    with serving(lambda _path, _headers, number: Reply(503) if number < 3 else Reply(200, TEXT)) as server:
        assert client(server.url, tmp_path).fetch("3.3.2", "3.12").versions["pandas"] == "3.0.9"
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(404), "does not exist"),
        (Reply(500), "answered 500"),
        (Reply(200, "<html>sign in</html>"), "not a constraints file"),
        (Reply(200, ""), "not the constraints file of 3.3.2"),
        (
            Reply(200, TEXT.replace("constraints-3.12", "constraints-3.11")),
            "not the constraints file of 3.3.2",
        ),
        (Reply(200, TEXT.replace("X.Y.Z", "3.3.1")), "not the constraints file of 3.3.2"),
    ],
)
def test_wrong_answers_are_refused_and_not_cached(tmp_path: Path, reply: Reply, words: str) -> None:
    with serving(lambda *_: reply) as server:
        with pytest.raises(ServiceError, match=words):
            client(server.url, tmp_path).fetch("3.3.2", "3.12")
        assert client(server.url, tmp_path).cached("3.3.2", "3.12") is None


def test_errors_do_not_show_the_credentials_of_a_mirror(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as caught:
        ConstraintsClient("http://me:hunter2@127.0.0.1:9/{version}", tmp_path, retries=0).fetch(
            "3.3.2", "3.12"
        )
    assert "hunter2" not in str(caught.value)
    assert "****" in str(caught.value)


def test_the_proxy_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda *_: Reply(200, TEXT)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        pins = ConstraintsClient("http://localhost/{version}/{python}.txt", tmp_path).fetch("3.3.2", "3.12")
    assert pins.versions["pandas"] == "3.0.9"
    assert proxy.requests[0][0] == "http://localhost/3.3.2/3.12.txt"


def test_a_bundled_release_needs_no_network() -> None:
    assert obtain("3.3.1", "3.12", None).pins == load_bundled("3.3.1", "3.12")


def test_an_unbundled_release_comes_from_the_network_then_from_the_cache(tmp_path: Path) -> None:
    with serving(lambda *_: Reply(200, TEXT)) as server:
        fetcher = client(server.url, tmp_path)
        assert "downloaded" in obtain("3.3.2", "3.12", fetcher).note
        assert "cache" in obtain("3.3.2", "3.12", fetcher).note
    assert len(server.requests) == 1


def test_an_unbundled_release_without_network_fails_with_the_way_out(tmp_path: Path) -> None:
    fetcher = ConstraintsClient(UNREACHABLE, tmp_path, retries=0)
    with pytest.raises(
        UsageError, match=r"3\.3\.2 for Python 3\.12: .*cannot be reached.*Bundled: .*--constraints-url"
    ):
        obtain("3.3.2", "3.12", fetcher)


def test_sync_falls_back_to_the_bundled_file_and_says_so(tmp_path: Path) -> None:
    obtained = synchronise("3.3.1", "3.12", ConstraintsClient(UNREACHABLE, tmp_path, retries=0))
    assert obtained.pins == load_bundled("3.3.1", "3.12")
    assert "the bundled constraints are used" in obtained.note


def test_sync_tells_how_the_official_file_differs_from_the_bundled_one(tmp_path: Path) -> None:
    with serving(lambda *_: Reply(200, TEXT)) as server:
        assert (
            "differs from the bundled ones in"
            in synchronise("3.3.1", "3.12", client(server.url, tmp_path)).note
        )
    same = "\n".join(load_bundled("3.3.1", "3.12").lines())
    with serving(lambda *_: Reply(200, same)) as server:
        assert "equal to the bundled ones" in synchronise("3.3.1", "3.12", client(server.url, tmp_path)).note
