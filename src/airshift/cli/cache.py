"""`airshift cache`: the results that earlier checks left."""

from __future__ import annotations

import typer

app = typer.Typer(name="cache", help="The results that earlier checks left.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass


@app.command("clean")
def clean() -> None:
    """Remove them; the next check judges every file again."""
    from airshift.cache import clean as remove
    from airshift.folders import cache_folder

    freed = remove()
    typer.echo(f"{cache_folder()}: {freed / 1_000_000:.1f} MB freed")


@app.command("dir")
def folder() -> None:
    """Print the folder they are in; AIRSHIFT_CACHE decides where it is set."""
    from airshift.folders import cache_folder

    typer.echo(cache_folder())
