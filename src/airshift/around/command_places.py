"""Where files hold commands: scripts, Dockerfiles, Makefiles, Procfiles, YAML, CI files.

Text that is no command is blanked out, so that offsets stay those of the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from airshift.around.commands import CommandLine, check_arguments, check_words
from airshift.around.document import Document
from airshift.around.matches import Match
from airshift.around.nodes import Alias, Items, Mapping, Node, Scalar, walk
from airshift.around.shell_text import check_shell
from airshift.around.shellwords import Word
from airshift.targets import Target

_DOCKER = re.compile(
    r"^[ \t]*(?:ONBUILD[ \t]+)?(?P<word>[A-Z]+)[ \t]+"
    r"(?P<rest>(?:[^\\\n]|\\[^\n]|\\\r?\n(?:[ \t]*#[^\n]*\n)*)*)",
    re.MULTILINE | re.IGNORECASE,
)
_DOCKER_OPTION = re.compile(r"(?:--[\w-]+=\S+[ \t]+)*(?:CMD[ \t]+)?")
_JSON_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"')
_RECIPE = re.compile(r"^\t[@+-]*(?P<line>(?:[^\\\n]|\\[^\n]|\\\n)*)", re.MULTILINE)
_PROCESS = re.compile(r"^(?P<name>[\w-]+):[ \t]*(?P<line>[^\r\n]*)", re.MULTILINE)
_SCRIPT_KEYS = frozenset(
    ["run", "script", "before_script", "after_script", "commands", "bash_command", "Command", "Commands"]
)
_VECTOR_KEYS = frozenset(["command", "args", "entrypoint", "cmd", "Cmd", "EntryPoint", "test"])
KEYS = _SCRIPT_KEYS | _VECTOR_KEYS
"""Keys of YAML and JSON files whose values may be commands."""


def in_script(document: Document, target: Target) -> Iterator[Match]:
    """Commands of a shell script."""
    yield from check_shell(document.text, target)


def in_dockerfile(document: Document, target: Target) -> Iterator[Match]:
    """Commands of RUN, CMD, ENTRYPOINT and HEALTHCHECK; the image's entry point may be airflow itself."""
    text = document.text
    base = any(
        "airflow" in match["rest"] for match in _DOCKER.finditer(text) if match["word"].upper() == "FROM"
    )
    for match in _DOCKER.finditer(text):
        word = match["word"].upper()
        if word not in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
            continue
        option = _DOCKER_OPTION.match(match["rest"])
        start = match.start("rest") + (option.end() if option else 0)
        if text.startswith("[", start):
            yield from _vector(
                _json_words(text, start, match.end()), text, target, implied=base and word == "CMD"
            )
        else:
            shell = re.sub(
                r"(?m)^[ \t]*#[^\n]*\n", lambda comment: " " * len(comment.group()), text[start : match.end()]
            )
            yield from (found.moved(start) for found in check_shell(shell, target))


def in_makefile(document: Document, target: Target) -> Iterator[Match]:
    """Commands of recipes."""
    for match in _RECIPE.finditer(document.text):
        shell = match["line"].replace("$$", " $")
        yield from (found.moved(match.start("line")) for found in check_shell(shell, target))


def in_procfile(document: Document, target: Target) -> Iterator[Match]:
    """Commands of process types."""
    for match in _PROCESS.finditer(document.text):
        yield from (found.moved(match.start("line")) for found in check_shell(match["line"], target))


def in_nodes(document: Document, roots: list[Node], target: Target) -> Iterator[Match]:
    """Commands in compose services, containers, workflow steps, pipeline jobs."""
    for node in walk(roots):
        if not isinstance(node, Mapping):
            continue
        for key, value in node.pairs:
            if isinstance(key, Scalar) and key.value in _SCRIPT_KEYS:
                yield from _scripts(document, value, target)
            elif isinstance(key, Scalar) and key.value in _VECTOR_KEYS:
                yield from _argument_list(document, node, value, target)


def _scripts(document: Document, value: Node, target: Target) -> Iterator[Match]:
    for scalar in value.items if isinstance(value, Items) else [value]:
        if isinstance(scalar, Scalar):
            yield from _script(document, scalar, target)


def _script(document: Document, scalar: Scalar, target: Target) -> Iterator[Match]:
    start, shell = script_text(document, scalar)
    yield from (found.moved(start) for found in check_shell(shell, target))


def script_text(document: Document, scalar: Scalar) -> tuple[int, str]:
    """Where a scalar's shell text starts, and the text with folded lines joined."""
    start, end = scalar.content or scalar.span
    text = document.text[start:end]
    if not scalar.block:
        if scalar.content is None and text[:1] in ("'", '"'):
            start, text = start + 1, text[1:-1]
        return start, text.replace("\r", " ").replace("\n", " ")
    header, _, body = text.partition("\n")
    body = body.replace("\n", " ") if header.lstrip().startswith(">") else body
    return start + len(header) + 1, body


def _argument_list(document: Document, node: Mapping, value: Node, target: Target) -> Iterator[Match]:
    implied = runs_airflow(node)
    if isinstance(value, Scalar):
        start, text = script_text(document, value)
        first = text.split(maxsplit=1)[0] if text.strip() else ""
        if implied and first in CommandLine.load().top:
            yield from (found.moved(start - 8) for found in check_shell(f"airflow {text}", target))
        else:
            yield from _script(document, value, target)
    elif isinstance(value, Items):
        yield from _vector(_scalar_words(document, value), document.text, target, implied=implied)


def runs_airflow(service: Mapping) -> bool:
    """Whether a container seems to run an image whose entry point is airflow."""
    image = service.get("image")
    merged = any(
        isinstance(value, Alias)
        for key, value in service.pairs
        if isinstance(key, Scalar) and key.value == "<<"
    )
    return (
        merged or (isinstance(image, Scalar) and "airflow" in image.value) or service.get("build") is not None
    )


def _vector(words: list[Word], text: str, target: Target, *, implied: bool) -> Iterator[Match]:
    if words and words[0].text in ("CMD", "CMD-SHELL"):
        words = words[1:]
        if len(words) == 1:
            yield from _quoted_script(words[0], text, target)
            return
    if implied and words and words[0].text in CommandLine.load().top:
        yield from check_arguments(words, target)
    elif len(words) == 1 and " " in words[0].text.strip():
        yield from _quoted_script(words[0], text, target)
    else:
        yield from check_words(words, text, target)
        if words and words[0].text in ("-c", "-ec", "-lc") and len(words) > 1:
            yield from _quoted_script(words[1], text, target)


def _quoted_script(word: Word, text: str, target: Target) -> Iterator[Match]:
    for start, end in word.quoted:
        yield from (found.moved(start) for found in check_shell(text[start:end], target))


def _json_words(text: str, start: int, end: int) -> list[Word]:
    return [
        Word(match.group(1), match.start(1), match.end(1), (match.span(1),))
        for match in _JSON_ITEM.finditer(text, start, end)
    ]


def _scalar_words(document: Document, items: Items) -> list[Word]:
    words = []
    for item in items.items:
        if isinstance(item, Scalar):
            start, text = script_text(document, item)
            end = start + len(text)
            words.append(Word(item.value.strip() if item.block else item.value, start, end, ((start, end),)))
    return words
