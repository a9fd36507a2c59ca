"""Masks credentials in text before it is shown, logged or written to a report."""

from __future__ import annotations

import re

MASK = "****"
_USERINFO = re.compile(r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]*://)(?P<userinfo>[^\s/?#\"'<>]+)@")
_VARIABLES = re.compile(r"(?:\$\{[A-Za-z0-9_]+\}:?)+\Z")
_QUERY = re.compile(
    r"(?P<key>[?&;](?:[A-Za-z0-9_.-]*(?:token|secret|password|passwd|signature|credential|api[_-]?key|auth)|sig|pwd)=)"
    r"[^\s&#\"'<>]+",
    re.IGNORECASE,
)


def redact_url(url: str) -> str:
    """Return the URL with user name, password and secret query values masked."""
    return redact_text(url)


def redact_text(text: str) -> str:
    """Mask the credentials of every URL in `text`; references such as `${TOKEN}` are no secret and stay."""
    return _QUERY.sub(rf"\g<key>{MASK}", _USERINFO.sub(_mask_userinfo, text))


def has_credentials(text: str) -> bool:
    """Tell whether `redact_text` would change anything."""
    return redact_text(text) != text


def _mask_userinfo(match: re.Match[str]) -> str:
    userinfo = match["userinfo"]
    if _VARIABLES.match(userinfo) or userinfo in ("git", MASK):
        return match[0]
    return f"{match['scheme']}{MASK}@"
