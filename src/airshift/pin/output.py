"""The new requirements file, its diff, the lock, the JSON document and the report section."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from airshift import __version__
from airshift.pin.decisions import Action, Decision, Kind, Request, Resolution
from airshift.pin.document import Document, Line
from airshift.redact import redact_text

_MARK = "# airshift: "
_WIDTH = 300


def new_text(document: Document, resolution: Resolution) -> str:
    """Return the new text of a document: comments kept, each changed line with its reason."""
    mine = [decision for decision in resolution.decisions if decision.path == document.path]
    by_line = {decision.line: decision for decision in mine if decision.line}
    added = [decision for decision in mine if not decision.line]
    ending = "\r\n" if "\r\n" in document.text else "\n"
    head = [f"{decision.after}{ending}" for decision in added if _is_first_line(decision)]
    body = [_line(line, by_line.get(line.number), ending) for line in document.lines]
    tail = [_added(decision, ending) for decision in added if not _is_first_line(decision)]
    if tail and body and not body[-1].endswith(("\n", "\r")):
        body[-1] += ending
    return "".join((*head, *body, *tail))


def diff_of(document: Document, new: str) -> str:
    """Return a unified diff without secrets; empty where nothing changed."""
    old_lines = redact_text(document.text).splitlines(keepends=True)
    new_lines = redact_text(new).splitlines(keepends=True)
    lines = difflib.unified_diff(old_lines, new_lines, f"a/{document.path}", f"b/{document.path}")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def lock_text(resolution: Resolution, request: Request) -> str:
    """Return every package that the new file installs, transitive ones included, in pip format."""
    header = (
        f"# Everything that the requirements install with Airflow {request.target.version} "
        f"on Python {request.python}, Linux x86_64."
    )
    return "\n".join((header, *resolution.lock)) + "\n"


def to_json(request: Request, resolution: Resolution, notes: Iterable[str] = ()) -> dict[str, Any]:
    """Return the document of the contract, and more: kinds, sides of conflicts, traps, the lock."""
    document: dict[str, Any] = {
        "schema_version": 1,
        "tool": {"name": "airshift", "version": __version__},
        "target": request.target.version,
        "status": "complete" if resolution.is_complete else "incomplete",
        "problems": _problems(resolution),
        "python": request.python,
        "constraints": {
            "upstream": redact_text(request.constraint_url),
            "generated": request.pins.generated,
            "origin": request.pins.origin,
            "pins_sha256": request.pins.digest,
        },
        "requirements": [_row(decision) for decision in resolution.decisions if _is_requirement(decision)],
        "lines": [_row(decision) for decision in resolution.decisions if not _is_requirement(decision)],
        "traps": [
            {"trap": trap.trap, "path": trap.path, "line": trap.line, "message": trap.message}
            for trap in resolution.traps
        ],
        "minimal": minimal_set(resolution),
        "lock": list(resolution.lock),
        "notes": [redact_text(note) for note in notes],
    }
    if request.target.platform:
        document["platform"] = request.target.platform
    return document


def minimal_set(resolution: Resolution) -> list[str]:
    """Return the requirements that are left when what the image has is gone."""
    kept = (one for one in resolution.decisions if _is_requirement(one) and one.after)
    return [redact_text(decision.after or "") for decision in kept]


def section(request: Request, resolution: Resolution) -> str:
    """Return the report's section on requirements, in Markdown."""
    target = f"Airflow {request.target.version} on Python {request.python}"
    rows = [decision for decision in resolution.decisions if decision.action is not Action.KEEP]
    kept = len(resolution.decisions) - len(rows)
    parts = [f"## Requirements for {target}", "", f"{len(rows)} lines change, {kept} stay."]
    if rows:
        parts += ["", "| Package | Before | After | Action | Reason |", "| --- | --- | --- | --- | --- |"]
        parts += [_table_row(decision) for decision in rows]
    if resolution.traps:
        parts += ["", "### Traps", ""]
        parts += [f"- {trap.path}, line {trap.line}: {_cell(trap.message)}" for trap in resolution.traps]
    if not resolution.is_complete:
        parts += ["", "### Not answered", ""]
        parts += [f"- {row['path']}: {_cell(row['reason'])}" for row in _problems(resolution)]
    return "\n".join(parts) + "\n"


