"""Decide which values an export may hold in clear. When in doubt, it may not."""

from __future__ import annotations

import re

from airshift.metadata.model import SECRET_FIELDS, Kind
from airshift.redact import is_secret

_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9])?(?::\d{1,5})?/?|\[?[0-9a-fA-F:]+\]?"
)
_ONE_WORD = re.compile(r"[\w.$-]{1,128}")
_ALWAYS = frozenset({"conn_type", "port", "slots", "include_deferred", "permissions"})


def is_public(kind: Kind, name: str, content: str) -> bool:
    """Whether a field's value may be written to a file and shown."""
    if name in SECRET_FIELDS:
        return False
    if name in _ALWAYS:
        return True
    if (name == "host" and not _HOST.fullmatch(content)) or (
        name == "schema" and not _ONE_WORD.fullmatch(content)
    ):
        return False
    return not is_secret(f"{kind}.{name}", content, known=True)
