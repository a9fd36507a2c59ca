"""Read Airflow's environment variables where lines assign them: env files, Dockerfiles, shell scripts.

A file of unknown format (a chart template, say) is searched for assignments and `name:`/`value:` pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from airshift.around.document import Document, Span
from airshift.around.setting import ENV_NAME, Setting, env_setting

_NAME = r"(?P<name>AIRFLOW__[A-Z0-9_]+__[A-Z0-9_]+)"
_VALUE = r"(?P<value>\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[^\s\"'#;&|]*)"
_ASSIGNMENT = re.compile(rf"(?<![\w$]){_NAME}=(?P<quote>){_VALUE}")
_ENV_LINE = re.compile(
    rf"(?m)^[ \t]*(?:export[ \t]+)?{_NAME}[ \t]*=[ \t]*(?P<value>\"[^\"\r\n]*\"|'[^'\r\n]*'|[^#\r\n]*)"
)
_DOCKER_OLD = re.compile(rf"(?mi)^[ \t]*ENV[ \t]+(?-i:{_NAME})[ \t]+(?P<value>[^=\s][^\r\n]*)")
_LOOSE_PAIR = re.compile(rf"(?m)^[ \t]*-?[ \t]*{_NAME}[ \t]*:[ \t]*(?P<value>[^\r\n#]*)")
_LOOSE_NAME = re.compile(
    rf"(?m)^[ \t]*-[ \t]*name:[ \t]*[\"']?{_NAME}[\"']?[ \t]*\r?\n[ \t]*value:[ \t]*(?P<value>[^\r\n#]*)"
)
_DYNAMIC = re.compile(r"[$`]|\{\{")


def read_env_file(document: Document) -> Iterator[Setting]:
    """Yield the settings of `KEY=value` lines; each can go with its line."""
    for match in _ENV_LINE.finditer(document.text):
        yield from _setting(match, document.whole_lines(match.span()))


def read_shell(document: Document) -> Iterator[Setting]:
    """Yield assignments and exports; a line that holds nothing else can go."""
    for match in _ASSIGNMENT.finditer(document.text):
        if not _commented(document, match.start()):
            yield from _setting(match, _alone(document, match))


def read_dockerfile(document: Document) -> Iterator[Setting]:
    """Yield what ENV and ARG set, `ENV KEY value` included, and assignments in RUN."""
    yield from read_shell(document)
    for match in _DOCKER_OLD.finditer(document.text):
        yield from _setting(match, None)


def read_loose(document: Document) -> Iterator[Setting]:
    """Yield settings of text that is in no format we can parse, such as a chart template."""
    for pattern in (_ASSIGNMENT, _LOOSE_PAIR, _LOOSE_NAME):
        for match in pattern.finditer(document.text):
            if not _commented(document, match.start("name")):
                yield from _setting(match, None)


def references(document: Document, variable: str) -> bool:
    """Whether the file also reads the variable, as `$NAME` or `${NAME}`."""
    return re.search(rf"\$\{{?{variable}\b", document.text) is not None


def _setting(match: re.Match[str], whole: Span | None) -> Iterator[Setting]:
    start = match.start("value")
    text = match["value"].rstrip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        start, text = start + 1, text[1:-1]
    value = None if _DYNAMIC.search(text) else text
    found = env_setting(match["name"], value, match.span("name"), (start, start + len(text)), whole)
    if found is not None and ENV_NAME.fullmatch(match["name"]):
        yield found


def _alone(document: Document, match: re.Match[str]) -> Span | None:
    lines = document.whole_lines(match.span())
    before = document.text[lines[0] : match.start()].strip()
    after = document.text[match.end() : lines[1]].strip()
    return lines if before in ("", "export") and not after and not _continued(document, lines[0]) else None


def _continued(document: Document, start: int) -> bool:
    return document.text[:start].rstrip("\r\n").endswith("\\")


def _commented(document: Document, offset: int) -> bool:
    line = document.line_span(document.line_of(offset))
    return document.text[slice(*line)].lstrip().startswith("#")
