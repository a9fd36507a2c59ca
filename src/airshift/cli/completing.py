"""What the shell may complete besides commands and options: rule codes and targets."""

from __future__ import annotations

from collections.abc import Iterator

from airshift.targets import MWAA_VERSIONS


def complete_code(incomplete: str) -> Iterator[tuple[str, str]]:
    """Rule codes with their titles."""
    from airshift.catalogue import Catalogue

    for code, rule in Catalogue.load().rules.items():
        if code.startswith(incomplete.upper()):
            yield code, rule.title


def complete_target(incomplete: str) -> Iterator[str]:
    """The Airflow 3 versions of Amazon MWAA, with and without their platform."""
    newest_first = [version for version in reversed(MWAA_VERSIONS) if version.startswith("3.")]
    known = [*(f"mwaa-{version}" for version in newest_first), *newest_first]
    return (target for target in known if target.startswith(incomplete))
