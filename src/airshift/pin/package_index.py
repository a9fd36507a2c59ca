"""Asks a package index, in JSON (PEP 691) or HTML (PEP 503), which files a package has."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from airshift.errors import ServiceError
from airshift.pin.decisions import Release
from airshift.pin.pins import canonical
from airshift.pin.versions import distribution_of, wheel_fits
from airshift.redact import redact_url

if TYPE_CHECKING:
    import requests

_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
_TIMEOUT = (10.0, 30.0)
_ANCHOR = re.compile(r"<a\b(?P<attributes>[^>]*)>(?P<name>.*?)</a>", re.IGNORECASE | re.DOTALL)
_YANKED = re.compile(r"\bdata-yanked(?:=\"(?P<reason>[^\"]*)\")?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file of a package: its name, and the reason it was yanked for, if it was."""

    name: str
    yanked: str | None = None


@dataclass(slots=True)
class PackageIndex:
    """The configured indexes, asked in turn."""

    urls: tuple[str, ...]
    session: requests.Session | None = None
    _known: dict[str, list[IndexFile]] = field(default_factory=dict)

    def releases(self, name: str, python: str) -> dict[str, Release]:
        """Return the releases of a package by version; raise ServiceError if no index can be reached."""
        if name not in self._known:
            self._known[name] = [file for url in self.urls for file in self._files(url, name)]
        return releases_of(self._known[name], python)

    def _files(self, url: str, name: str) -> list[IndexFile]:
        page = f"{url.rstrip('/')}/{canonical(name)}/"
        if url.startswith("file:"):
            return _local_files(page)
        import requests

        session = self.session or _session()
        try:
            answer = session.get(page, headers={"Accept": _ACCEPT}, timeout=_TIMEOUT)
            if answer.status_code == 404:
                return []
            answer.raise_for_status()
            return parse_page(answer.text, answer.headers.get("Content-Type", ""))
        except (requests.RequestException, ValueError) as error:
            reason = type(error).__name__
            raise ServiceError(f"the package index {redact_url(url)} did not answer ({reason})") from error


def parse_page(text: str, content_type: str) -> list[IndexFile]:
    """Read the page of one project; raise ValueError for JSON without the promised shape."""
    if "json" in content_type:
        import json

        return list(_json_files(json.loads(text)))
    return list(_html_files(text))


def releases_of(files: Iterable[IndexFile], python: str) -> dict[str, Release]:
    """Group files by version; a version counts as yanked when every file is."""
    grouped: dict[str, list[tuple[IndexFile, str]]] = {}
    for file in files:
        found = distribution_of(file.name)
        if found:
            grouped.setdefault(found[0], []).append((file, found[1]))
    return {version: _release(members, python) for version, members in grouped.items()}


def _release(members: list[tuple[IndexFile, str]], python: str) -> Release:
    reasons = [file.yanked for file, _ in members]
    yanked = next((reason for reason in reasons if reason), "") if None not in reasons else None
    wheel = any(kind == "wheel" and bool(wheel_fits(file.name, python)) for file, kind in members)
    return Release(yanked, wheel, any(kind == "source" for _, kind in members))


def _json_files(document: Mapping[str, Any]) -> Iterator[IndexFile]:
    files = document.get("files") if isinstance(document, dict) else None
    if not isinstance(files, list):
        raise ValueError("the index page has no list of files")
    for file in files:
        yanked = file.get("yanked", False)
        reason = (yanked if isinstance(yanked, str) else "") if yanked else None
        yield IndexFile(str(file["filename"]), reason)


def _html_files(text: str) -> Iterator[IndexFile]:
    for match in _ANCHOR.finditer(text):
        yanked = _YANKED.search(match["attributes"])
        reason = html.unescape(yanked["reason"] or "") if yanked else None
        yield IndexFile(html.unescape(match["name"]).strip(), reason)


def _local_files(page: str) -> list[IndexFile]:
    folder = Path(unquote(urlsplit(page).path))
    index = folder / "index.html"
    if index.is_file():
        return parse_page(index.read_text(encoding="utf-8", errors="replace"), "text/html")
    return [IndexFile(file.name) for file in sorted(folder.glob("*"))] if folder.is_dir() else []


def _session() -> requests.Session:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    session = requests.Session()
    retry = Retry(total=2, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504))
    session.mount("https://", HTTPAdapter(max_retries=retry))
    session.mount("http://", HTTPAdapter(max_retries=retry))
    return session
