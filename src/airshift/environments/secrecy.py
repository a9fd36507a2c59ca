"""Tell which values of configuration options and tags may be shown. When in doubt, they may not."""

from __future__ import annotations

import json
import re
from typing import Any

from airshift.redact import has_credentials

_NAME = re.compile(
    r"passw|passphrase|pwd|secret|token|fernet|credential|private|signature|salt|webhook|dsn|basic_auth|bearer"
    r"|(?:api|access|account|shared)[_-]?key|(?:^|[_.-])key(?:_cmd)?$|conn(?:_async)?(?:_cmd)?$|broker_url|result_backend|user(?:name)?$"
    r"|_cmd$|headers?$",
    re.IGNORECASE,
)
_TEXT = re.compile(
    r"-----BEGIN|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bbearer\s|\*{3}"
    r"|(?:password|passwd|pwd|secret|token|api_?key|access_?key)['\"]?\s*[=:]",
    re.IGNORECASE,
)
_RANDOM = re.compile(r"(?=[^\s.]*\d)(?=[^\s.]*[a-z])(?=[^\s.]*[A-Z])[A-Za-z0-9+/_=-]{20,}|\b[0-9a-f]{32,}\b")
_STRUCTURED = re.compile(r"(?:args|config_list)\Z")
"""Options that hold JSON, with secrets of any name in it."""
_JSON = re.compile(r"\s*[\[{]\s*[\[{\]}\"']")
_PLAIN = re.compile(r"(?i:true|false|t|f|-?\d+(?:\.\d+)?)\Z")
_HARMLESS_KEYS = frozenset(
    "connections_prefix variables_prefix config_prefix connections_lookup_pattern variables_lookup_pattern "
    "config_lookup_pattern sep profile_name region_name full_url_mode are_secret_values_urlencoded".split()
)


def is_secret(name: str, value: str, *, known: bool) -> bool:
    """Whether an option's or a tag's value must not be shown; `known` says that Airflow documents the option."""
    if _PLAIN.match(value):
        return bool(_NAME.search(name)) and not value.lower().startswith(("t", "f"))
    if _NAME.search(name) or not known or has_credentials(value):
        return True
    if _STRUCTURED.search(name) or _JSON.match(value):
        return not _harmless(value)
    return bool(_TEXT.search(value) or _RANDOM.search(value))


def _harmless(text: str) -> bool:
    """Whether a JSON text holds nothing but settings of secrets backends that are known to be no secrets."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and all(
        key in _HARMLESS_KEYS and _plain(value) for key, value in content.items()
    )


def _plain(value: Any) -> bool:
    if not isinstance(value, str):
        return value is None or isinstance(value, bool | int | float)
    return not (has_credentials(value) or _TEXT.search(value) or _RANDOM.search(value))
