"""Make `constraints/` from copies of the official constraints files and MWAA's essential lists.

    python -m airshift_dev.normalise_constraints FOLDER [--out constraints] [--images]

FOLDER holds `airflow-VERSION-python-X.Y.txt` and `mwaa-essential/VERSION.txt`. `--images` also works out
what each MWAA image preinstalls: the closure of the image's own root packages under the constraints.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from airshift.pin.pins import Pins, canonical, parse_upstream, parse_versions, render

_NAME = re.compile(r"airflow-(?P<version>[\d.]+)-python-(?P<python>\d+\.\d+)\.txt\Z")
_IMAGES = "https://github.com/aws/amazon-mwaa-docker-images"
_BUILD_SCRIPT = "images/airflow/VERSION/bootstrap/02-airflow/001-install-required-pip-packages.sh"
IMAGE_PYTHON = {
    "2.9.2": "3.11.9",
    "2.10.1": "3.11.9",
    "2.10.3": "3.11.9",
    "2.11.0": "3.12.10",
    "2.11.2": "3.12.10",
    "3.0.6": "3.12.10",
    "3.2.1": "3.12.13",
    "3.3.1": "3.12.13",
}
_COMMON = (
    "apache-airflow-providers-amazon[aiobotocore]",
    "apache-airflow-providers-postgres",
    "apache-airflow[celery,statsd]",
    "boto3-stubs[logs,sqs]",
    "celery[sqs]",
    "fluent-logger",
    "psycopg2",
    "pycurl",
    "virtualenv",
    "watchtower",
)
_SINCE_3_0 = ("apache-airflow-providers-fab", "apache-airflow-providers-standard")
_SINCE_3_2 = ("apache-airflow-core[gunicorn]",)


def image_roots(version: str) -> tuple[str, ...]:
    """Return the packages that the image's build script asks for, as of 2026-11."""
    release = tuple(int(part) for part in version.split("."))
    roots = list(_COMMON)
    if release >= (3, 0):
        roots += _SINCE_3_0
    if release >= (3, 2):
        roots += _SINCE_3_2
    return tuple(sorted(roots))


def normalise(folder: Path, out: Path) -> list[Pins]:
    """Write every constraints file of `folder` in the bundled format and return the pins."""
    written = []
    for source in sorted(folder.glob("airflow-*.txt")):
        match = _NAME.match(source.name)
        if match is None:
            raise SystemExit(f"{source.name}: not named airflow-VERSION-python-X.Y.txt")
        pins = parse_upstream(
            source.read_text(encoding="utf-8"), match["version"], match["python"], origin="bundled"
        )
        (out / source.name).write_text(render(pins), encoding="utf-8")
        written.append(pins)
    return written


def normalise_essentials(folder: Path, out: Path) -> None:
    """Write the packages that MWAA does not let a requirements file override, one file a version."""
    out.mkdir(parents=True, exist_ok=True)
    for source in sorted(folder.glob("*.txt")):
        versions = parse_versions(source.read_text(encoding="utf-8"), source.name)
        header = [
            f"# Packages that a requirements file cannot override on Amazon MWAA {source.stem}.",
            f"# upstream: {_IMAGES}, images/airflow/{source.stem}/etc/mwaa_essential_constraints.txt",
        ]
        lines = [f"{name}=={version}" for name, version in sorted(versions.items())]
        text = "\n".join([*header, *lines]) + "\n"
        (out / f"essential-{source.stem}.txt").write_text(text, encoding="utf-8")


def image_packages(pins: Pins, essentials: dict[str, str]) -> list[str]:
    """Resolve the image's roots under its constraints with uv, for x86_64 Linux.

    A package that neither the constraints nor the essential list pins is given by its name alone: its version
    depends on the day the image was built.
    """
    roots = [*image_roots(pins.version), f"apache-airflow=={pins.version}"]
    if pins.version >= "3":
        roots.append(f"apache-airflow-core=={pins.version}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "roots.in").write_text("\n".join(roots) + "\n")
        lines = {**pins.versions, **essentials}
        (folder / "pins.txt").write_text("".join(f"{name}=={version}\n" for name, version in lines.items()))
        command = [
            *(sys.executable, "-m", "uv", "pip", "compile", "roots.in", "-c", "pins.txt", "--quiet"),
            *("--no-header", "--no-annotate", "--python-version", pins.python),
            *("--python-platform", "x86_64-manylinux_2_28", "--prerelease", "if-necessary-or-explicit"),
        ]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"image {pins.version}: {done.stderr}")
    found = {
        canonical(line.split("==")[0].split("[")[0]) for line in done.stdout.splitlines() if "==" in line
    }
    known = {**pins.versions, **essentials, **_core_versions(pins.version, done.stdout)}
    return [f"{name}=={known[name]}" if name in known else name for name in sorted(found)]


def _core_versions(version: str, resolved: str) -> dict[str, str]:
    sdk = re.search(r"^apache-airflow-task-sdk==(\S+)", resolved, re.MULTILINE)
    core = {"apache-airflow": version, "apache-airflow-core": version}
    return {**core, "apache-airflow-task-sdk": sdk[1]} if sdk else core


def _essentials(out: Path, version: str) -> dict[str, str]:
    path = out / f"essential-{version}.txt"
    return parse_versions(path.read_text(encoding="utf-8"), path.name)


def write_images(written: list[Pins], out: Path) -> None:
    """Write `preinstalled.toml`: one table an image, with its Python, its roots and its packages."""
    parts = [
        "# What each Amazon MWAA image has before a requirements file is installed. The roots are what the",
        "# image's build script asks for; the packages are their closure under that release's constraints.",
        'date = "2026-11-21"',
        f'source = "{_IMAGES}, {_BUILD_SCRIPT}"',
    ]
    by_version = {
        pins.version: pins for pins in written if IMAGE_PYTHON.get(pins.version, "").startswith(pins.python)
    }
    for version, python in IMAGE_PYTHON.items():
        parts += [
            "",
            f'[image."{version}"]',
            f'python = "{python}"',
            "roots = [",
            *(f'  "{root}",' for root in image_roots(version)),
            "]",
            "packages = [",
            *(f'  "{line}",' for line in image_packages(by_version[version], _essentials(out, version))),
            "]",
        ]
    (out / "preinstalled.toml").write_text("\n".join(parts) + "\n", encoding="utf-8")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("constraints"))
    parser.add_argument("--images", action="store_true", help="also write mwaa/preinstalled.toml (needs uv)")
    options = parser.parse_args()
    written = normalise(options.folder, options.out)
    normalise_essentials(options.folder / "mwaa-essential", options.out / "mwaa")
    if options.images:
        write_images(written, options.out / "mwaa")
    print(f"{len(written)} constraints files")


if __name__ == "__main__":
    main()
