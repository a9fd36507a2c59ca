"""Check what shell commands send to the REST API: curl and `aws mwaa invoke-rest-api`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from airshift.around.document import Span
from airshift.around.matches import Match
from airshift.around.rest import check_body, check_mwaa_path, is_rest_url
from airshift.around.shellwords import Word, commands

_DATA = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"})
_USER = frozenset({"-u", "--user"})
_METHOD = frozenset({"-X", "--request"})


def check_shell_requests(text: str) -> Iterator[Match]:
    """Check request bodies and authentication of every curl and aws call of a shell text."""
    for words in commands(text):
        names = [word.text.rpartition("/")[2] for word in words]
        if "curl" in names:
            yield from _curl(words[names.index("curl") + 1 :], text)
        elif "invoke-rest-api" in names:
            yield from _invoke(words, text)


def body_keys(text: str, start: int) -> dict[str, Span] | None:
    """Keys of a JSON object, which may hold shell expansions, and where they stand; None when it is not one."""
    plain = re.sub(r"\$\{?\w+\}?|\{\{.*?\}\}", "0", text.replace('\\"', '"'))
    try:
        body = json.loads(plain)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    found: dict[str, Span] = {}
    for key in body:
        at = re.search(rf"\"{re.escape(key)}\\?\"\s*:", text)
        found[key] = (
            (start + at.start() + 1, start + at.start() + 1 + len(key)) if at else (start, start + len(text))
        )
    return found


def _curl(words: Sequence[Word], text: str) -> Iterator[Match]:
    url = next((word for word in words if is_rest_url(word.text)), None)
    if url is None:
        return
    user = next((word for word in words if word.text in _USER or word.text.startswith("--user=")), None)
    if user is not None:
        message = "REST v2 does not accept user name and password; get a token from POST /auth/token"
        yield Match("AS823", (user.start, user.end), message, "basic auth")
    data = _argument(words, _DATA)
    if data is None:
        return
    method = _argument(words, _METHOD)
    keys = _keys(data, text)
    if keys is not None:
        yield from check_body(url.text, method.text if method else "POST", keys, (data.start, data.end))


def _invoke(words: Sequence[Word], text: str) -> Iterator[Match]:
    path, method, body = (_argument(words, {name}) for name in ("--path", "--method", "--body"))
    if path is None:
        return
    inner = path.quoted[0][0] if path.quoted else path.start
    yield from (match.moved(inner) for match in check_mwaa_path(path.text))
    keys = _keys(body, text) if body else {}
    if keys is not None and method is not None:
        span = (body.start, body.end) if body else (path.start, path.end)
        yield from check_body(path.text, method.text, keys, span)


def _argument(words: Sequence[Word], names: frozenset[str] | set[str]) -> Word | None:
    for at, word in enumerate(words[:-1]):
        if word.text in names:
            return words[at + 1]
    return None


def _keys(word: Word, text: str) -> dict[str, Span] | None:
    start, end = word.quoted[0] if len(word.quoted) == 1 else (word.start, word.end)
    return body_keys(text[start:end], start)
