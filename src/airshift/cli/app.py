"""The `airshift` application: global options, commands and exit codes."""

from __future__ import annotations

import sys
from io import StringIO
from typing import Annotated, Any

import typer

from airshift import __version__
from airshift.cli.lazy import lazy_group
from airshift.errors import AirshiftError, UsageError

COMMANDS = {
    "assess": "airshift.cli.assess:assess",
    "check": "airshift.cli.check:check:airshift.cli.optional_values:CheckCommand",
    "doctor": "airshift.cli.doctor:doctor",
    "explain": "airshift.cli.explain:explain",
    "fix": "airshift.cli.fix:fix",
    "graph": "airshift.cli.graph:graph",
    "inventory": "airshift.cli.inventory:inventory",
    "rules": "airshift.cli.explain:rules",
    "pin": "airshift.cli.pin:pin",
    "plan": "airshift.cli.plan:plan",
    "serverless": "airshift.cli.serverless:serverless",
    "server": "airshift.cli.server:server",
    "simulate": "airshift.cli.simulate:simulate",
    "size": "airshift.cli.size:size",
    "verify": "airshift.cli.verify:verify",
    "cache": "airshift.cli.cache:app",
    "config": "airshift.cli.config:app",
    "constraints": "airshift.cli.constraints:app",
    "env": "airshift.cli.env:app",
    "metadata": "airshift.cli.metadata:app",
    "report": "airshift.cli.report:app",
    "wave": "airshift.cli.wave:app",
}
"""Where the commands are; each is imported when it is asked for."""

app = typer.Typer(
    name="airshift",
    cls=lazy_group(COMMANDS),
    help="Assess, fix, pin, plan, prove and carry out a move from Airflow 2 to Airflow 3.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    """Run one command line and return its exit code; what goes wrong is said without values."""
    _forgive(sys.stdout)
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
            return _usage(error)
        from airshift.cli.crash import crashed

        return crashed(error)
    return result if isinstance(result, int) else 0


def _forgive(stream: Any) -> None:
    """Characters that the terminal does not have are spelled out instead of ending the command."""
    if (getattr(stream, "encoding", None) or "").lower().replace("-", "") != "utf8" and hasattr(
        stream, "reconfigure"
    ):
        stream.reconfigure(errors="backslashreplace")


def _usage(error: Any) -> int:
    """What click has against the command line, which may hold an address with a password."""
    text = StringIO()
    error.show(file=text)
    _complain(text.getvalue().rstrip("\n"))
    return int(error.exit_code)


def _fail(error: AirshiftError, code: int) -> int:
    _complain(f"airshift: {error}")
    return code


def _complain(text: str) -> None:
    from airshift.output.text import printable
    from airshift.redact import redact_text

    print(printable(redact_text(text)), file=sys.stderr)
