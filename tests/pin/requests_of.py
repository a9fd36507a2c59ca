"""Builds requests for the resolver's tests from the bundled data."""

from __future__ import annotations

from airshift.pin.decisions import Answers, Decision, Request
from airshift.pin.document import parse_document
from airshift.pin.homes import uses_on
from airshift.pin.imports import Scan
from airshift.pin.resolver import resolve
from airshift.pin.store import essentials, images, load_bundled
from airshift.pin.tables import load_tables
from airshift.targets import parse_version


def request_of(
    text: str,
    target: str = "mwaa-3.3.1",
    modules: tuple[str, ...] = (),
    names: tuple[str, ...] = (),
    keep_preinstalled: bool = False,
    python: str = "3.12",
) -> Request:
    parsed = parse_version(target)
    pins = load_bundled(parsed.version, python)
    mwaa = parsed.platform == "mwaa"
    scan = Scan(frozenset(modules), frozenset(names))
    return Request(
        (parse_document(text, "requirements.txt"),),
        parsed,
        pins,
        load_tables(),
        load_bundled("2.10.3", "3.11"),
        scan,
        uses_on(scan, parsed),
        essentials(parsed.version) if mwaa else {},
        images()[parsed.version] if mwaa else None,
        pins.upstream,
        keep_preinstalled,
    )


def decide(
    text: str, target: str = "mwaa-3.3.1", answers: Answers | None = None, **rest: object
) -> list[Decision]:
    """Return the decisions about requirements, without the constraint line."""
    resolution = resolve(request_of(text, target, **rest), answers or Answers())
    return [decision for decision in resolution.decisions if decision.kind != "constraint_file"]


def one(text: str, target: str = "mwaa-3.3.1", answers: Answers | None = None, **rest: object) -> Decision:
    (decision,) = decide(text, target, answers, **rest)
    return decision
