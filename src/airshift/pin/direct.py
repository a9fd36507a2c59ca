"""References that no index serves: URLs, repositories, local files and folders."""

from __future__ import annotations

from dataclasses import replace

from airshift.pin.decisions import Action, Decision, Kind, Request
from airshift.pin.grammar import Direct
from airshift.pin.verdicts import Place
from airshift.pin.versions import wheel_fits
from airshift.redact import redact_text


def judge_direct(entry: Direct, place: Place, request: Request) -> Decision:
    """Decide about a URL, a repository, a local file or folder."""
    shown = redact_text(entry.target)
    fits = wheel_fits(shown.rsplit("/", 1)[-1].split("#")[0], request.python)
    decision = Decision(
        entry.key or shown, place.path, place.line, place.before, place.before, Action.KEEP, Kind.DIRECT, ""
    )
    if entry.key in request.essentials:
        wanted = f"{entry.key}=={request.essentials[entry.key]}"
        reason = f"{entry.key} is essential on MWAA and cannot be overridden ({wanted})"
        return replace(
            decision, after=None, action=Action.CONFLICT, kind=Kind.ESSENTIAL, reason=reason,
            sides=(f"this file: {shown}", f"MWAA: {wanted}"),
        )  # fmt: skip
    if fits is False:
        reason = (
            f"the wheel is not for Python {request.python} on Linux x86_64; build or download one that is"
        )
        return replace(decision, after=None, action=Action.MANUAL, reason=reason)
    if entry.key in request.pins.versions:
        pinned = f"{entry.key}=={request.pins.versions[entry.key]}"
        reason = f"the constraints pin {pinned}; pip refuses a direct reference of another version"
        return replace(decision, action=Action.MANUAL, reason=reason)
    if entry.editable and request.image:
        reason = "MWAA has no source tree to install in editable mode; ship a wheel in plugins.zip"
        return replace(decision, action=Action.MANUAL, reason=reason)
    if fits is None:
        reason = f"not from an index: nobody checked it against Airflow {request.target.version}; test it"
        return replace(decision, action=Action.MANUAL, reason=reason)
    return replace(decision, reason=f"the wheel fits Python {request.python}")
