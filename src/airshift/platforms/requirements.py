"""Requirements that the image of MWAA meets already, and those that are newer than the target's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from airshift.around.document import Document
from airshift.around.report import report
from airshift.errors import UsageError
from airshift.findings import Finding
from airshift.pin.store import images, load_bundled, usual_python
from airshift.targets import Target

_LINE = re.compile(
    r"(?m)^[ \t]*(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?[ \t]*(?P<pin>==[ \t]*(?P<version>[\w.]+))?"
)
_PROVIDER = "apache-airflow-providers-"


def check_requirements(document: Document, target: Target) -> Iterator[Finding]:
    """Yield requirements that need no line on MWAA, and providers that the target has in an older version."""
    image = images().get(target.version)
    newest = _constraints(target)
    for line in _LINE.finditer(document.text):
        name = re.sub(r"[-_.]+", "-", line["name"]).lower()
        known, version = newest.get(name, ""), line["version"] or ""
        if name.startswith(_PROVIDER) and known and version and _is_newer(version, known):
            message = (
                f"{name} {version} is newer than {known}, which Airflow {target.version} was tested with."
            )
            yield from report("AS861", document, line.span("name"), message, target, symbol=name)
        elif image is not None and name in image.packages and name != "apache-airflow":
            message = f"The image of MWAA {target.version} has {name} already: the line can go."
            yield from report("AS859", document, line.span("name"), message, target, symbol=name)


def _constraints(target: Target) -> dict[str, str]:
    try:
        return dict(load_bundled(target.version, usual_python(target.version, platform="mwaa")).versions)
    except UsageError:
        return {}


def _is_newer(version: str, known: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version) > Version(known)
    except InvalidVersion:
        return False
