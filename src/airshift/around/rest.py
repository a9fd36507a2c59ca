"""Find callers of REST v1: URLs and paths in any text, the fields they send, how they authenticate."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from airshift._data import data_folder
from airshift.around.document import Span
from airshift.around.matches import Match
from airshift.findings import Applicability
from airshift.records import dataclass
from airshift.tables import read_table

_TAIL = r"(?:/(?:\{\{.{0,300}?\}\}|[^\s\"'?`<>|;&),\\])*+)?"
_V1 = re.compile(rf"(?<![\w-])(?P<base>/?api/v1)(?![\w.])(?P<path>{_TAIL})(?P<query>\?[^\s\"'`<>|;)]*)?")
_ANY = re.compile(rf"(?<![\w-])/?api/v[12](?![\w.])(?P<path>{_TAIL})")
_EXPERIMENTAL = re.compile(r"(?<![\w-])/?api/experimental(?=/|\b)[^\s\"'`]*")
_ROOT_HEALTH = re.compile(r"https?://(?P<host>[^\s/\"'`]+)(?P<path>/health)(?![\w/.-])")
_TOKEN_END = re.compile(r"[\s\"'`<>|;()\[\]=]")
_PLACEHOLDER = re.compile(r"^(?:\{.*\}|\$.*|<.*>|%s|%\(.*\)s)$")
_RUNS = "/dags/{}/dagRuns"


@dataclass(frozen=True, slots=True)
class _Operation:
    pattern: re.Pattern[str]
    path: str
    to: str
    root: bool
    why: str


@dataclass(frozen=True, slots=True)
class _Fields:
    pattern: re.Pattern[str]
    method: str
    refused: frozenset[str]
    renamed: Mapping[str, str]
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RestTable:
    """The table of rules/rest.toml."""

    own: frozenset[str]
    shared: frozenset[str]
    operations: tuple[_Operation, ...]
    fields: tuple[_Fields, ...]
    queries: Mapping[str, tuple[str, str]]

    @classmethod
    @cache
    def load(cls) -> RestTable:
        """The table that ships with airshift, read once a process."""
        table = read_table(data_folder("rules") / "rest.toml")
        return cls(
            frozenset(table["resources"]["own"]),
            frozenset(table["resources"]["shared"]),
            tuple(
                _Operation(
                    _path(row["path"]), row["path"], row.get("to", ""), row.get("root", False), row.get("why", "")
                )
                for row in table["operation"]
            ),
            tuple(
                _Fields(
                    _path(row["path"]), row["method"], frozenset(row["refused"]), row.get("renamed", {}),
                    tuple(row.get("required", ())),
                )
                for row in table["field"]
            ),
            {row["name"]: (row.get("to", ""), row.get("why", "")) for row in table["query"]},
        )  # fmt: skip

    def operation(self, path: str) -> tuple[_Operation, re.Match[str]] | None:
        """The row of an operation that has no counterpart at this path, if any."""
        for row in self.operations:
            if match := row.pattern.fullmatch(path.rstrip("/")):
                return row, match
        return None


def check_string(value: str, *, about_airflow: bool = False) -> Iterator[Match]:
    """Check the URLs in a text; `about_airflow` says that its file is about Airflow anyway."""
    for match in _V1.finditer(value):
        if _is_airflow(match, value, about_airflow=about_airflow):
            yield _v1(match)
            yield from _query(match)
    for match in _EXPERIMENTAL.finditer(value):
        yield Match(
            "AS821", match.span(), "the experimental REST API is gone; use /api/v2", "/api/experimental"
        )
    for match in _ROOT_HEALTH.finditer(value):
        local = about_airflow and re.match(r"(localhost|127\.0\.0\.1|\$\{?HOSTNAME\}?):8080", match["host"])
        if local or re.search(r"airflow|webserver", match["host"], re.IGNORECASE):
            message = "the web server's /health is gone; use /api/v2/monitor/health"
            edits = ((match.span("path"), "/api/v2/monitor/health"),)
            yield Match("AS821", match.span("path"), message, "/health", edits, Applicability.UNSAFE, _CHECK)


def check_mwaa_path(path: str) -> Iterator[Match]:
    """Check the `Path` given to `invoke_rest_api`, which is relative to the environment's own API version."""
    if path.startswith(("/api/v1", "api/v1")):
        yield from check_string(path)
        return
    found = RestTable.load().operation(path.partition("?")[0])
    if found is None:
        return
    row, match = found
    if row.to and not row.root:
        edits = (((0, match.end()), _filled(row, match)),)
        yield Match(
            "AS821", (0, match.end()), _operation_message(row), row.path, edits, Applicability.UNSAFE, _CHECK
        )
    else:
        yield Match("AS821", (0, match.end()), _operation_message(row), row.path)


