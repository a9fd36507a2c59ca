"""Entry point of the `airshift` command and of `python -m airshift`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; exit codes are 0 clean, 1 findings, 2 usage, 3 incomplete."""
    from airshift.cli.app import run

    sys.exit(run())


if __name__ == "__main__":
    main()
