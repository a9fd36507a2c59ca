"""`airshift inventory`: the DAGs of an estate, read off the source."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, assert_never

import typer

from airshift.cli import options
from airshift.cli.progress import progress_bar


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
    output: options.OutputOption = None,
    quiet: options.QuietOption = False,
) -> int:
    """List DAGs, their tasks and edges, and how DAGs depend on each other; nothing is run."""
    from airshift.estate.inventory import build_inventory
    from airshift.files import list_files
    from airshift.output import inventory as text

    with progress_bar("Reading DAGs", quiet=quiet) as progress:
        found, problems = build_inventory(list_files(paths), progress)
    match output_format:
        case InventoryFormat.TABLE:
            options.emit("\n".join(text.inventory_table(found)), output)
        case InventoryFormat.CSV:
            options.emit(text.inventory_csv(found), output)
        case InventoryFormat.JSON:
            import json

            options.emit(json.dumps(text.inventory_document(found, problems), indent=2), output)
        case InventoryFormat.HTML:
            from airshift.output.pages import inventory_html

            options.emit(inventory_html(found), output)
        case _:
            assert_never(output_format)
    for problem in problems:
        options.note(f"not read: {problem.path}: {problem.reason}", quiet=quiet)
    return options.INCOMPLETE if problems else 0
