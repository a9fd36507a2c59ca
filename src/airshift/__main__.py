"""Entry point of the `airshift` command and of `python -m airshift`."""

from __future__ import annotations

import gc
import sys

OBJECTS = 200_000
"""New objects after which the collector looks for cycles; a short run has fewer, and nearly all are needed."""


def main() -> None:
    """Run the command line; exit codes are 0 clean, 1 findings, 2 usage, 3 incomplete."""
    gc.set_threshold(OBJECTS)
    from airshift.cli.app import run

    code = run()
    gc.freeze()  # what is left ends with the process and need not be looked through once more
    sys.exit(code)


if __name__ == "__main__":
    main()
