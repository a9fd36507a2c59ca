"""The grammar of one requirements line, as values that print back to what they were read from."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from airshift.pin.pins import canonical
from airshift.records import dataclass


@dataclass(frozen=True, slots=True)
class Blank:
    """Nothing, or nothing but a comment."""


@dataclass(frozen=True, slots=True)
class Package:
    """A name with extras, versions and a marker, e.g. `pandas[s3]>=2 ; python_version < "3.13"`."""

    name: str
    extras: tuple[str, ...] = ()
    specifier: str = ""
    marker: str = ""
    options: tuple[str, ...] = ()
    """Per-requirement options as written, e.g. `--hash=sha256:...`."""

    @property
    def key(self) -> str:
        """The canonical name."""
        return canonical(self.name)


@dataclass(frozen=True, slots=True)
class Direct:
    """A URL, a repository, a local file or folder; `name` is empty where the line does not tell it."""

    target: str
    name: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    options: tuple[str, ...] = ()
    editable: bool = False

    @property
    def key(self) -> str:
        """The canonical name, or an empty string."""
        return canonical(self.name) if self.name else ""


@dataclass(frozen=True, slots=True)
class Include:
    """`-r FILE`."""

    path: str


@dataclass(frozen=True, slots=True)
class ConstraintFile:
    """`-c FILE-OR-URL`."""

    location: str


@dataclass(frozen=True, slots=True)
class Option:
    """An option for the whole run, e.g. `--extra-index-url URL`; `value` is empty for a switch."""

    flag: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A line that is one environment variable and nothing else."""

    name: str


@dataclass(frozen=True, slots=True)
class Invalid:
    """A line that pip rejects, with the reason."""

    text: str
    reason: str


Entry = Blank | Package | Direct | Include | ConstraintFile | Option | Variable | Invalid

_SHORT = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "-f": "--find-links",
}
_VALUED = frozenset(
    {
        *_SHORT.values(),
        "--pypi-url",
        "--extra-index-url",
        "--no-binary",
        "--only-binary",
        "--trusted-host",
        "--use-feature",
    }
)
_SWITCHES = frozenset({"--no-index", "--prefer-binary", "--require-hashes", "--pre"})
_PER_REQUIREMENT = re.compile(r"\s+(?=--(?:hash|global-option|install-option|config-settings?)\b)")
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z0-9_]+)\}")
_ONE_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z0-9_]+)\}\Z")
_SCHEME = re.compile(r"(?:(?:git|hg|svn|bzr)\+)?[A-Za-z][A-Za-z0-9+.-]*://|(?:git|hg|svn|bzr)\+|file:")
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz)\Z", re.IGNORECASE)
_EGG = re.compile(r"[#&]egg=(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[(?P<extras>[^\]]*)\])?")
_LOCAL_EXTRAS = re.compile(r"(?P<path>.+?)\[(?P<extras>[A-Za-z0-9._,\s-]*)\]\Z")
_MARKER = re.compile(r"\s+;\s*|;\s+")


def parse_entry(text: str) -> Entry:
    """Read one logical line, its comment already taken off; never raises."""
    text = text.strip()
    if not text:
        return Blank()
    if match := _ONE_VARIABLE.match(text):
        return Variable(match["name"])
    if text.startswith("-"):
        return _parse_option(text)
    requirement, *options = _PER_REQUIREMENT.split(text)
    return _parse_requirement(requirement.strip(), tuple(option.strip() for option in options))


def print_entry(entry: Entry) -> str:
    """Return the canonical spelling; `parse_entry` of it is the entry again."""
    match entry:
        case Blank():
            return ""
        case Package():
            text = entry.name + _bracketed(entry.extras) + entry.specifier
            return _with_tail(text, entry.marker, entry.options)
        case Direct():
            return _print_direct(entry)
        case Include(path):
            return f"-r {path}"
        case ConstraintFile(location):
            return f"--constraint {location}"
        case Option(flag, value):
            return f"{flag} {value}".rstrip()
        case Variable(name):
            return f"${{{name}}}"
        case Invalid(text):
            return text


def variables_in(text: str) -> tuple[str, ...]:
    """Return the names of the `${NAME}` references that pip would expand."""
    return tuple(match["name"] for match in _VARIABLE.finditer(text))


def expand(text: str, environment: dict[str, str]) -> str:
    """Replace `${NAME}` by its value; a name that is not set stays, as pip does it."""
    return _VARIABLE.sub(lambda match: environment.get(match["name"]) or match[0], text)


