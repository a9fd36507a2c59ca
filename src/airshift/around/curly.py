"""Read Airflow options in Terraform and in CDK apps in TypeScript, token by token.

Terraform's own syntax is richer than what is looked at: entries `key = value` (or `key: value`) with a
literal key, below `airflow_configuration_options` or naming an environment variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from airshift.around.document import Document, Span
from airshift.around.mappings import MWAA_KEYS
from airshift.around.setting import ENV_NAME, Setting, dotted_setting, env_setting
from airshift.records import dataclass

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\r\n]*|//[^\r\n]*|/\*.{0,20000}?(?:\*/|\Z))
      |(?P<heredoc><<-?(?P<tag>\w+)\r?\n.{0,20000}?^[ \t]*(?P=tag)\b)
      |(?P<string>"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
      |(?P<word>[A-Za-z_][\w.-]*|\d[\w.]*)
      |(?P<mark>[=:]|[\[\](){},])
      |(?P<other>[^\s\w])""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    span: Span


def read_curly(document: Document) -> Iterator[Setting]:
    """Yield every Airflow option that is set by a literal entry."""
    tokens = list(_tokens(document.text))
    for index, token in enumerate(tokens):
        if token.text.lower() in MWAA_KEYS:
            yield from _options(tokens, index + 1)
        elif ENV_NAME.fullmatch(token.text):
            yield from _variable(tokens, index)


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup if match.lastgroup != "tag" else "heredoc"
        start, end = match.span()
        if kind == "string":
            yield _Token("string", text[start + 1 : end - 1], (start + 1, end - 1))
        elif kind in ("word", "mark", "other"):
            yield _Token(kind, match.group(), (start, end))


def _options(tokens: list[_Token], index: int) -> Iterator[Setting]:
    """Entries of the map (or of the maps merged into it) that follows an options key."""
    depth = 0
    for at in range(index, len(tokens)):
        token = tokens[at]
        if token.kind == "mark" and token.text in "[({":
            depth += 1
        elif token.kind == "mark" and token.text in "])}":
            depth -= 1
            if depth <= 0:
                return
        elif depth and _is_key(tokens, at):
            value, span = _value(tokens, at + 2)
            found = dotted_setting(token.text, value, token.span, span)
            if found is not None:
                yield found
        elif not depth and token.text not in ("=", ":", "merge", "tomap"):
            return


def _variable(tokens: list[_Token], index: int) -> Iterator[Setting]:
    token = tokens[index]
    value, span = None, None
    if _is_key(tokens, index):
        value, span = _value(tokens, index + 2)
    elif index > 1 and tokens[index - 2].text.lower() == "name":
        following = tokens[index + 1 : index + 4]
        if [entry.text.lower() for entry in following if entry.text != ","][:2] in (
            ["value", "="],
            ["value", ":"],
        ):
            at = index + 1 + (following[0].text == ",")
            value, span = _value(tokens, at + 2)
    else:
        return
    found = env_setting(token.text, value, token.span, span)
    if found is not None:
        yield found


def _is_key(tokens: list[_Token], index: int) -> bool:
    return (
        index + 1 < len(tokens)
        and tokens[index + 1].text in ("=", ":")
        and tokens[index].kind in ("string", "word")
    )


def _value(tokens: list[_Token], index: int) -> tuple[str | None, Span | None]:
    if index >= len(tokens) or "${" in tokens[index].text:
        return None, None
    token = tokens[index]
    literal = token.kind == "string" or token.text in ("true", "false") or token.text[:1].isdigit()
    return (token.text, token.span) if literal else (None, None)
