"""`airshift env`: the environments of a migration."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from airshift.cli import env_probe, env_reading, options
from airshift.errors import UsageError
from airshift.targets import Target

if TYPE_CHECKING:
    from airshift.environments.model import Green

app = typer.Typer(name="env", help="Environments: look at blue, define green from it.", no_args_is_help=True)


class GreenFormat(StrEnum):
    """How green is printed."""

    TABLE = "table"
    JSON = "json"
    CLI = "cli"
    TERRAFORM = "terraform"
    CLOUDFORMATION = "cloudformation"
    CDK = "cdk"


app.command()(env_reading.show)
app.add_typer(env_probe.app)
app.command()(env_reading.snapshot)
app.command()(env_reading.check)


@app.callback()
def _group() -> None:
    pass


@app.command()
def green(
    blue: Annotated[
        Path,
        typer.Argument(
            help="Snapshot folder with environment.json, or the JSON that `aws mwaa get-environment` prints.",
            show_default=False,
        ),
    ],
    name: Annotated[str, typer.Option("--name", help="Name of the new environment.")],
    bucket: Annotated[str, typer.Option("--bucket", help="Name of its bucket.")],
    target: options.TargetOption = "",
    role: Annotated[str, typer.Option("--role", help="ARN of its execution role [default: blue's]")] = "",
    output_format: Annotated[
        GreenFormat, typer.Option("--format", "-f", help="How to print.")
    ] = GreenFormat.TABLE,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Also write every format and the IAM policies to this folder."),
    ] = None,
    output: options.OutputOption = None,
) -> int:
    """Define the new MWAA environment: what becomes of every field of the old one, and how to create it.

    Values are checked as AWS checks them. Secrets are never printed: what is written refers to them. Exit code 1
    says that something has to be decided by a person.
    """
    from airshift.environments.mapping import define
    from airshift.environments.model import Wish
    from airshift.environments.reading import read_blue

    made = define(read_blue(blue), Wish(name, bucket, role), _target(target))
    options.emit(_text(made, output_format), output)
    if out is not None:
        _write(made, out)
    return options.exit_code(findings=bool(made.open), problems=False)


def _target(text: str) -> Target:
    target = options.target_here(text)
    if target.platform != "mwaa":
        raise UsageError(f"--target {text}: env green defines MWAA environments; name mwaa-{target.version}")
    return target


def _text(made: Green, output_format: GreenFormat) -> str:
    from airshift.environments import cdk, cloudformation, command_line, document, table, terraform

    match output_format:
        case GreenFormat.TABLE:
            return "\n".join(table.lines(made))
        case GreenFormat.JSON:
            return _json(document.green_document(made))
        case GreenFormat.CLI:
            return command_line.script(made).rstrip("\n")
        case GreenFormat.TERRAFORM:
            return terraform.configuration(made).rstrip("\n")
        case GreenFormat.CLOUDFORMATION:
            return cloudformation.template(made).rstrip("\n")
        case GreenFormat.CDK:
            return cdk.stack(made).rstrip("\n")
        case _:
            assert_never(output_format)


def _write(made: Green, folder: Path) -> None:
    from airshift.atomic import write_text
    from airshift.environments.iam import policies
    from airshift.environments.model import with_texts

    names = {
        GreenFormat.TABLE: "green.txt",
        GreenFormat.JSON: "green.json",
        GreenFormat.CLI: "create.sh",
        GreenFormat.TERRAFORM: "green.tf",
        GreenFormat.CLOUDFORMATION: "green.yaml",
        GreenFormat.CDK: "green_stack.py",
    }
    texts = {name: _text(made, output_format) for output_format, name in names.items()}
    texts["create-environment.json"] = _json(with_texts(made.request))
    texts |= {f"policies/{name}.json": _json(policy) for name, policy in policies(made).items()}
    try:
        for name, text in texts.items():
            write_text(folder / name, text + "\n")
    except OSError as error:
        raise UsageError(f"--out {folder}: cannot be written: {error.strerror or error}") from error


def _json(content: object) -> str:
    import json

    return json.dumps(content, indent=2)
