"""`airshift constraints`: list, show, compare and refresh the official constraints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airshift.cli import options
from airshift.targets import parse_version

if TYPE_CHECKING:
    from airshift.pin.pins import Pins

app = typer.Typer(
    name="constraints", help="The official constraints of Airflow releases.", no_args_is_help=True
)
PythonOption = Annotated[str, typer.Option("--python", help="Python, e.g. 3.12 [default: the MWAA image's]")]
UrlOption = Annotated[
    str, typer.Option("--constraints-url", help="Mirror, with {version} and {python} in it.")
]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Use no network.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_(as_json: JsonOption = False) -> int:
    """List the bundled constraints and the MWAA images."""
    import json

    from airshift.pin.store import bundled, essentials, images, load_bundled

    rows = []
    for version, python in bundled():
        pins = load_bundled(version, python)
        image = images().get(version)
        on_mwaa = image is not None and image.python.startswith(f"{python}.")
        rows.append(
            {
                "airflow": version,
                "python": python,
                "pins": len(pins.versions),
                "generated": pins.generated,
                "mwaa": on_mwaa,
                "essential": len(essentials(version)) if on_mwaa else 0,
                "preinstalled": len(image.packages) if image and on_mwaa else 0,
            }
        )
    if as_json:
        options.emit(json.dumps(rows, indent=2), None)
        return 0
    for row in rows:
        mwaa = (
            f"  mwaa: {row['essential']} essential, {row['preinstalled']} preinstalled" if row["mwaa"] else ""
        )
        day = str(row["generated"])[:10]
        print(f"{row['airflow']:<8} python {row['python']:<5} {row['pins']} pins  {day}{mwaa}")
    return 0


@app.command()
def show(
    version: Annotated[str, typer.Argument(help="Airflow version, e.g. 3.3.1 or mwaa-3.3.1.")],
    python: PythonOption = "",
    constraints_url: UrlOption = "",
    offline: OfflineOption = False,
) -> int:
    """Print the pins of one release in pip format: canonical names, sorted."""
    pins = _obtained(version, python, constraints_url, offline=offline)
    options.emit("\n".join(pins.lines()), None)
    return 0


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="Airflow version, e.g. 2.10.3.")],
    after: Annotated[str, typer.Argument(help="Airflow version, e.g. 3.3.1.")],
    python: PythonOption = "",
    constraints_url: UrlOption = "",
    offline: OfflineOption = False,
    as_json: JsonOption = False,
) -> int:
    """Print what is added (+), removed (-) and changed (~) between two releases; exit 1 if anything is."""
    import json

    from airshift.pin.compare import compare_pins

    old = _obtained(before, python, constraints_url, offline=offline, usual=True)
    new = _obtained(after, python, constraints_url, offline=offline, usual=True)
    found = compare_pins(old, new)
    options.emit(json.dumps(found.to_json(), indent=2) if as_json else "\n".join(found.lines()), None)
    return 1 if found.rows else 0


@app.command()
def sync(
    version: Annotated[str, typer.Argument(help="Airflow version, e.g. 3.3.1.")],
    python: PythonOption = "",
    constraints_url: UrlOption = "",
    out: Annotated[Path | None, typer.Option("--out", help="Also write the pins here.")] = None,
    quiet: options.QuietOption = False,
) -> int:
    """Fetch the official constraints into the cache; fall back to the bundled ones with a note."""
    from airshift.atomic import write_text
    from airshift.clients.constraints import ConstraintsClient
    from airshift.pin.obtain import synchronise
    from airshift.pin.pins import UPSTREAM, render

    number, minor = _pair(version, python)
    obtained = synchronise(number, minor, ConstraintsClient(constraints_url or UPSTREAM))
    pins = obtained.pins
    if out is not None:
        write_text(out, render(pins))
    facts = f"{len(pins.versions)} pins, sha256 {pins.digest[:12]}, {pins.origin}"
    print(f"Airflow {number}, Python {minor}: {facts}")
    options.note(f"note: {obtained.note}", quiet=quiet)
    return options.INCOMPLETE if pins.origin == "bundled" else 0


def _pair(version: str, python: str) -> tuple[str, str]:
    from airshift.pin.store import minor, usual_python

    target = parse_version(version)
    return target.version, minor(python) if python else usual_python(target.version, platform=target.platform)


def _obtained(version: str, python: str, constraints_url: str, *, offline: bool, usual: bool = False) -> Pins:
    from airshift.clients.constraints import ConstraintsClient
    from airshift.pin.obtain import obtain
    from airshift.pin.pins import UPSTREAM
    from airshift.pin.store import bundled

    number, minor = _pair(version, python)
    if usual and (number, minor) not in bundled() and any(number == known for known, _ in bundled()):
        minor = _pair(version, "")[1]
    obtained = obtain(number, minor, None if offline else ConstraintsClient(constraints_url or UPSTREAM))
    if obtained.note:
        options.note(f"note: {obtained.note}")
    return obtained.pins