def concise(resolution: Resolution) -> str:
    """Return one line a decision that is not `keep`, then the traps, for the terminal."""
    lines = []
    for decision in resolution.decisions:
        if decision.action is Action.KEEP and not decision.notes:
            continue
        where = f"{decision.path}:{decision.line}" if decision.line else decision.path
        change = f"{decision.before or '(none)'} -> {decision.after or '(none)'}"
        lines.append(f"{where}: {decision.action.value}: {redact_text(change)}: {explained(decision)}")
    lines += [f"{trap.path}:{trap.line}: {trap.trap}: {trap.message}" for trap in resolution.traps]
    return "\n".join(lines) + "\n" if lines else ""


def explained(decision: Decision) -> str:
    """Return reason and notes as one line without secrets."""
    return redact_text("; ".join((decision.reason, *decision.notes)))


def _line(line: Line, decision: Decision | None, ending: str) -> str:
    if decision is None or _is_untouched(decision):
        return line.raw
    if decision.after is None:
        return _gone(decision, line, ending)
    comment = f"  {line.comment}" if line.comment else ""
    return f"{decision.after}{comment}  {_mark(decision)}{ending}"


def _is_untouched(decision: Decision) -> bool:
    return decision.after is not None and decision.after == decision.before


def _gone(decision: Decision, line: Line, ending: str) -> str:
    what = "the old constraints" if decision.kind is Kind.CONSTRAINT_FILE else decision.before
    verb = "dropped" if decision.action is Action.DROP else f"{decision.action.value}, left out"
    text = f"{_MARK}{verb} {_one_line(what, 100)}: {_one_line(explained(decision))}"
    return f"{text}  {line.comment}{ending}" if line.comment else f"{text}{ending}"


def _added(decision: Decision, ending: str) -> str:
    if decision.after is None:
        return f"{_MARK}{decision.action.value} {decision.name}: {_one_line(explained(decision))}{ending}"
    return f"{decision.after}  {_mark(decision)}{ending}"


def _mark(decision: Decision) -> str:
    before = f" (was {decision.before})" if decision.action is Action.CONFLICT else ""
    conflict = "conflict, " if decision.action is Action.CONFLICT else ""
    return f"{_MARK}{conflict}{_one_line(explained(decision))}{before}"


def _one_line(text: str, width: int = _WIDTH) -> str:
    flat = " ".join(redact_text(text).split()).replace("--constraint ", "--constraint=").replace("-c ", "-c=")
    return flat if len(flat) <= width else f"{flat[: width - 3]}..."


def _is_first_line(decision: Decision) -> bool:
    return decision.kind is Kind.CONSTRAINT_FILE


def _is_requirement(decision: Decision) -> bool:
    return decision.kind not in (Kind.CONSTRAINT_FILE, Kind.OPTION)


def _row(decision: Decision) -> Mapping[str, Any]:
    return {
        "name": redact_text(decision.name),
        "path": decision.path,
        "line": decision.line,
        "before": redact_text(decision.before),
        "after": None if decision.after is None else redact_text(decision.after),
        "action": decision.action.value,
        "kind": decision.kind.value,
        "reason": redact_text(decision.reason),
        "notes": [redact_text(note) for note in decision.notes],
        "sides": [redact_text(side) for side in decision.sides],
        "explanation": redact_text(decision.explanation),
    }


def _problems(resolution: Resolution) -> list[dict[str, str]]:
    known = {decision.name: decision for decision in resolution.decisions}
    problems = [{"path": one.path, "reason": redact_text(one.reason)} for one in resolution.problems]
    for name in resolution.unanswered:
        decision = known.get(name)
        path = decision.path if decision else ""
        reason = decision.reason if decision else "not resolved"
        problems.append({"path": path, "reason": redact_text(f"{name}: {reason}")})
    return problems


def _table_row(decision: Decision) -> str:
    cells = (decision.name, decision.before, decision.after or "", decision.action.value, explained(decision))
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    flat = redact_text(" ".join(text.split()))
    return flat.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
