"""`airshift pin`: a requirements file that installs on the target."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from airshift.cli import options
from airshift.errors import ServiceError, UsageError

if TYPE_CHECKING:
    from airshift.pin.run import Outcome


class PinFormat(StrEnum):
    """How decisions are printed."""

    TEXT = "text"
    DIFF = "diff"
    FILE = "file"
    JSON = "json"
    MARKDOWN = "markdown"


class ResolverChoice(StrEnum):
    """Which tool resolves what the constraints do not pin."""

    UV = "uv"
    PIP_TOOLS = "pip-tools"


def pin(
    file: Annotated[Path, typer.Argument(help="requirements.txt or pyproject.toml.", show_default=False)],
    target: options.TargetOption = "",
    source: options.SourceOption = "",
    python: Annotated[str, typer.Option("--python", help="Python of the target, e.g. 3.12.")] = "",
    dags: Annotated[
        list[Path], typer.Option("--dags", help="DAGs whose imports tell which providers are needed.")
    ] = [],  # noqa: B006
    out: Annotated[Path | None, typer.Option("--out", help="Write the new file here.")] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Replace the file.")] = False,
    lock: Annotated[Path | None, typer.Option("--lock", help="Write everything transitive here.")] = None,
    wheelhouse: Annotated[
        Path | None, typer.Option("--wheelhouse", help="Write wheels, plugins.zip and requirements here.")
    ] = None,
    plugins: Annotated[
        Path | None, typer.Option("--plugins", help="Plugins folder that goes into plugins.zip as well.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if lines would change.")
    ] = False,
    output_format: Annotated[
        PinFormat, typer.Option("--format", "-f", help="How to print.")
    ] = PinFormat.TEXT,
    resolver: Annotated[
        ResolverChoice | None, typer.Option("--resolver", help="uv or pip-tools [default: uv if installed]")
    ] = None,
    constraints_url: Annotated[
        str, typer.Option("--constraints-url", help="Mirror, with {version} and {python} in it.")
    ] = "",
    env: Annotated[list[str], typer.Option("--env", help="NAME=VALUE for ${NAME} in the file.")] = [],  # noqa: B006
    startup_script: Annotated[
        Path | None, typer.Option("--startup-script", help="Script whose exports fill in variables.")
    ] = None,
    keep_preinstalled: Annotated[
        bool, typer.Option("--keep-preinstalled", help="Pin what the MWAA image has instead of dropping it.")
    ] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no package index.")] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 even with changes.")] = False,
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
    quiet: options.QuietOption = False,
) -> int:
    """Write requirements that install on the target, against the official constraints."""
    from airshift.clients.constraints import ConstraintsClient
    from airshift.pin.external import ResolverName
    from airshift.pin.pins import UPSTREAM
    from airshift.pin.run import Wishes, run_pin

    if check and (out or in_place or lock or wheelhouse):
        raise UsageError("--check writes nothing: leave out --out, --in-place, --lock and --wheelhouse")
    if in_place and file.name == "pyproject.toml":
        raise UsageError("--in-place would put requirements in the place of pyproject.toml: use --out")
    if wheelhouse and offline:
        raise UsageError("--wheelhouse downloads wheels: it cannot be --offline")
    found = options.config_of([file], target=target, source=source, config=config, isolated=isolated)
    wishes = Wishes(
        file,
        found.target,
        python,
        found.source,
        options.estate_of(dags, config=config, isolated=isolated).listing if dags else None,
        _pairs(env),
        startup_script,
        constraints_url,
        ResolverName(resolver.value) if resolver else None,
        offline,
        lock is not None or wheelhouse is not None,
        keep_preinstalled,
    )
    outcome = run_pin(wishes, ConstraintsClient(constraints_url or UPSTREAM))
    for message in outcome.notes:
        options.note(f"note: {message}", quiet=quiet)
    written = _write(
        outcome, out=file if in_place else out, lock=lock, wheelhouse=wheelhouse, plugins=plugins
    )
    options.emit(_rendered(outcome, output_format).rstrip("\n"), None)
    options.note(_summary(outcome), quiet=quiet)
    resolution = outcome.resolution
    return options.exit_code(
        findings=resolution.has_changes,
        problems=not resolution.is_complete or not written,
        exit_zero=exit_zero,
    )


def _pairs(env: list[str]) -> dict[str, str]:
    pairs = {}
    for text in env:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise UsageError(f"--env {name}: write NAME=VALUE")
        pairs[name] = value
    return pairs


def _write(
    outcome: Outcome, *, out: Path | None, lock: Path | None, wheelhouse: Path | None, plugins: Path | None
) -> bool:
    """Write what was asked for; return whether all of it could be written."""
    from airshift.atomic import write_text
    from airshift.pin.output import lock_text, new_text

    if out is not None:
        for document in outcome.request.documents:
            first = document is outcome.request.documents[0]
            place = out if first else out.parent / Path(document.path)
            write_text(place, new_text(document, outcome.resolution), exact=True)
    if lock is None and wheelhouse is None:
        return True
    if not outcome.resolution.lock:
        options.note("no lock: the requirements could not be resolved")
        return False
    if lock is not None:
        write_text(lock, lock_text(outcome.resolution, outcome.request), exact=True)
    return wheelhouse is None or _build_wheelhouse(outcome, wheelhouse, plugins)


def _build_wheelhouse(outcome: Outcome, folder: Path, plugins: Path | None) -> bool:
    from airshift.pin.wheelhouse import build

    try:
        built = build(folder, outcome.request, outcome.resolution, outcome.settings, plugins)
    except ServiceError as error:
        options.note(f"no wheelhouse: {error}")
        return False
    options.note(f"{len(built.wheels)} wheels in {built.archive}; upload it with {built.requirements}")
    for message in built.notes:
        options.note(f"note: {message}")
    return True


def _rendered(outcome: Outcome, output_format: PinFormat) -> str:
    import json

    from airshift.pin import output
    from airshift.redact import redact_text

    request, resolution = outcome.request, outcome.resolution
    match output_format:
        case PinFormat.TEXT:
            return output.concise(resolution)
        case PinFormat.DIFF:
            pairs = [(document, output.new_text(document, resolution)) for document in request.documents]
            return "".join(output.diff_of(document, new) for document, new in pairs)
        case PinFormat.FILE:
            return redact_text(output.new_text(request.documents[0], resolution))
        case PinFormat.JSON:
            return json.dumps(output.to_json(request, resolution, outcome.notes), indent=2)
        case PinFormat.MARKDOWN:
            return output.section(request, resolution)
        case _:
            assert_never(output_format)


def _summary(outcome: Outcome) -> str:
    from collections import Counter

    counts = Counter(decision.action.value for decision in outcome.resolution.decisions)
    parts = ", ".join(f"{count} {action}" for action, count in sorted(counts.items()))
    left = [problem.reason for problem in outcome.resolution.problems]
    left += [f"{name} was not resolved" for name in outcome.resolution.unanswered]
    request = outcome.request
    target = f"Airflow {request.target.version} on Python {request.python}"
    text = f"{parts or 'no requirements'} for {target}"
    return "\n".join((text, *(f"left: {one}" for one in left)))
