"""Targets that take what lies around the code: settings, commands, templates, requirements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airshift_dev.fuzz.promises import answers, context, demand, folder, no_internal_error

AROUND = (
    "airflow.cfg", ".env", "Dockerfile", "startup.sh", "Makefile", "Procfile", "docker-compose.yml", "a.json",
    "main.tf", "requirements.txt", "airflow.service", ".airflowignore", "dags/a.sql", "dags/a.j2",
)  # fmt: skip


def around(raw: bytes) -> None:
    """A file around the code is judged and fixed; the first byte chooses its name."""
    from airshift.engine.template_files import TemplateReference
    from airshift.files import EstateFile
    from airshift.fix.other_files import fix_text
    from airshift.surroundings import check_other

    name, raw = AROUND[(raw[0] if raw else 0) % len(AROUND)], raw[1:]

    def judged(content: bytes) -> list[Any]:
        return check_other(name, content, context(), TemplateReference(name))

    with answers():
        fixed = fix_text(EstateFile(Path(name), name), raw, judged, [], True)
        no_internal_error(fixed.refused)
        if fixed.changed:
            again = fix_text(EstateFile(Path(name), name), fixed.after, judged, [], True)
            demand(again.after == fixed.after, f"fixing {name} twice is fixing once")


def jinja(raw: bytes) -> None:
    """A template is read and never rendered."""
    from airshift.engine.templates import parse_template

    parse_template(raw.decode("utf-8", "replace"))


def requirements(raw: bytes) -> None:
    """Every line of a requirements file gets a fate, or a reason why not."""
    from airshift.pin.document import parse_document
    from airshift.pin.fates import fates_of

    text = raw.decode("utf-8", "replace")
    lines = parse_document(text, "requirements.txt").lines
    demand("".join(line.raw for line in lines).rstrip("\n") == text.rstrip("\n"), "no text gets lost")
    path = folder() / "requirements.txt"
    path.write_bytes(raw)
    with answers():
        fates_of([("requirements.txt", path)], context().target)
