"""Find requirements on the Airflow client for REST v1."""

from __future__ import annotations

import re
from collections.abc import Iterator

from airshift.around.document import Document
from airshift.around.matches import Match

_CLIENT = re.compile(r"(?mi)^[ \t\"']*(?P<name>apache[-_.]airflow[-_.]client)(?P<spec>[^#;\"'\r\n]*)")


def check_requirements(document: Document) -> Iterator[Match]:
    """Yield pins that keep the client below version 3; no pin takes the newest."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    for match in _CLIENT.finditer(document.text):
        try:
            allowed = SpecifierSet(match["spec"].strip().strip("()"))
        except InvalidSpecifier:
            continue
        if not any(
            allowed.contains(version) for version in ("3.0.0", "3.0.2", "3.1.0", "3.1.8", "3.2.0", "3.9.9")
        ):
            message = f"{match['name']}{match['spec'].rstrip()} speaks REST v1 only; take 3.x"
            yield Match("AS824", match.span("name"), message, "apache-airflow-client")
