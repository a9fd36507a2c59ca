"""Downloads official constraints files, with a cache that asks again by ETag."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from airshift.errors import DataError, ServiceError
from airshift.folders import cache_folder
from airshift.pin.pins import UPSTREAM, Pins, digest_of, parse_upstream, upstream_url
from airshift.redact import redact_url

if TYPE_CHECKING:
    import requests

_TIMEOUT = (10.0, 30.0)
_LARGEST = 5 * 1024 * 1024
_REDIRECTS = 5
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class _Cached:
    text: str
    etag: str
    url: str


@dataclass(slots=True)
class ConstraintsClient:
    """Fetches constraints from the official place or a mirror of it."""

    template: str = UPSTREAM
    """`{version}` and `{python}` are replaced; an address without them is used as it is."""
    folder: Path | None = None
    session: requests.Session | None = None
    retries: int = 3
    backoff: float = 0.5

    def fetch(self, version: str, python: str) -> Pins:
        """Return the constraints, from the network or, unchanged there, from the cache.

        Raises ServiceError when they cannot be had, or are not a constraints file of that version.
        """
        url = upstream_url(version, python, self.template)
        cached = self._cached(version, python, url)
        text, etag, fresh = self._download(url, cached)
        try:
            pins = parse_upstream(text, version, python, origin="network" if fresh else "cache")
        except DataError as error:
            raise ServiceError(f"{redact_url(url)} is not a constraints file: {error}") from error
        if not pins.versions or _names_other(text, version, python):
            what = f"the constraints file of {version} for Python {python}"
            raise ServiceError(f"{redact_url(url)} is not {what}")
        if fresh:
            self._store(version, python, _Cached(text, etag, url))
        return pins

    def cached(self, version: str, python: str) -> Pins | None:
        """Return what an earlier fetch of the same address left in the cache, checksum verified."""
        found = self._cached(version, python, upstream_url(version, python, self.template))
        return parse_upstream(found.text, version, python, origin="cache") if found else None

    def _download(self, url: str, cached: _Cached | None) -> tuple[str, str, bool]:
        import requests

        session = self.session or self._session()
        headers = {"If-None-Match": cached.etag} if cached and cached.etag else {}
        try:
            answer = _get(session, url, headers)
        except requests.RequestException as error:
            raise ServiceError(f"{redact_url(url)} cannot be reached ({type(error).__name__})") from error
        if answer.status_code == 304 and cached:
            return cached.text, cached.etag, False
        if answer.status_code == 404:
            raise ServiceError(f"{redact_url(url)} does not exist: is the Airflow version and Python right?")
        if not answer.ok:
            raise ServiceError(f"{redact_url(url)} answered {answer.status_code}")
        if len(answer.content) > _LARGEST:
            raise ServiceError(f"{redact_url(url)} is too large for a constraints file")
        return answer.content.decode("utf-8", "replace"), answer.headers.get("ETag", ""), True

    def _session(self) -> requests.Session:
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        retry = Retry(
            total=self.retries,
            backoff_factor=self.backoff,
            status_forcelist=(429, 500, 502, 503, 504),
            allowed_methods=("GET",),
            raise_on_status=False,
        )
        session = requests.Session()
        session.mount("https://", HTTPAdapter(max_retries=retry))
        session.mount("http://", HTTPAdapter(max_retries=retry))
        return session

    def _path(self, version: str, python: str) -> Path:
        return (self.folder or cache_folder()) / "constraints" / f"airflow-{version}-python-{python}.json"

    def _cached(self, version: str, python: str, url: str) -> _Cached | None:
        try:
            document = json.loads(self._path(version, python).read_text(encoding="utf-8"))
            found = _Cached(document["text"], document["etag"], document["url"])
            intact = document["sha256"] == digest_of(found.text.splitlines())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return found if intact and found.url == redact_url(url) else None

    def _store(self, version: str, python: str, entry: _Cached) -> None:
        from airshift.atomic import write_text

        document = {
            "url": redact_url(entry.url),
            "etag": entry.etag,
            "sha256": digest_of(entry.text.splitlines()),
            "text": entry.text,
        }
        try:
            write_text(self._path(version, python), json.dumps(document))
        except OSError as error:
            raise ServiceError(f"the cache folder cannot be written: {error.strerror or error}") from error


def _get(session: requests.Session, url: str, headers: dict[str, str]) -> requests.Response:
    """Follow redirects, each only over TLS."""
    place = url
    for _ in range(_REDIRECTS):
        _require_tls(place)
        answer = session.get(place, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
        if not answer.is_redirect:
            return answer
        place = urljoin(place, answer.headers["Location"])
    raise ServiceError(f"{redact_url(url)} leads on and on")


def _require_tls(url: str) -> None:
    """Refuse what anybody between here and there could change; a redirect may lead there as well."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _THIS_MACHINE:
        raise ServiceError(f"{redact_url(url)} is not encrypted: constraints are only taken over https")


def _names_other(text: str, version: str, python: str) -> bool:
    """Tell whether the file says that it belongs to another version or Python."""
    named = re.findall(r"constraints-([\dX][\dXYZ.]*)/constraints-(\d+\.\d+)\.txt", text)
    return any(other not in (version, "X.Y.Z") or minor != python for other, minor in named)
