"""The navigation of the documentation site: mkdocs calls `on_config` (see mkdocs.yml).

A page that is not listed here appears under "More", so that no page is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Start": {"Overview": "index.md", "Tutorial": "tutorial.md"},
    "How to": {
        "MWAA in a day": "howto/mwaa-in-a-day.md",
        "Self-hosted": "howto/self-hosted.md",
        "CI with a baseline": "howto/ci-baseline.md",
        "Planning workshop": "howto/planning-workshop.md",
    },
    "Topics": {
        "Inventory and graph": "estate.md",
        "Fix": "fix.md",
        "Pin requirements": "pin.md",
        "Plan waves": "plan.md",
        "Simulate the unpause": "simulate.md",
        "Verify on both Airflows": "verify.md",
        "Environments": "environments.md",
        "Sizes and costs": "size.md",
        "Metadata": "metadata.md",
        "Carry out a wave": "wave.md",
        "Serverless": "serverless.md",
        "Profiles": "profiles.md",
        "Progress over time": "history.md",
        "Large estates and fleets": "scaling.md",
        "CI": "ci.md",
        "Editors": "editors.md",
    },
    "Reference": {
        "Commands": "cli.md",
        "Rules": "rules.md",
        "Configuration": "configuration.md",
        "Python": "api.md",
        "JSON": "json.md",
        "JSON schemas": "schemas.md",
        "Faults": "faults.md",
    },
    "Explanation": {
        "How names are resolved": "names.md",
        "How waves are chosen": "choosing-waves.md",
        "What is not detected": "not-detected.md",
        "Fixes judged by Airflow": "fix-oracle.md",
        "Performance": "performance.md",
        "Decisions": "decisions.md",
    },
}
UNLISTED = "rules"
"""The folder whose pages are reached from their index."""


def navigation(docs: Path) -> list[dict[str, Any]]:
    """Sections with the pages that exist, and what no section names under "More"."""
    pages = {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")}
    sections = {
        title: [{label: page} for label, page in listed.items() if page in pages]
        for title, listed in SECTIONS.items()
    }
    known = {page for listed in SECTIONS.values() for page in listed.values()}
    sections["More"] = sorted(page for page in pages - known if not page.startswith(f"{UNLISTED}/"))  # type: ignore[assignment]
    return [{title: listed} for title, listed in sections.items() if listed]


def on_config(config: Any) -> Any:
    """Called by mkdocs before it reads the pages."""
    config.nav = navigation(Path(config.docs_dir))
    return config
