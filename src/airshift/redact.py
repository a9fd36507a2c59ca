"""Masks credentials before anything is shown, logged or kept: the one place that knows what they look like.

`redact_text` is for prose: addresses, tokens that are known by their shape, authorization headers. It is cheap and
leaves JSON valid, so everything printed or written goes through it. `redact_source` is for lines of an estate's files,
where secrets also stand behind names such as `password`. `is_secret` judges a single setting by name and value.
"""

from __future__ import annotations

import json
import re
from typing import Any

from airshift.late import late

MASK = "****"
_USERINFO = late(r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]{1,40}:/{1,2})(?P<userinfo>[^\s/?#\"'<>]+)@")
_VARIABLES = late(r"(?:\$\{[A-Za-z0-9_]+\}:?)+\Z")
_QUERY = late(
    r"(?P<key>[?&;](?:[A-Za-z0-9_.-]{0,60}(?:token|secret|password|passwd|signature|credential|api[_-]?key|auth)|sig|pwd)=)"
    r"[^\s&#\\\"'<>]+",
    re.IGNORECASE,
)
_SHAPES = late(
    r"\b(?:(?:AKIA|ASIA)[A-Z0-9]{12,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}"
    r"|eyJ[\w-]{8,400}\.[\w-]{8,4000}\.[\w-]{0,1000})|(?<=hooks\.slack\.com/services/)[\w/]+"
)
_MARKS = (
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xox",
    "eyJ",
    "hooks.slack",
)
"""One of these is in every text that `_SHAPES` can find something in; looking for them is much faster."""
_SENT = ("authorization", "Authorization", "AUTHORIZATION", "bearer", "Bearer", "BEARER")
"""One of these is in every text that `_HEADER` is tried on, as are those above for `_SHAPES`."""
_HEADER = late(
    r"(?P<key>(?:\bauthorization[\"']?\s{0,3}[:=,]\s{0,3}[\"']?(?:(?:bearer|basic|token|digest)\s{1,3})?"
    r"|\bbearer\s{1,3}(?=[\w+/.~-]{0,400}[\d=])))(?P<value>[\w+/.~=-]{8,})",
    re.IGNORECASE,
)
_WORDS = (
    r"passw(?:or)?d|passphrase|pass_?code|(?<![a-z])pwd|secret(?!s?_?manager|s\b)|token|fernet|credential|private_?key"
    r"|(?:api|access|account|shared|secret)[_-]?key|webhook|(?<![a-z])dsn|basic_auth|authorization|signature"
)
_HARMLESS = (
    r"(?!\w{0,60}(?:_conn_id|_name|_path|_file|_type|_class|_url|_length|_expiry|_ttl|_prefix|_pattern)\b)"
)
_NAME_END = rf"(?:{_WORDS}){_HARMLESS}[\w.-]{{0,60}}"
_GAP = r"[ \t]{0,9}"
_LITERAL = r"[rbfu]{0,2})(?P<quote>\\?\"{3}|\\?'{3}|\\?[\"'])(?P<value>(?:(?!(?P=quote))(?:\\.|[^\n]))+)"
_NAMED = late(
    rf"(?P<key>(?:{_WORDS}){_HARMLESS}[\w-]{{0,60}}(?:\\?[\"'])?\]?"
    rf"{_GAP}(?::[ ]?\w{{1,60}}[ ]?=|[:=]|=>){_GAP}{_LITERAL}",
    re.IGNORECASE,
)
_GIVEN = late(
    rf"(?P<key>(?:(?<![\w-])--?|\b(?:get|set|getenv|setdefault|add_header|setenv)\({_GAP}[\"'])"
    rf"[\w.-]{{0,60}}{_NAME_END}[\"']{_GAP},{_GAP}(?:\w{{1,60}}[ ]?=[ ]?)?{_LITERAL}",
    re.IGNORECASE,
)
"""A literal behind a literal: `Variable.set("api_key", "...")`, `["--password", "..."]`."""
_FLAG = late(
    rf"(?P<key>(?<![\w-])--?[\w-]{{0,40}}(?:{_WORDS})[\w-]{{0,60}}(?:=|[ \t]{{1,9}}))"
    r"(?P<value>[^\s\"'\\;|&=<{$`-][^\s\"'\\;|&`]*)",
    re.IGNORECASE,
)
_LOGIN = late(
    r"(?P<key>(?<![\w-])(?:-u|--user|--proxy-user)[ =]?[\"']?[^\s:\"'/-][^\s:\"'/]{0,80}:)"
    r"(?P<value>[^\s\"'/][^\s\"']*)"
)
_PAIR = late(
    rf"(?P<key>\b(?:auth|HTTP\w{{1,20}}Auth){_GAP}=?{_GAP}\({_GAP}[\"'][^\"'\n]{{0,200}}[\"']{_GAP},{_GAP}{_LITERAL}"
)
_VARIABLE = late(
    r"(?P<key>\b[A-Z0-9_]{0,60}"
    r"(?:PASSW(?:OR)?D|PASSPHRASE|SECRET|TOKEN|FERNET|CREDENTIAL|PRIVATE_?KEY|(?:API|ACCESS)_?KEY|PWD)"
    r"[A-Z0-9_]{0,60}=)(?P<value>(?!\$)[^\s\"'\\;&|(){}\[\],<]+)(?![\w.]*[(\[])"
)
_ANYWHERE = (_NAMED, _GIVEN, _PAIR, _FLAG, _LOGIN, _VARIABLE)
_SUSPECT = late(rf"{_WORDS}|auth|(?<![\w-])-u|--user|--proxy", re.IGNORECASE)
_SETTING = late(
    r"(?im)(?P<key>^[+-]?[ \t]*(?:(?:export|set|env|-)\s[ \t]*)?[\"']?[\w.\[\]-]{0,80}"
    rf"{_NAME_END}[\"']?[ \t]*[:=][ \t]*)(?P<value>[^\s\"'#|>][^\r\n]*)"
)
_PEM = late(r"(?s)(?P<key>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)(?P<value>.*?)(?=-----END|\Z)")
_BASE64_LINE = late(
    r"(?m)^(?P<key>[+-]?[ \t]*)(?=[a-zA-Z+/]{0,99}\d)(?=[a-z0-9+/]{0,99}[A-Z])(?=[A-Z0-9+/]{0,99}[a-z])"
    r"(?P<value>[A-Za-z0-9+/]{60,}={0,2})(?=[ \t]*\r?$)"
)
_NO_SECRET = late(
    r"\s*(?:(?:bearer|basic|token)\s+)?(?:\*{3,}|true|false|none|null|\d{1,5}|\{\{.*\}\}|\$\{?\w+\}?|\$\(.*\)"
    r"|%\(?\w+\)?s|\{[\w.\[\]]+\}|<[\w -]+>)?[,\s]*\Z",
    re.IGNORECASE,
)


def redact_url(url: str) -> str:
    """Return the URL with user name, password and secret query values masked."""
    return redact_text(url)


def redact_text(text: str) -> str:
    """Mask credentials of URLs, tokens known by their shape and authorization headers; `${TOKEN}` is none and stays."""
    if ":/" in text:
        text = _USERINFO.sub(_mask_userinfo, text)
    if "=" in text:
        text = _QUERY.sub(rf"\g<key>{MASK}", text)
    if any(mark in text for mark in _MARKS):
        text = _SHAPES.sub(MASK, text)
    return _HEADER.sub(_mask_value, text) if any(word in text for word in _SENT) else text


def redact_source(text: str, *, is_code: bool) -> str:
    """Mask what looks like a secret in lines of a file; in code only literals count, elsewhere any value does.

    Lines stay lines. A quoted value, also in a command line or in JSON, is masked by the name before it.
    """
    text = _BASE64_LINE.sub(_mask_value, _PEM.sub(_mask_lines, text))
    if not _SUSPECT.search(text):
        return redact_text(text)
    for pattern in _ANYWHERE if is_code else (*_ANYWHERE, _SETTING):
        text = pattern.sub(_mask_value, text)
    return redact_text(text)


def redact_value(name: str, value: str) -> str:
    """The value of something with a name, masked when the name speaks of a secret."""
    if re.search(_WORDS, name, re.IGNORECASE) and not _NO_SECRET.match(value):
        return MASK
    return redact_source(value, is_code=False)


def is_code(path: str) -> bool:
    """Whether only literals can be secrets in a file of that name."""
    return path.endswith((".py", ".pyi", ".ipynb"))


def has_credentials(text: str) -> bool:
    """Tell whether `redact_text` would change anything."""
    return redact_text(text) != text


def _mask_userinfo(match: re.Match[str]) -> str:
    userinfo = match["userinfo"]
    if _VARIABLES.match(userinfo) or userinfo in ("git", MASK):
        return match[0]
    return f"{match['scheme']}{MASK}@"


def _mask_value(match: re.Match[str]) -> str:
    if _NO_SECRET.match(match["value"]):
        return match[0]
    quote = match.groupdict().get("quote") or ""
    return f"{match['key']}{quote}{MASK}"


def _mask_lines(match: re.Match[str]) -> str:
    """The same number of lines, each with its diff mark."""
    return match["key"] + re.sub(r"(?m)^([+ -]?)(?=[^\r\n]*\w)[^\r\n]+", rf"\g<1>{MASK}", match["value"])


_NAME = late(
    r"passw|passphrase|pwd|secret|token|fernet|credential|private|signature|salt|webhook|dsn|basic_auth|bearer"
    r"|(?:api|access|account|shared)[_-]?key|(?:^|[_.-])key(?:_cmd)?$|conn(?:_async)?(?:_cmd)?$|broker_url|result_backend|user(?:name)?$"
    r"|_cmd$|headers?$",
    re.IGNORECASE,
)
_TEXT = late(
    r"-----BEGIN|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bbearer\s|\*{3}"
    r"|(?:password|passwd|pwd|secret|token|api_?key|access_?key)['\"]?\s*[=:]",
    re.IGNORECASE,
)
_RANDOM = late(
    r"(?<![A-Za-z0-9+/_=-])(?=[A-Za-z0-9+/_=-]{20})(?=[^\s.]{0,999}\d)(?=[^\s.]{0,999}[a-z])(?=[^\s.]{0,999}[A-Z])"
    r"|\b[0-9a-f]{32,}\b"
)
_STRUCTURED = late(r"(?:args|config_list)\Z")
"""Options that hold JSON, with secrets of any name in it."""
_JSON = late(r"\s*[\[{]\s*[\[{\]}\"']")
_PLAIN = late(r"(?i:true|false|t|f|-?\d+(?:\.\d+)?)\Z")
_HARMLESS_KEYS = frozenset(
    "connections_prefix variables_prefix config_prefix connections_lookup_pattern variables_lookup_pattern "
    "config_lookup_pattern sep profile_name region_name full_url_mode are_secret_values_urlencoded".split()
)


def is_secret(name: str, value: str, *, known: bool) -> bool:
    """Whether an option's or a tag's value must not be shown; `known` says that Airflow documents the option.

    When in doubt, it must not.
    """
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
