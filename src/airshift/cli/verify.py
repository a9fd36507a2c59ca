"""`airshift verify`: both Airflows parse the estate, and the DAGs are compared."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, assert_never

import typer

from airshift.cli import options
from airshift.cli.progress import progress_bar
from airshift.errors import UsageError

if TYPE_CHECKING:
    from airshift.verify.model import Verification
    from airshift.verify.verifying import Progress


class VerifyFormat(StrEnum):
    """How the result is printed."""

    TABLE = "table"
    JSON = "json"


def verify(
    paths: options.Paths,
    source: options.SourceOption = "",
    target: options.TargetOption = "",
    as_is: Annotated[
        bool, typer.Option("--as-is/--fixed", help="Parse the files on the target unchanged, or fixed.")
    ] = False,
    pin_behaviour: Annotated[
        bool, typer.Option("--pin-behaviour", help="Fix so that runs and dates stay as they were.")
    ] = False,
    requirements: Annotated[
        Path | None, typer.Option("--requirements", help="The estate's requirements; pinned for the target.")
    ] = None,
    source_python: Annotated[
        Path | None, typer.Option("--source-python", help="An interpreter that has the source Airflow.")
    ] = None,
    target_python: Annotated[
        Path | None, typer.Option("--target-python", help="An interpreter that has the target Airflow.")
    ] = None,
    source_image: Annotated[
        str, typer.Option("--source-image", help="A container image that has the source Airflow.")
    ] = "",
    target_image: Annotated[
        str, typer.Option("--target-image", help="A container image that has the target Airflow.")
    ] = "",
    placeholders: Annotated[
        Path | None, typer.Option("--placeholders", help='JSON: {"variables": {}, "connections": {}}.')
    ] = None,
    stub_missing: Annotated[
        bool,
        typer.Option("--stub-missing", help="Put stand-ins in the place of missing third-party modules."),
    ] = False,
    run: Annotated[
        list[str],
        typer.Option("--run", help="Run this DAG of local operators on the target; `all` for each."),
    ] = [],  # noqa: B006
    at: Annotated[
        str, typer.Option("--at", help="Plan runs after this time [default: today, 0:00 UTC]")
    ] = "",
    timeout: Annotated[float, typer.Option("--timeout", min=1, help="Seconds a file may take.")] = 60,
    memory: Annotated[int, typer.Option("--memory", min=64, help="Megabytes a file may take.")] = 2048,
    jobs: options.JobsOption = 0,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Parse again what was parsed before.")] = False,
    output_format: Annotated[
        VerifyFormat, typer.Option("--format", "-f", help="How to print.")
    ] = VerifyFormat.TABLE,
    output: options.OutputOption = None,
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
    quiet: options.QuietOption = False,
) -> int:
    """Parse the estate on both Airflows, in a sandbox, and compare every DAG.

    This runs the estate's code: each file in a process of its own, without network, credentials or your files.
    """
    from airshift.output import verification as text
    from airshift.verify.installing import both_sides
    from airshift.verify.verifying import Wishes, run_verify

    estate = options.estate_of(paths, target=target, source=source, config=config, isolated=isolated)
    wishes = Wishes(
        tuple(paths),
        estate.source,
        estate.target,
        counted=estate.listing,
        fixed=not as_is,
        pin_behaviour=pin_behaviour,
        placeholders=_placeholders(placeholders),
        stub_missing=stub_missing,
        seconds=timeout,
        memory_mb=memory,
        jobs=jobs or os.cpu_count() or 1,
        cached=not no_cache,
        run=tuple(run),
        **({"at": _moment(at)} if at else {}),
    )
    chosen = _chosen(source_python, source_image, "source"), _chosen(target_python, target_image, "target")
    if None in chosen:
        options.note(
            "Preparing Airflow environments; the first time takes a minute or two each.", quiet=quiet
        )
    installs = both_sides(wishes.source, wishes.target, chosen, requirements, estate.listing)
    with _progress(quiet) as progress:
        found = run_verify(wishes, *installs, progress)
    match output_format:
        case VerifyFormat.TABLE:
            options.emit("\n".join(text.table(found)), output)
        case VerifyFormat.JSON:
            import json

            options.emit(json.dumps(text.document(found, wishes.target), indent=2), output)
        case _:
            assert_never(output_format)
    for problem in found.problems:
        options.note(f"not used: {problem.path}: {problem.reason}", quiet=quiet)
    return options.exit_code(findings=_is_unequal(found), problems=bool(found.problems))


def _is_unequal(found: Verification) -> bool:
    from airshift.verify.model import Verdict

    failed = any(answer.error for answer in found.target.answers.values())
    failed = failed or any(run.state and run.state != "success" for run in found.runs)
    return failed or any(dag.verdict in {Verdict.DIFFERENT, Verdict.NOT_PARSED} for dag in found.dags)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--at {text!r}: write a time such as 2026-12-01T10:00+01:00") from error
    return moment if moment.tzinfo else moment.astimezone()


def _placeholders(path: Path | None) -> Mapping[str, Mapping[str, Any]]:
    if path is None:
        return {}
    import json

    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"--placeholders {path}: cannot be read as JSON: {error}") from error
    kinds = {"variables", "connections"}
    if (
        not isinstance(given, dict)
        or not given.keys() <= kinds
        or not all(isinstance(v, dict) for v in given.values())
    ):
        raise UsageError(f'--placeholders {path}: expected {{"variables": {{...}}, "connections": {{...}}}}')
    return given


def _chosen(python: Path | None, image: str, side: str) -> Path | str | None:
    if python is not None and image:
        raise UsageError(f"--{side}-python and --{side}-image: give one of them")
    return python or image or None


@contextmanager
def _progress(quiet: bool) -> Iterator[Progress]:
    with progress_bar("Parsing", quiet=quiet, few=2) as bar:
        yield lambda side, done, total: bar(done, max(total, done))
