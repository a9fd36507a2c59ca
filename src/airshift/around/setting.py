"""One configuration option as some file sets it, whatever the file's format."""

from __future__ import annotations

import re
from enum import StrEnum

from airshift.around.document import Span
from airshift.around.options import Name, Options, name_of
from airshift.records import dataclass

ENV_NAME = re.compile(r"AIRFLOW__([A-Z0-9]+(?:_[A-Z0-9]+)*)__([A-Z0-9]+(?:_[A-Z0-9]+)*)")
DOTTED_NAME = re.compile(r"([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)")
_INDIRECT = ("_cmd", "_secret")


class Spelling(StrEnum):
    """How a file names an option."""

    CFG = "cfg"
    """An entry of airflow.cfg, below its section."""
    ENV = "env"
    """`AIRFLOW__SECTION__OPTION`."""
    DOTTED = "dotted"
    """`section.option`, as MWAA's configuration options."""
    NESTED = "nested"
    """A key below its section in a mapping, as in Helm values."""


@dataclass(frozen=True, slots=True)
class Setting:
    """An option that a file sets; spans are characters of the document."""

    name: Name
    value: str | None
    """None when the file does not tell: a reference, a command, a secret."""
    spelling: Spelling
    key: Span
    """The text that names the option."""
    value_span: Span | None = None
    """Where `value` stands as it is."""
    whole: Span | None = None
    """What to delete to unset the option; None where a person has to."""
    suffix: str = ""
    """`_cmd` or `_secret` when the value is given indirectly."""

    @property
    def dotted(self) -> str:
        """`section.option`."""
        return ".".join(self.name)

    def spelled(self, name: Name) -> str:
        """Another option's name, as this setting would spell it."""
        section, option = name[0], name[1] + self.suffix
        match self.spelling:
            case Spelling.ENV:
                return f"AIRFLOW__{section.upper()}__{option.upper()}"
            case Spelling.DOTTED:
                return f"{section}.{option}"
            case Spelling.CFG | Spelling.NESTED:
                return option


def split_suffix(name: Name) -> tuple[Name, str]:
    """An option's own name and the `_cmd` or `_secret` that says where its value comes from."""
    section, option = name
    if Options.load().knows(name):
        return name, ""
    for suffix in _INDIRECT:
        plain = (section, option.removesuffix(suffix))
        if option.endswith(suffix) and Options.load().knows(plain):
            return plain, suffix
    return name, ""


def env_setting(
    variable: str, value: str | None, key: Span, value_span: Span | None = None, whole: Span | None = None
) -> Setting | None:
    """The setting that an environment variable makes, if its name is one of Airflow's options."""
    match = ENV_NAME.fullmatch(variable)
    if match is None:
        return None
    name, suffix = split_suffix((match[1].lower(), match[2].lower()))
    return Setting(name, None if suffix else value, Spelling.ENV, key, value_span, whole, suffix)


def dotted_setting(
    key_text: str, value: str | None, key: Span, value_span: Span | None = None, whole: Span | None = None
) -> Setting | None:
    """The setting that a `section.option` entry makes, if it is one."""
    if DOTTED_NAME.fullmatch(key_text) is None:
        return None
    name, suffix = split_suffix(name_of(key_text))
    return Setting(name, None if suffix else value, Spelling.DOTTED, key, value_span, whole, suffix)
