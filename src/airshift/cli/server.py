"""`airshift server`: the language server, on standard input and output."""

from __future__ import annotations

from airshift.cli import options
from airshift.errors import UsageError


def server(
    target: options.TargetOption = "",
    source: options.SourceOption = "",
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
) -> int:
    """Serve an editor: findings, explanations and fixes of open files (needs airshift[lsp])."""
    from airshift.config import Given

    try:
        from airshift.lsp.server import make_server
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the server needs the extra airshift[lsp]: {error.name} is not installed"
        ) from error
    make_server(Given(target=target, source=source, config=config, isolated=isolated)).start_io()
    return 0
