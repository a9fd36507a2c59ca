"""`airshift inventory`: the DAGs of an estate, read off the source."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from airshift.cli import options
from airshift.cli.blue import snapshot_in
from airshift.cli.progress import progress_bar
from airshift.errors import UsageError

if TYPE_CHECKING:
    from airshift.config import Config
    from airshift.estate.exact import Exact
    from airshift.estate.model import Inventory
    from airshift.estate.reconcile import Difference, Reconciled
    from airshift.findings import Problem

FromJson = Annotated[
    Path | None,
    typer.Option("--from-json", help="Serialized DAGs of Airflow, or another inventory: exact facts."),
]
EnvironmentOption = Annotated[
    str, typer.Option("--environment", help="The environment of airshift.toml that --from-json comes from.")
]


Live = Annotated[
    str,
    typer.Option(
        "--live",
        metavar="WHERE",
        help="A running Airflow (https://... or mwaa:NAME): states, next runs, durations, owners. Log in by "
        "AIRSHIFT_LIVE_TOKEN, or AIRSHIFT_LIVE_USER and AIRSHIFT_LIVE_PASSWORD; by AWS credentials for mwaa:.",
    ),
]


class InventoryFormat(StrEnum):
    """How the inventory is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


def inventory(
    paths: options.Paths,
    output_format: Annotated[
        InventoryFormat, typer.Option("--format", "-f", help="How to print.")
    ] = InventoryFormat.TABLE,
    from_json: FromJson = None,
    live: Live = "",
    environment: EnvironmentOption = "",
    output: options.OutputOption = None,
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
    quiet: options.QuietOption = False,
) -> int:
    """List DAGs, their tasks and edges, and how DAGs depend on each other; nothing is run."""
    from airshift.output import inventory as text

    settings = options.config_of(paths, config=config, isolated=isolated)
    found, joined, problems = read_inventory(paths, settings, from_json, environment, live, quiet=quiet)
    match output_format:
        case InventoryFormat.TABLE:
            options.emit("\n".join(text.inventory_table(found, options.look_of(output))), output)
        case InventoryFormat.CSV:
            options.emit(text.inventory_csv(found), output)
        case InventoryFormat.JSON:
            import json

            document = text.inventory_document(found, problems)
            if joined is not None:
                document["only_static"] = [_record(difference) for difference in joined.only_static]
                document["only_exact"] = [_record(difference) for difference in joined.only_exact]
            options.emit(json.dumps(document, indent=2), output)
        case InventoryFormat.HTML:
            from airshift.output.pages import inventory_html

            options.emit(inventory_html(found), output)
        case _:
            assert_never(output_format)
    for problem in problems:
        options.note(f"not read: {problem.path}: {problem.reason}", quiet=quiet)
    return options.INCOMPLETE if problems else 0


def read_inventory(
    paths: list[Path],
    config: Config,
    from_json: Path | None,
    environment: str = "",
    live: str = "",
    *,
    quiet: bool,
) -> tuple[Inventory, Reconciled | None, tuple[Problem, ...]]:
    """The inventory of an estate, with exact and live facts joined in; the differences go to stderr."""
    from airshift.api import inventory as inventory_of

    with progress_bar("Reading DAGs", quiet=quiet) as progress:
        read = inventory_of(paths, config=config, progress=progress)
    found, problems = read.inventory, read.problems
    snapshot = snapshot_in(paths[0]) if len(paths) == 1 else None
    if snapshot is not None:
        found, problems = snapshot.join(found, read.environments), (*problems, *snapshot.problems)
    joined = joined_facts(found, read.environments, from_json, environment, live, quiet=quiet)
    return joined.inventory if joined else found, joined, problems


def joined_facts(
    found: Inventory,
    environments: tuple[str, ...],
    from_json: Path | None,
    environment: str,
    live: str,
    *,
    quiet: bool,
) -> Reconciled | None:
    """An inventory with exact and live facts joined in, None without any; the differences go to stderr."""
    joined = None
    if from_json is not None:
        from airshift.estate.reconcile import reconcile

        joined = reconcile(found, _placed(_exact(from_json), environment, environments))
        _tell(joined, "exact", quiet=quiet)
    if live:
        before = joined.inventory if joined else found
        joined = _with_live(before, live, _environment(environment, environments, "--live"))
        _tell(joined, "live", quiet=quiet)
    return joined


def _with_live(found: Inventory, where: str, environment: str) -> Reconciled:
    from airshift.clients.connecting import connect
    from airshift.clients.dags import all_dags, latest_runs
    from airshift.estate.live import live_facts, merge_live

    airflow = connect(where)
    return merge_live(found, live_facts(all_dags(airflow), latest_runs(airflow), environment))


def _tell(joined: Reconciled, other: str, *, quiet: bool) -> None:
    from airshift.output.text import printable

    for side, differences in (("static", joined.only_static), (other, joined.only_exact)):
        for one in differences:
            options.note(printable(f"only {side}: {one.what} {one.name}  {one.path}"), quiet=quiet)


def _environment(environment: str, known: tuple[str, ...], option: str) -> str:
    """The environment an option is about; in an estate of several that has to be said."""
    if environment and environment not in known:
        raise UsageError(
            f"--environment {environment}: not in airshift.toml (known: {', '.join(known) or 'none'})"
        )
    if known and not environment:
        raise UsageError(f"{option} needs --environment here, one of {', '.join(known)}")
    return environment


def _placed(exact: Exact, environment: str, known: tuple[str, ...]) -> Exact:
    """The dump as DAGs of its environment, unless it names environments itself."""
    from airshift.estate.exact import within

    if not environment and any(dag.environment for dag in exact.dags):
        return exact
    chosen = _environment(environment, known, "--from-json")
    return within(exact, chosen) if chosen else exact


def _exact(path: Path) -> Exact:
    from airshift.estate.exact import read_exact

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--from-json {path}: cannot be read: {error}") from error
    return read_exact(text, str(path))


def _record(difference: Difference) -> dict[str, str]:
    return {"what": difference.what, "name": difference.name, "path": difference.path}
