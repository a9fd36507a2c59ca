"""Options whose value may be left out: `--changed` alone, `--changed main`, `--changed=main`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from typer.core import TyperCommand

from airshift.changed import DEFAULT


class CheckCommand(TyperCommand):
    """A command that fills in the values left out; what is an existing path is not taken for one."""

    defaults: ClassVar = {"--changed": DEFAULT}

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments, with every optional value written out."""
        return super().parse_args(ctx, self._written_out(args))

    def _written_out(self, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        found = []
        for number, arg in enumerate(args):
            following = args[number + 1 : number + 2] if number + 1 < end else []
            if arg in self.defaults and number < end and not _is_value(following):
                arg = f"{arg}={self.defaults[arg]}"
            found.append(arg)
        return found


def _is_value(following: list[str]) -> bool:
    return bool(following) and not following[0].startswith("-") and not Path(following[0]).exists()