def check_body(path: str, method: str, keys: Mapping[str, Span], whole: Span) -> Iterator[Match]:
    """Check the keys of a request body; `path` may have any base, `keys` tells where each key stands."""
    tail = path_of(path)
    for row in RestTable.load().fields:
        if row.method != method.upper() or not row.pattern.fullmatch(tail.rstrip("/")):
            continue
        for key, span in keys.items():
            if key in row.refused:
                yield _refused(row, key, span)
        for key in row.required:
            if key not in keys and not any(row.renamed.get(other) == key for other in keys):
                message = f"REST v2 requires `{key}` ({_short(tail)}); null starts a run without a date"
                yield Match("AS822", whole, message, key)


def path_of(url: str) -> str:
    """The path of a URL below /api/v1 or /api/v2, or the path itself when it has no such base."""
    match = _ANY.search(url)
    path = match["path"] if match else url.partition("?")[0]
    return path if path.startswith("/") else f"/{path}"


def is_rest_url(text: str) -> bool:
    """Whether a text holds a URL of Airflow's REST API, of either version."""
    match = _ANY.search(text)
    return match is not None and _is_airflow(match, text)


_CHECK = "field names and authentication differ in v2; check the call"


def _v1(match: re.Match[str]) -> Match:
    found = RestTable.load().operation(match["path"])
    base = match.span("base")
    slash = "/" if match["base"].startswith("/") else ""
    if found is None:
        edits = ((base, f"{slash}api/v2"),)
        message = f"REST v1 is gone; use {slash}api/v2 (fields and authentication differ)"
        return Match("AS820", base, message, "/api/v1", edits, Applicability.UNSAFE, _CHECK)
    row, path = found
    span = (base[0], match.end("path"))
    if not row.to:
        return Match("AS821", span, _operation_message(row), row.path)
    new = _filled(row, path) if row.root else f"/api/v2{_filled(row, path)}"
    edits = ((span, new if slash else new.lstrip("/")),)
    return Match("AS821", span, _operation_message(row), row.path, edits, Applicability.UNSAFE, _CHECK)


def _operation_message(row: _Operation) -> str:
    target = row.to if row.root else f"/api/v2{row.to}"
    advice = "; ".join(part for part in (f"use {target}" if row.to else "", row.why) if part)
    return f"REST operation {row.path} is not at this path in v2; {advice}"


def _filled(row: _Operation, match: re.Match[str]) -> str:
    parts = iter(match.groups())
    return re.sub(r"\{\}", lambda _: next(parts), row.to)


def _query(match: re.Match[str]) -> Iterator[Match]:
    if not match["query"]:
        return
    for name, (to, why) in RestTable.load().queries.items():
        for found in re.finditer(rf"(?<=[?&]){name}(?==)", match["query"]):
            start = match.start("query") + found.start()
            span = (start, start + len(name))
            advice = f"use {to}" if to else why
            edits = ((span, to),) if to else ()
            message = f"REST v2 has no query parameter {name}; {advice}"
            applicability = Applicability.UNSAFE if edits else Applicability.MANUAL
            yield Match("AS822", span, message, name, edits, applicability, _CHECK)


def _refused(row: _Fields, key: str, span: Span) -> Match:
    new = row.renamed.get(key, "")
    message = f"REST v2 refuses the field `{key}` with 422"
    if not new:
        return Match("AS822", span, message, key)
    return Match(
        "AS822", span, f"{message}; it is `{new}`", key, ((span, new),), Applicability.UNSAFE, _CHECK
    )


def _is_airflow(match: re.Match[str], value: str, *, about_airflow: bool = False) -> bool:
    table = RestTable.load()
    segments = [part for part in match["path"].split("/") if part]
    if segments and segments[0] in table.own:
        return True
    around = _token(value, match.start()).lower()
    named = re.search(r"airflow|mwaa|webserver", around)
    if not named and (not about_airflow or re.search(r"://[\w.-]", around)):
        return False
    return not segments or segments[0] in table.shared or bool(_PLACEHOLDER.match(segments[0]))


def _token(value: str, at: int) -> str:
    """The text around an offset, up to blanks and quotes."""
    start = at
    while start > max(at - 300, 0) and not _TOKEN_END.match(value[start - 1]):
        start -= 1
    end = _TOKEN_END.search(value, at)
    return value[start : end.start() if end else len(value)]


def _short(path: str) -> str:
    return _RUNS if path.endswith("/dagRuns") else path


def _path(template: str) -> re.Pattern[str]:
    pattern = (
        re.escape(template)
        .replace(re.escape("{*}"), r"(.+)")
        .replace(re.escape("{}"), r"((?:\{\{.{0,300}?\}\}|[^/])++)")
    )
    return re.compile(pattern)
