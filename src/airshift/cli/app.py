"""The `airshift` application: global options, commands and exit codes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from airshift import __version__
from airshift.cli import (
    assess,
    cache,
    check,
    config,
    constraints,
    doctor,
    env,
    explain,
    fix,
    graph,
    inventory,
    metadata,
    pin,
    plan,
    report,
    server,
    serverless,
    simulate,
    size,
    verify,
    wave,
)
from airshift.cli.optional_values import CheckCommand
from airshift.errors import AirshiftError, UsageError

app = typer.Typer(
    name="airshift",
    help="Assess, fix, pin, plan, prove and carry out a move from Airflow 2 to Airflow 3.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(assess.assess)
app.command(cls=CheckCommand)(check.check)
app.command()(doctor.doctor)
app.command()(explain.explain)
app.command()(fix.fix)
app.command()(graph.graph)
app.command()(inventory.inventory)
app.command()(explain.rules)
app.add_typer(cache.app)
app.add_typer(config.app)
app.add_typer(constraints.app)
app.add_typer(env.app)
app.add_typer(metadata.app)
app.command()(pin.pin)
app.command()(plan.plan)
app.command()(serverless.serverless)
app.add_typer(report.app)
app.command()(server.server)
app.command()(simulate.simulate)
app.command()(size.size)
app.command()(verify.verify)
app.add_typer(wave.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"airshift {__version__}")
        raise typer.Exit


@app.callback()
def _global_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    try:
        result = app(args=arguments, standalone_mode=False)
    except typer.Exit as exit_:
        return exit_.exit_code
    except UsageError as error:
        return _fail(error, 2)
    except AirshiftError as error:
        return _fail(error, 3)
    except typer.Abort:
        return 130
    except Exception as error:
        if hasattr(error, "exit_code") and hasattr(error, "show"):
            error.show()
            return int(error.exit_code)
        raise
    return result if isinstance(result, int) else 0


def _fail(error: AirshiftError, code: int) -> int:
    print(f"airshift: {error}", file=sys.stderr)
    return code