def _parse_option(text: str) -> Entry:
    flag, value = _split_option(text)
    if flag in _SWITCHES:
        return Invalid(text, f"{flag} takes no value") if value else Option(flag)
    if flag not in _VALUED:
        return Invalid(text, f"pip has no option {flag} for a requirements file")
    if not value:
        return Invalid(text, f"{flag} needs a value")
    match flag:
        case "--requirement":
            return Include(value)
        case "--constraint":
            return ConstraintFile(value)
        case "--editable":
            entry = _direct(value, ())
            return replace(entry, editable=True) if isinstance(entry, Direct) else entry
        case _:
            return Option(flag, value)


def _split_option(text: str) -> tuple[str, str]:
    if text.startswith("--"):
        flag, value = re.match(r"(--[A-Za-z-]*)(?:=|\s+|\Z)?(.*)\Z", text, re.DOTALL).groups()  # type: ignore[union-attr]
    else:
        flag, value = _SHORT.get(text[:2], text[:2]), text[2:].removeprefix("=")
    return flag, _unquoted(value.strip())


def _unquoted(value: str) -> str:
    if value[:1] not in ("'", '"'):
        return value
    try:
        words = shlex.split(value)
    except ValueError:
        return value
    return words[0] if len(words) == 1 and " " not in words[0] else value


def _parse_requirement(text: str, options: tuple[str, ...]) -> Entry:
    if _looks_direct(text):
        return _direct(text, options)
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        parsed = Requirement(text)
    except InvalidRequirement as error:
        return Invalid(" ".join((text, *options)), str(error).splitlines()[0])
    extras, marker = tuple(sorted(parsed.extras)), str(parsed.marker or "")
    if not _reads_back(marker):
        return Invalid(" ".join((text, *options)), "the marker after ';' cannot be read")
    if parsed.url:
        return Direct(parsed.url, parsed.name, extras, marker, options)
    specifier = ",".join(sorted(str(part) for part in parsed.specifier))
    return Package(parsed.name, extras, specifier, marker, options)


def _looks_direct(text: str) -> bool:
    head = _MARKER.split(text, maxsplit=1)[0]
    if re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*@", head):
        return False
    archive = _LOCAL_EXTRAS.match(head)
    path = archive["path"] if archive else head
    return bool(
        _SCHEME.match(head) or head[:1] in "./~$" or _ARCHIVE.search(path) or "/" in head.split("[")[0]
    )


def _direct(text: str, options: tuple[str, ...]) -> Entry:
    target, marker = _split_marker(text)
    if target is None:
        return Invalid(text, "the marker after ';' cannot be read")
    egg = _EGG.search(target)
    if egg:
        return Direct(target, egg["name"], _names(egg["extras"] or ""), marker, options)
    local = None if "://" in target else _LOCAL_EXTRAS.match(target)
    path, extras = (local["path"], _names(local["extras"])) if local else (target, ())
    return Direct(path, wheel_name(path), extras, marker, options)


def wheel_name(path: str) -> str:
    """Return the distribution that a wheel's file name tells, or an empty string."""
    name = path.split("#")[0].split("?")[0].rsplit("/", 1)[-1]
    parts = name.removesuffix(".whl").split("-")
    return parts[0] if name.endswith(".whl") and len(parts) in (5, 6) else ""


def _split_marker(text: str) -> tuple[str | None, str]:
    parts = _MARKER.split(text, maxsplit=1)
    if len(parts) == 1:
        return text, ""
    from packaging.markers import InvalidMarker, Marker

    try:
        marker = str(Marker(parts[1]))
    except InvalidMarker:
        return None, ""
    return (parts[0].strip(), marker) if _reads_back(marker) else (None, "")


def _reads_back(marker: str) -> bool:
    """Whether a marker can be written down: escapes in its texts are read, and printed without."""
    from packaging.markers import InvalidMarker, Marker

    try:
        return not marker or bool(Marker(marker))
    except InvalidMarker:
        return False


def _names(text: str) -> tuple[str, ...]:
    return tuple(sorted(part.strip() for part in text.split(",") if part.strip()))


def _bracketed(extras: tuple[str, ...]) -> str:
    return f"[{','.join(extras)}]" if extras else ""


def _with_tail(text: str, marker: str, options: tuple[str, ...]) -> str:
    if marker:
        text += f" ; {marker}"
    return " ".join((text, *options))


def _print_direct(entry: Direct) -> str:
    if entry.editable:
        extras = "" if _EGG.search(entry.target) else _bracketed(entry.extras)
        return f"-e {_with_tail(entry.target + extras, entry.marker, entry.options)}"
    named = entry.name and not _EGG.search(entry.target) and not wheel_name(entry.target)
    if named and _SCHEME.match(entry.target):
        text = f"{entry.name}{_bracketed(entry.extras)} @ {entry.target}"
    else:
        text = entry.target + ("" if _EGG.search(entry.target) else _bracketed(entry.extras))
    return _with_tail(text, entry.marker, entry.options)
