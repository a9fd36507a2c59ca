"""`airshift env probe`: have the old environment count what an API does not tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from airshift.cli import options
from airshift.errors import UsageError

if TYPE_CHECKING:
    from airshift.targets import Target

app = typer.Typer(name="probe", help="A read-only DAG that counts in blue's database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass


@app.command()
def generate(
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the DAG file: blue's dags folder, or any other.")
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to", help="Where the DAG writes its result: variable, variable:NAME or s3://bucket/key."
        ),
    ] = "variable",
) -> int:
    """Write a DAG for Airflow 2 that counts XComs, unfinished runs, table sizes and last runs; it reads only."""
    from airshift.atomic import write_text
    from airshift.environments.probe import DAG_FILE, dag_text

    text = dag_text(to)
    try:
        write_text(out / DAG_FILE, text)
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written: {error.strerror or error}") from error
    print(out / DAG_FILE)
    return 0


@app.command()
def read(
    source: Annotated[
        str,
        typer.Argument(
            help="mwaa:NAME or https://host, s3://bucket/key, or a file with the result.", show_default=False
        ),
    ],
    variable: Annotated[
        str, typer.Option("--variable", help="Variable that holds the result.")
    ] = "airshift_probe",
    target: options.TargetOption = "",
    output: options.OutputOption = None,
) -> int:
    """Read what the probe found, as JSON with what it means; `airshift assess --probe FILE` puts it into the report.

    Exit code 1 says that an upgrade in place would stop at something.
    """
    from airshift.environments.probe import parse_result, remarks

    found = parse_result(_result(source, variable))
    judged = options.target_here(target)
    options.emit(json.dumps(_document(found, judged), indent=2), output)
    return options.exit_code(
        findings=any(one.stops for one in remarks(found, judged)), problems=bool(found.get("failed"))
    )


def _result(source: str, variable: str) -> str:
    from airshift.environments.probe import place_in_s3
    from airshift.environments.probe_reading import of_airflow, of_s3

    if place := place_in_s3(source):
        return of_s3(*place)
    if source.startswith("mwaa:") or "://" in source:
        return of_airflow(source, variable)
    try:
        return Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{source}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}"
        ) from None


def _document(found: dict[str, Any], target: Target) -> dict[str, Any]:
    from dataclasses import asdict

    from airshift.environments.probe import remarks
    from airshift.findings import Problem
    from airshift.output.document import envelope

    problems = [
        Problem(name, f"could not be counted: {reason}")
        for name, reason in (found.get("failed") or {}).items()
    ]
    judged = [asdict(remark) for remark in remarks(found, target)]
    return {**envelope(target, problems), "remarks": judged, **found}
