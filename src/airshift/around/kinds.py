"""Which kind of file a path is, by its name and first line."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache


class FileKind(StrEnum):
    """Kinds of files around the code."""

    CFG = "cfg"
    ENV = "env"
    DOCKERFILE = "dockerfile"
    SHELL = "shell"
    MAKEFILE = "makefile"
    PROCFILE = "procfile"
    YAML = "yaml"
    JSON = "json"
    CURLY = "curly"
    PYTHON = "python"
    REQUIREMENTS = "requirements"
    LOOSE = "loose"


IGNORE_FILE = ".airflowignore"

_NAMES = (
    (FileKind.CFG, re.compile(r"(?:.*[-_.])?airflow[\w.-]*\.cfg(?:\.\w+)?")),
    (FileKind.DOCKERFILE, re.compile(r"(?:dockerfile|containerfile)(?:[.-].*)?|.*\.dockerfile")),
    (FileKind.SHELL, re.compile(r".*\.(?:sh|bash|zsh|ksh)(?:\.j2)?")),
    (FileKind.MAKEFILE, re.compile(r"(?:gnu)?makefile(?:\..*)?|.*\.mk")),
    (FileKind.PROCFILE, re.compile(r"procfile(?:\..*)?")),
    (FileKind.YAML, re.compile(r".*\.ya?ml")),
    (FileKind.JSON, re.compile(r".*\.(?:json|template)")),
    (FileKind.CURLY, re.compile(r".*\.(?:tf|tfvars|hcl|ts|js|mjs)")),
    (FileKind.PYTHON, re.compile(r".*\.pyi?")),
    (
        FileKind.REQUIREMENTS,
        re.compile(r".*requirements.*\.(?:txt|in)|constraints.*\.txt|pyproject\.toml|pipfile"),
    ),
    (FileKind.ENV, re.compile(r"(?:.*\.)?env(?:[.-][\w.-]+)?|.*\.env(?:\.\w+)?")),
    (FileKind.LOOSE, re.compile(r".*\.(?:tpl|tmpl|j2|gotmpl|service|conf|properties|toml)|jenkinsfile.*")),
)
_SHEBANG = re.compile(rb"#![^\r\n]*\b(?:ba|z|da|k)?sh\b")
_RELEVANT = re.compile(rb"airflow|api/v[12]|api/experimental|invoke[_-]rest[_-]api", re.IGNORECASE)
_WRITTEN = re.compile(rb"""\{\s*"schema_version":""")
"""How the JSON of airshift begins: reports and baselines quote the estate and are no part of it."""


def kind_of(path: str, data: bytes) -> FileKind | None:
    """The kind of a file, or None when nothing is looked for in it."""
    if _WRITTEN.match(data):
        return None
    kind = _by_name(path.rpartition("/")[2].lower())
    if kind is not None:
        return kind
    return FileKind.SHELL if _SHEBANG.match(data) else None


@lru_cache(maxsize=64)
def _by_name(name: str) -> FileKind | None:
    return next((kind for kind, pattern in _NAMES if pattern.fullmatch(name)), None)


def is_relevant(kind: FileKind, data: bytes) -> bool:
    """Whether the bytes can concern any check of this package."""
    return kind is FileKind.CFG or _RELEVANT.search(data) is not None
