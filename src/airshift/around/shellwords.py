"""Split shell text into simple commands of words with places.

Enough of the grammar to know where a command starts: quotes, escapes, operators, comments, here-documents,
substitutions. Nothing is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from airshift.records import dataclass

_BLANK = re.compile(r"(?:[ \t]|\\\r?\n)+")
_COMMENT = re.compile(r"#[^\r\n]*")
_OPERATOR = re.compile(r"\r?\n|;;?|&&|\|\||\|&?|&(?!>)|[(){}](?=[\s;)]|$)|[()]|`")
_HEREDOC = re.compile(r"<<-?[ \t]*(?P<quote>[\"']?)(?P<tag>\w+)(?P=quote)")
_REDIRECT = re.compile(r"\d*(?:&>>?|>>|>&|<&|<<<|[<>])[ \t]*")
_PLAIN = re.compile(r"[^\s\"'\\;&|()`<>$#{]+|[#{]")
_EXPANSION = re.compile(r"\$\{[^}]{0,300}\}|\{\{.{0,300}?\}\}|\{%.{0,300}?%\}|\{#.{0,300}?#\}|\{+|\$\w+|\$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word without its quotes, and where it stands in the text, quotes included."""

    text: str
    start: int
    end: int
    quoted: tuple[tuple[int, int], ...] = ()
    """Contents of double-quoted parts, which may hold substitutions; or of the one quoted word."""


def commands(text: str) -> Iterator[tuple[Word, ...]]:
    """Yield the simple commands of a text, those in substitutions included, in their order."""
    words: list[Word] = []
    at = 0
    heredocs: list[str] = []
    while at < len(text):
        at, word = _next(text, at, heredocs)
        if word is None:
            if words:
                yield tuple(words)
            words = []
        elif word.text or word.end > word.start:
            words.append(word)
            for start, end in word.quoted:
                yield from _substituted(text, start, end)
    if words:
        yield tuple(words)


def _next(text: str, at: int, heredocs: list[str]) -> tuple[int, Word | None]:
    """The offset after the next token, and the word it is; None for an operator, an empty one for a blank."""
    nothing = Word("", at, at)
    if blank := _BLANK.match(text, at):
        return blank.end(), nothing
    if text[at] == "#":
        comment = _COMMENT.match(text, at)
        assert comment is not None
        return comment.end(), nothing
    if heredoc := _HEREDOC.match(text, at):
        heredocs.append(heredoc["tag"])
        return heredoc.end(), nothing
    if redirect := _REDIRECT.match(text, at):
        target = _word(text, redirect.end())
        return max(target.end, redirect.end()), nothing
    if text.startswith("{{", at) or text.startswith("{%", at):
        word = _word(text, at)
        return word.end, word
    if text.startswith("$(", at):
        return at + 2, None
    if operator := _OPERATOR.match(text, at):
        end = operator.end()
        if "\n" in operator.group() and heredocs:
            end = _after_heredocs(text, end, heredocs)
        return end, None
    word = _word(text, at)
    return max(word.end, at + 1), word


def _word(text: str, at: int) -> Word:
    start, parts = at, []
    quoted: list[tuple[int, int]] = []
    while at < len(text):
        character = text[at]
        if character in "\"'":
            end = _closing(text, at)
            parts.append(text[at + 1 : end])
            quoted.append((at + 1, end))
            at = end + 1
        elif character == "\\" and at + 1 < len(text):
            if text[at + 1] in "\r\n":
                break
            parts.append(text[at + 1])
            at += 2
        elif text.startswith("$(", at):
            break
        elif expansion := _EXPANSION.match(text, at):
            parts.append(expansion.group())
            at = expansion.end()
        elif plain := _PLAIN.match(text, at):
            parts.append(plain.group())
            at = plain.end()
        else:
            break
    return Word("".join(parts), start, at, tuple(quoted))


def _closing(text: str, at: int) -> int:
    quote, end = text[at], at + 1
    while end < len(text) and text[end] != quote:
        end += 2 if quote == '"' and text[end] == "\\" else 1
    return min(end, len(text))


def _substituted(text: str, start: int, end: int) -> Iterator[tuple[Word, ...]]:
    """Commands in `$(...)` or backquotes inside a double-quoted part."""
    if start == 0 or text[start - 1] != '"':
        return
    at = start
    while (at := text.find("$(", at, end)) >= 0:
        depth, close = 1, at + 2
        while close < end and depth:
            depth += {"(": 1, ")": -1}.get(text[close], 0)
            close += 1
        inner = " " * (at + 2) + text[at + 2 : close - 1]
        yield from commands(inner)
        at = close


def _after_heredocs(text: str, at: int, heredocs: list[str]) -> int:
    for tag in heredocs:
        close = re.compile(rf"^[ \t]*{tag}[ \t]*$", re.MULTILINE).search(text, at)
        at = close.end() if close else len(text)
    heredocs.clear()
    return at
